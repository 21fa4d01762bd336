import { eob } from "../support/eob.ts";
import { type SyncBench, syncBench } from "../support/sync-bench.ts";
import { delivers } from "../support/test-faults.ts";
import { requestsTo, START } from "./shared.ts";

/** AB2D has two claims since before the first export, which lacks the later one. */
export async function lateLines({ isTie }: { readonly isTie: boolean }): Promise<{
  readonly bench: SyncBench;
  readonly early: string;
  readonly late: string;
}> {
  const first = eob({ claimId: "-1", claimGroup: "-1", lastUpdated: "2026-11-05T10:00:00.000-05:00" });
  const second = eob({
    claimId: "-2",
    claimGroup: "-2",
    lastUpdated: isTie ? "2026-11-05T15:00:00.000+00:00" : "2026-11-04T10:00:00.000-05:00",
  });
  const sinceOf = (line: typeof first) => Date.parse((line.meta as { lastUpdated: string }).lastUpdated);
  const faults = delivers([[first]], [[first, second]]);
  const { arm } = faults;
  // As AB2D does: strictly later than _since only.
  const honest = {
    ...faults,
    arm: (...args: Parameters<typeof arm>) => {
      const hooks = arm(...args);
      return {
        ...hooks,
        async *batches(...[batches, plan]: Parameters<NonNullable<typeof hooks.batches>>) {
          for await (const batch of hooks.batches!(batches, plan)) {
            const lines = batch.toString().split(/(?<=\n)/);
            const kept = lines.filter((line) => sinceOf(JSON.parse(line)) > (plan.window.after ?? 0));
            if (kept.length > 0) yield Buffer.from(kept.join(""));
          }
        },
      };
    },
  };
  const bench = await syncBench({ patients: 1, faults: [honest] });
  return { bench, early: "outpatient--1", late: "outpatient--2" };
}

/** How many jobs were started. */
export function jobsOf(bench: SyncBench): number {
  return requestsTo(bench, START).filter(({ status }) => status === 202).length;
}
