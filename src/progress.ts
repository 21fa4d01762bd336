/** How far a run is. Everything is a count or a word of ours; nothing comes from a row. */
export interface ProgressState {
  readonly contract: string;
  readonly phase: "authenticating" | "starting the export" | "waiting for AB2D" | "downloading" | "loading";
  /** What AB2D says of its job, 0 to 100. */
  readonly jobPercent?: number;
  readonly filesTotal?: number;
  readonly filesLanded?: number;
  readonly filesLoaded?: number;
  readonly bytesTotal?: number;
  readonly bytesLanded?: number;
  readonly bytesLoaded?: number;
  readonly lines?: number;
}

/** Where progress goes: a line on a terminal, a log line now and then elsewhere, nowhere in tests. */
export interface Progress {
  report(state: ProgressState): void;
  end(): void;
}

/** Progress that nobody watches. */
export const silentProgress: Progress = { report: () => {}, end: () => {} };

export interface ProgressOptions {
  readonly stream: NodeJS.WriteStream;
  /** Milliseconds of real time; handed in by tests. */
  readonly now?: () => number;
}

const TERMINAL_INTERVAL = 100;
const PLAIN_INTERVAL = 10_000;

/**
 * Progress for people: one line that is rewritten up to ten times a second on a terminal, a full line every ten seconds
 * elsewhere, so that a scheduler's log shows that a long run is alive.
 */
export function progressOn({ stream, now = () => performance.now() }: ProgressOptions): Progress {
  const isTerminal = stream.isTTY === true;
  let shownAt = isTerminal ? Number.NEGATIVE_INFINITY : now();
  let phase: string | undefined;
  let isLineOpen = false;
  return {
    report(state) {
      const isDue = now() - shownAt >= (isTerminal ? TERMINAL_INTERVAL : PLAIN_INTERVAL);
      if (!isDue && state.phase === phase) return;
      if (!isTerminal && phase !== undefined && !isDue && state.phase !== "waiting for AB2D") {
        phase = state.phase;
        return;
      }
      phase = state.phase;
      shownAt = now();
      const line = describe(state);
      stream.write(isTerminal ? `\r\u001b[2K${line.slice(0, (stream.columns || 80) - 1)}` : `${line}\n`);
      isLineOpen = isTerminal;
    },
    end() {
      if (isLineOpen) stream.write("\r\u001b[2K");
      isLineOpen = false;
      phase = undefined;
    },
  };
}

function describe(state: ProgressState): string {
  const parts = [`${state.contract}  ${state.phase}`];
  if (state.phase === "waiting for AB2D" && state.jobPercent !== undefined)
    parts.push(`${state.jobPercent}%`);
  if (state.filesTotal !== undefined) {
    parts.push(
      `files ${state.filesLanded ?? 0} landed, ${state.filesLoaded ?? 0} loaded of ${state.filesTotal}`,
    );
  }
  if (state.bytesTotal) {
    const done = Math.min(
      100,
      Math.floor((100 * ((state.bytesLanded ?? 0) + (state.bytesLoaded ?? 0))) / (2 * state.bytesTotal)),
    );
    parts.push(`${megabytes(state.bytesTotal)} MB, ${done}%`);
  }
  if (state.lines) parts.push(`${state.lines.toLocaleString("en-US")} lines`);
  return parts.join("  ");
}

function megabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(bytes < 1e7 ? 1 : 0);
}
