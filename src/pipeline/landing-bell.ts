/** Rings when a file has landed, so that loaders need not look again and again. */
export interface LandingBell {
  ring(): void;
  close(): void;
  /** Resolves at the next ring, or when no more can come. Ask before looking, so that no ring is missed. */
  next(): Promise<"landed" | "closed">;
}

/** Makes a {@link LandingBell}. */
export function landingBell(): LandingBell {
  let waiting: ((sound: "landed" | "closed") => void)[] = [];
  let isClosed = false;
  const sound = (what: "landed" | "closed"): void => {
    const listeners = waiting;
    waiting = [];
    for (const listener of listeners) listener(what);
  };
  return {
    ring: () => sound("landed"),
    close() {
      isClosed = true;
      sound("closed");
    },
    next: () => (isClosed ? Promise.resolve("closed") : new Promise((resolve) => waiting.push(resolve))),
  };
}
