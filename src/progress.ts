/** How far a run is. Everything is a count or a word of ours; nothing comes from a row. */
export interface ProgressState {
  readonly contract: string;
  readonly phase:
    | "authenticating"
    | "starting the export"
    | "waiting for AB2D"
    | "pausing before another job"
    | "downloading"
    | "loading"
    | "switching";
  /** Which window of a series it is about. */
  readonly window?: { readonly number: number; readonly of: number };
  /** What AB2D says of its job, 0 to 100. */
  readonly jobPercent?: number;
  readonly filesTotal?: number;
  readonly filesLanded?: number;
  readonly filesLoaded?: number;
  readonly bytesTotal?: number;
  readonly bytesLanded?: number;
  readonly bytesLoaded?: number;
  readonly lines?: number;
  readonly familiesTotal?: number;
  readonly familiesResolved?: number;
}

/** Where progress goes: a line on a terminal, a log line now and then elsewhere, nowhere in tests. */
export interface Progress {
  report(state: ProgressState): void;
  /** No more will be reported of this contract. */
  end(contract: string): void;
}

/** Progress that nobody watches. */
export const silentProgress: Progress = { report: () => {}, end: () => {} };

export interface ProgressOptions {
  readonly stream: NodeJS.WriteStream;
  /** Milliseconds of real time; handed in by tests. */
  readonly now?: () => number;
  /** Calls again and again after so many milliseconds, until told to stop; handed in by tests. */
  readonly every?: (milliseconds: number, call: () => void) => () => void;
}

const TERMINAL_INTERVAL = 100;
const PLAIN_INTERVAL = 10_000;

/**
 * Progress for people: one line that is rewritten up to ten times a second on a terminal, a full line every ten seconds
 * elsewhere, so that a scheduler's log shows that a long run is alive. Contracts side by side share the terminal's line and have
 * log lines of their own.
 */
export function progressOn({
  stream,
  now = () => performance.now(),
  every = everyRealTime,
}: ProgressOptions): Progress {
  return stream.isTTY === true ? progressOnTerminal(stream, now) : progressInLines(stream, { now, every });
}

function everyRealTime(milliseconds: number, call: () => void): () => void {
  const timer = setInterval(call, milliseconds).unref();
  return () => clearInterval(timer);
}

function progressOnTerminal(stream: NodeJS.WriteStream, now: () => number): Progress {
  const states = new Map<string, ProgressState>();
  let shownAt = Number.NEGATIVE_INFINITY;
  const clear = "\r\u001b[2K";
  return {
    report(state) {
      const isNewPhase = states.get(state.contract)?.phase !== state.phase;
      states.set(state.contract, state);
      if (!isNewPhase && now() - shownAt < TERMINAL_INTERVAL) return;
      shownAt = now();
      const parts = [...states.values()].map(states.size === 1 ? describe : summarize);
      stream.write(clear + parts.join("  |  ").slice(0, (stream.columns || 80) - 1));
    },
    end(contract) {
      if (states.delete(contract) && states.size === 0) stream.write(clear);
    },
  };
}

function progressInLines(
  stream: NodeJS.WriteStream,
  { now, every }: Required<Pick<ProgressOptions, "now" | "every">>,
): Progress {
  const shown = new Map<string, { state: ProgressState; at: number }>();
  let stop: (() => void) | undefined;
  const write = (state: ProgressState): void => {
    stream.write(`${describe(state)}\n`);
    shown.set(state.contract, { state, at: now() });
  };
  /** While nothing is reported, as between two polls, the last state says that the run is alive. */
  const repeat = (): void => {
    for (const { state, at } of shown.values()) if (now() - at >= PLAIN_INTERVAL) write(state);
  };
  return {
    report(state) {
      const last = shown.get(state.contract);
      const isDue = last === undefined || now() - last.at >= PLAIN_INTERVAL;
      if (isDue || (state.phase !== last.state.phase && state.phase === "waiting for AB2D")) write(state);
      else shown.set(state.contract, { state, at: last.at });
      stop ??= every(PLAIN_INTERVAL, repeat);
    },
    end(contract) {
      shown.delete(contract);
      if (shown.size > 0) return;
      stop?.();
      stop = undefined;
    },
  };
}

function describe(state: ProgressState): string {
  const parts = [`${state.contract}  ${state.phase}`];
  if (state.window !== undefined) parts.unshift(`window ${state.window.number} of ${state.window.of}`);
  if (state.phase === "waiting for AB2D" && state.jobPercent !== undefined)
    parts.push(`${state.jobPercent}%`);
  if (state.filesTotal !== undefined) {
    parts.push(
      `files ${state.filesLanded ?? 0} landed, ${state.filesLoaded ?? 0} loaded of ${state.filesTotal}`,
    );
  }
  if (state.bytesTotal) parts.push(`${megabytes(state.bytesTotal)} MB, ${percentOf(state)}%`);
  if (state.lines) parts.push(`${state.lines.toLocaleString("en-US")} lines`);
  return parts.join("  ");
}

/** The short form, for a line that several contracts share. */
function summarize(state: ProgressState): string {
  const percent = state.phase === "waiting for AB2D" ? state.jobPercent : percentOf(state);
  return [state.contract, state.phase, ...(percent === undefined ? [] : [`${percent}%`])].join(" ");
}

function percentOf({ bytesTotal, bytesLanded = 0, bytesLoaded = 0 }: ProgressState): number | undefined {
  if (!bytesTotal) return undefined;
  return Math.min(100, Math.floor((100 * (bytesLanded + bytesLoaded)) / (2 * bytesTotal)));
}

function megabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(bytes < 1e7 ? 1 : 0);
}
