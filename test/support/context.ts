import type pg from "pg";
import { systemClock } from "../../src/clock.ts";
import { silentLog } from "../../src/log.ts";
import type { Context } from "../../src/pipeline/land-and-load.ts";
import { silentProgress } from "../../src/progress.ts";

/** What a run reaches for in tests: quiet, with the machine's clock unless told otherwise. */
export function context(pool: pg.Pool, overrides: Partial<Context> = {}): Context {
  return {
    pool,
    clock: systemClock,
    log: silentLog,
    progress: silentProgress,
    signal: new AbortController().signal,
    ...overrides,
  };
}
