/** What a log line may carry: typed facts (ids of jobs, file names, counts, durations), never text of a row or a secret. */
export type LogFields = Readonly<Record<string, string | number | boolean | null | undefined>>;

/** The program's log. An event is a stable snake_case name; the fields say the rest. */
export interface Log {
  debug(event: string, fields?: LogFields): void;
  info(event: string, fields?: LogFields): void;
  warn(event: string, fields?: LogFields): void;
}

/** A log that keeps quiet. */
export const silentLog: Log = { debug: () => {}, info: () => {}, warn: () => {} };
