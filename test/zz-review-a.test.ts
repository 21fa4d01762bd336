import { expect, it } from "vitest";
import { parseWindowLength, remainingWindows } from "../src/domain/remaining-windows.ts";
import { cancelJobs } from "../src/pipeline/cancel-jobs.ts";
import { cutOver } from "../src/pipeline/cut-over.ts";
import { load } from "../src/pipeline/load.ts";
import { optOut } from "../src/simulator/faults/enrollment-faults.ts";
import { context } from "./support/context.ts";
import { stoppedWhen } from "./support/stopped-when.ts";
import { days, type SyncBench, syncBench } from "./support/sync-bench.ts";
import { faultOf } from "./support/test-faults.ts";

const isWaiting = ({ phase }: { readonly phase: string }): boolean => phase === "waiting for AB2D";
const cancel = (bench: SyncBench, jobId?: string, o = {}) =>
  cancelJobs({ ...bench.request(), jobId, ...o }, context(bench.database.pool, { clock: bench.clock }));
const show = (label: string, value: unknown) => console.log(label, JSON.stringify(value, null, 1));
const caught = (p: Promise<unknown>) =>
  p.then(
    (v) => v,
    (e) => ({ code: e.code, exit: e.exitCode, message: e.message, hint: e.hint }),
  );

it("T1 reconcile --from marks older claims", async () => {
  const bench = await syncBench();
  await bench.sync();
  bench.clock.advance(days(14));
  await bench.sync();
  const r = await bench.reconcile({ from: "2026-10-01" });
  show("T1", {
    finding: r.finding,
    held: await bench.database.rows(
      "select count(*), count(not_delivered_since) as marked from ab2d.claim_contract",
    ),
  });
}, 60000);

it("T2 cut-over with nothing new", async () => {
  const bench = await syncBench();
  await bench.sync();
  await bench.sync({ apiVersion: "v3" });
  show("T2 wm", await bench.database.rows("select * from ab2d_etl.watermark"));
  bench.clock.advance(days(1));
  // AB2D has nothing new: V3 exports since the watermark are empty.
  bench.simulator.setFaults([faultOf(() => ({ async *batches() {} }))]);
  const held = await bench.database.rows(
    "select max(last_updated) from ab2d.claim_version where source_system='idr'",
  );
  show("T2 newest", held);
  await bench.database.rows(
    "update ab2d.claim_version set last_updated = '2026-06-01' where last_updated > '2026-06-01'",
  );
  show(
    "T2",
    await caught(
      cutOver(
        { ...bench.request({ apiVersion: "v3" }) },
        context(bench.database.pool, { clock: bench.clock }),
      ),
    ),
  );
  show(
    "T2 runs",
    await bench.database.rows(
      "select run_id, api_version, state, requested_since from ab2d_etl.run order by 1",
    ),
  );
}, 60000);

it("T3 cancel while a resumed run waits", async () => {
  const bench = await syncBench({ jobSeconds: 3600 });
  await expect(bench.sync({}, stoppedWhen(isWaiting))).rejects.toThrow("stopped by the test");
  let cancelled: ReturnType<typeof cancel> | undefined;
  const watching = stoppedWhen(({ jobPercent }) => {
    if (jobPercent !== undefined) cancelled ??= cancel(bench);
    return false;
  });
  show("T3 sync", await caught(bench.sync({}, watching).then((s) => s.run)));
  show("T3 cancel", await cancelled);
  show(
    "T3",
    await bench.database.rows(
      "select run.state as run, export_job.state as job from ab2d_etl.run join ab2d_etl.export_job using (run_id) order by run_id",
    ),
  );
}, 60000);

it("T4 --restart while its job runs", async () => {
  const bench = await syncBench({ jobSeconds: 3600 });
  await expect(bench.backfill({}, stoppedWhen(isWaiting))).rejects.toThrow("stopped by the test");
  show(
    "T4 restart",
    await caught(
      bench
        .backfill(
          { restarts: true },
          stoppedWhen(() => false),
        )
        .then((s) => s.runs.length),
    ),
  );
  show("T4 cancel", await caught(cancel(bench)));
  show(
    "T4",
    await bench.database.rows(
      "select run_id, run.state as run, export_job.state as job from ab2d_etl.run left join ab2d_etl.export_job using (run_id) order by run_id",
    ),
  );
}, 60000);
