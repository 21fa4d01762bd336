import type { Context } from "../../src/pipeline/land-and-load.ts";
import type { ProgressState } from "../../src/progress.ts";

/** A run that is stopped as soon as its progress is as `when` says. */
export function stoppedWhen(when: (state: ProgressState) => boolean): Partial<Context> {
  const stop = new AbortController();
  return {
    signal: stop.signal,
    progress: {
      report: (state) => {
        if (when(state)) stop.abort(new Error("stopped by the test"));
      },
      end: () => {},
    },
  };
}
