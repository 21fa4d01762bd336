/** The slowest transfer that is worth going on with. */
export interface Pace {
  /** Milliseconds of real time over which it is measured. */
  readonly over: number;
  /** Bytes on the wire that must come in each such time. */
  readonly bytes: number;
}

/** 4 KiB a second over a minute: slower, a file of AB2D's size outlives its 72 hours. */
export const SLOWEST_PACE: Pace = { over: 60_000, bytes: 60 * 4 * 1024 };

/** Counts bytes, and calls `onSlow` once when a whole period has had too few of them. */
export function watchPace(
  { over, bytes }: Pace,
  onSlow: () => void,
): { readonly count: (bytes: number) => void; readonly stop: () => void } {
  let received = 0;
  const timer = setInterval(() => {
    if (received < bytes) {
      clearInterval(timer);
      onSlow();
    }
    received = 0;
  }, over).unref();
  return {
    count(more) {
      received += more;
    },
    stop: () => clearInterval(timer),
  };
}
