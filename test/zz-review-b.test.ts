import { copyFile, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { parseWindowLength } from "../src/domain/remaining-windows.ts";
import { cancelJobs } from "../src/pipeline/cancel-jobs.ts";
import { cutOver } from "../src/pipeline/cut-over.ts";
import { load } from "../src/pipeline/load.ts";
import { optOut } from "../src/simulator/faults/enrollment-faults.ts";
import { emptyReply } from "../src/simulator/reply.ts";
import { context } from "./support/context.ts";
import { temporaryFolder } from "./support/load-lines.ts";
import { stoppedWhen } from "./support/stopped-when.ts";
import { days, type SyncBench, syncBench } from "./support/sync-bench.ts";
import { faultOf } from "./support/test-faults.ts";

const isWaiting = ({ phase }: { readonly phase: string }): boolean => phase === "waiting for AB2D";
const cancel = (bench: SyncBench, jobId?: string, o = {}) =>
  cancelJobs({ ...bench.request(), jobId, ...o }, context(bench.database.pool, { clock: bench.clock }));
const show = (label: string, value: unknown) => console.log(label, JSON.stringify(value));
const caught = (p: Promise<unknown>) =>
  p.then(
    (v) => v,
    (e) => ({ code: e.code, exit: e.exitCode, message: e.message, hint: e.hint }),
  );
const runs = (bench: SyncBench) =>
  bench.database.rows(
    "select run_id, command, api_version, state, gaps, requested_since, requested_until from ab2d_etl.run order by 1",
  );

it("T2b compare-only, then cut-over next day, nothing new upstream", async () => {
  const bench = await syncBench({ files: ["/work/shared/samples/ab2d-v3-r4-approx-4.ndjson"] });
  await load(
    {
      contract: bench.contract,
      apiVersion: "v2",
      files: ["/work/shared/samples/ab2d-v2-r4-500.ndjson"],
      exportedAt: undefined,
      loaders: 1,
    },
    context(bench.database.pool),
  );
  const cut = (o = {}) =>
    caught(
      cutOver(
        { ...bench.request({ apiVersion: "v3" }), ...o },
        context(bench.database.pool, { clock: bench.clock }),
      ).then((c) => c.outcome),
    );
  show("T2b first", await cut({ comparesOnly: true }));
  bench.clock.advance(days(1));
  show("T2b second", await cut());
  bench.clock.advance(days(1));
  show("T2b third", await cut());
  show("T2b runs", await runs(bench));
}, 60000);

it("T5 a backfill window that AB2D ended empty after an interruption", async () => {
  const bench = await syncBench();
  let job = 0;
  bench.simulator.setFaults([
    faultOf(() => {
      return {
        job: (plan) => {
          job += 1;
          return plan;
        },
        async *batches(b) {
          const mine = job;
          if (mine === 5) {
            let n = 0;
            for await (const x of b) n += x.toString("latin1").split("\n").length - 1;
            console.log("T5 swallowed lines", n);
            return;
          }
          yield* b;
        },
      };
    }),
  ]);
  const done = await bench.backfill({ length: parseWindowLength("P1Y") });
  show("T5", {
    complete: done.isComplete,
    watermark: done.watermark,
    windows: done.runs.map(({ run, counts }) => [
      run.requestedSince,
      run.requestedUntil,
      run.state,
      counts.new,
    ]),
  });
  const { held, truth } = await bench.compare();
  show("T5 held/truth", [(held as unknown[]).length, (truth as unknown[]).length]);
  bench.clock.advance(days(14));
  bench.simulator.setFaults([]);
  await bench.sync();
  const after = await bench.compare();
  show("T5 after sync held/truth", [(after.held as unknown[]).length, (after.truth as unknown[]).length]);
}, 60000);

it("T6 reconcile in windows after opt-out of all", async () => {
  const bench = await syncBench({ patients: 3, faults: [optOut({ oneIn: 2 })] });
  await bench.sync();
  bench.clock.advance(days(14));
  await bench.sync();
  for (let i = 0; i < 4; i += 1) {
    const r: any = await caught(
      bench.reconcile({ attestedOn: "2020-01-01", length: parseWindowLength("P1M") }),
    );
    show("T6", {
      complete: r.isComplete,
      runs: r.runs?.length,
      gaps: r.runs?.filter(({ run }: any) => run.gaps.length).length,
      kinds: [...new Set(r.runs?.flatMap(({ run }: any) => run.gaps))],
      code: r.code,
      finding: r.finding,
    });
    bench.clock.advance(days(1));
    const s: any = await caught(bench.sync());
    show("T6 sync", s.run?.state ?? s);
  }
}, 120000);

it("T8 a job that answers 403 for ever", async () => {
  const bench = await syncBench({ jobSeconds: 3600 });
  await expect(bench.sync({}, stoppedWhen(isWaiting))).rejects.toThrow("stopped by the test");
  const [row] = await bench.database.rows<{ job_id: string }>("select job_id from ab2d_etl.export_job");
  bench.simulator.setFaults([
    faultOf(() => ({ before: (r) => (r.jobId === row!.job_id ? emptyReply(403) : undefined) })),
  ]);
  bench.clock.advance(days(10));
  show("T8 sync", await caught(bench.sync()));
  bench.clock.advance(days(10));
  show("T8 sync full", await caught(bench.sync({ full: true })));
  show("T8 cancel", await caught(cancel(bench)));
  show(
    "T8",
    await bench.database.rows(
      "select run.state as run, export_job.state as job from ab2d_etl.run join ab2d_etl.export_job using (run_id) order by run_id",
    ),
  );
}, 60000);

it("T9 load of an old file takes the mark off", async () => {
  const bench = await syncBench({ faults: [optOut()] });
  const kept = await temporaryFolder();
  await bench.sync({ keepLanded: true });
  const files = await bench.database.rows<{ landed_path: string; file_name: string }>(
    "select landed_path, file_name from ab2d_etl.output_file",
  );
  const paths: string[] = [];
  for (const { landed_path, file_name } of files) {
    const to = join(kept, `${file_name}.gz`);
    await copyFile(landed_path, to);
    paths.push(to);
  }
  bench.clock.advance(days(14));
  await bench.sync();
  await bench.reconcile();
  const marked = () =>
    bench.database.rows("select count(not_delivered_since) as marked from ab2d.claim_contract");
  show("T9 before", await marked());
  await load(
    { contract: bench.contract, apiVersion: "v2", files: paths, exportedAt: undefined, loaders: 1 },
    context(bench.database.pool),
  );
  show("T9 after load of the old files", await marked());
}, 60000);

it("T10 attestation later than the watermark", async () => {
  const bench = await syncBench();
  await bench.sync();
  bench.clock.advance(days(60));
  for (let i = 0; i < 3; i += 1) {
    const s = await bench.sync({ attestedOn: "2026-12-01" });
    show("T10", [s.run.state, s.run.requestedSince, s.watermark, s.notes, s.counts]);
    bench.clock.advance(days(14));
  }
  const b = await bench.backfill({ attestedOn: "2026-12-01" });
  show("T10 backfill", [b.isComplete, b.watermark, b.notes]);
}, 60000);

it("T11 a file that can't be loaded", async () => {
  const bench = await syncBench();
  await bench.database.rows(
    "alter table ab2d.claim_line add constraint poison check (line_number < 0) not valid",
  );
  show("T11 sync", await caught(bench.sync()));
  show("T11 sync full", await caught(bench.sync({ full: true })));
  show("T11 cancel", await caught(cancel(bench)));
  show(
    "T11",
    await bench.database.rows(
      "select run.state as run, export_job.state as job, job_id from ab2d_etl.run join ab2d_etl.export_job using (run_id) order by run_id",
    ),
  );
}, 60000);
