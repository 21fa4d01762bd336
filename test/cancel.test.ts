import { describe, expect, it } from "vitest";
import { cancelReport } from "../src/commands/cancel-report.ts";
import { takeRunLock } from "../src/control/run-lock.ts";
import { cancelJobs } from "../src/pipeline/cancel-jobs.ts";
import { failNext } from "../src/simulator/faults/request-faults.ts";
import { context } from "./support/context.ts";
import { stoppedWhen } from "./support/stopped-when.ts";
import { days, type SyncBench, syncBench } from "./support/sync-bench.ts";

const isWaiting = ({ phase }: { readonly phase: string }): boolean => phase === "waiting for AB2D";

function cancel(bench: SyncBench, jobId?: string) {
  return cancelJobs({ ...bench.request(), jobId }, context(bench.database.pool, { clock: bench.clock }));
}

function ledgerOf(bench: SyncBench) {
  return bench.database.rows(
    "select run.state as run, export_job.state as job from ab2d_etl.run join ab2d_etl.export_job using (run_id) order by run_id",
  );
}

describe("cancelJobs()", () => {
  it("cancels the job that a stopped run waits for, and ends the run: the next one starts anew", async () => {
    const bench = await syncBench({ jobSeconds: 3600 });
    await expect(bench.sync({}, stoppedWhen(isWaiting))).rejects.toThrow("stopped by the test");
    const [job] = await cancel(bench);
    expect(job).toMatchObject({ outcome: "cancelled", hasEndedRun: true });
    expect(await ledgerOf(bench)).toEqual([{ run: "failed", job: "cancelled" }]);
    const summary = await bench.sync();
    expect(summary).toMatchObject({ isResumed: false, run: { state: "complete" } });
    const { held, truth } = await bench.compare();
    expect(held).toEqual(truth);
    expect(
      await bench.database.rows("select from ab2d_etl.audit_event where action = 'job_cancelled'"),
    ).toHaveLength(1);
    const [first] = await bench.database.rows("select min(run_id) as run_id from ab2d_etl.run");
    expect(
      await bench.database.rows(
        "select action, contract_number, run_id from ab2d_etl.audit_event where action = 'sync_failed'",
      ),
    ).toEqual([{ action: "sync_failed", contract_number: "Z0001", ...first }]);
  });

  it("tells a run that had ended from one that another process is at work for", async () => {
    const bench = await syncBench({ jobSeconds: 3600 });
    await expect(bench.sync({}, stoppedWhen(isWaiting))).rejects.toThrow("stopped by the test");
    await bench.database.rows("update ab2d_etl.run set state = 'failed', completed_at = now()");
    // Whoever holds the lock works for a run that is still open, not for this one.
    const lock = await takeRunLock(bench.contract, bench.database.pool);
    const jobs = await cancel(bench);
    await lock.release();
    expect(jobs).toMatchObject([{ outcome: "cancelled", hasEndedRun: false, isAtWork: false }]);
    expect(await ledgerOf(bench)).toEqual([{ run: "failed", job: "cancelled" }]);
    expect(cancelReport(jobs, bench.contract).text).toMatch(
      /is cancelled; run \d+ \(sync\) had ended before, nothing waits for the job\.$/,
    );
  });

  it("leaves the run to the process that waits, which ends with 75 and asks for the window again", async () => {
    const bench = await syncBench({ jobSeconds: 3600 });
    let cancelled: ReturnType<typeof cancel> | undefined;
    const watching = stoppedWhen(({ jobPercent }) => {
      if (jobPercent !== undefined) cancelled ??= cancel(bench);
      return false;
    });
    await expect(bench.sync({}, watching)).rejects.toMatchObject({ code: "JOB_CANCELLED", exitCode: 75 });
    expect(await cancelled).toMatchObject([{ outcome: "cancelled", hasEndedRun: false }]);
    expect(await cancelled).toMatchObject([{ isAtWork: true }]);
    expect(cancelReport((await cancelled)!, bench.contract).text).toContain(
      "the process that waits for it ends by itself",
    );
    expect(await ledgerOf(bench)).toEqual([{ run: "open", job: "cancelled" }]);
    expect((await bench.sync()).run.state).toBe("complete");
    expect(
      await bench.database.rows(
        "select action, run_id from ab2d_etl.audit_event where action ~ '^sync' order by audit_event_id",
      ),
    ).toEqual([
      { action: "sync_started", run_id: 1 },
      { action: "sync_superseded", run_id: 1 },
      { action: "sync_started", run_id: 2 },
      { action: "sync_completed", run_id: 2 },
    ]);
  });

  it("ends a run whose job AB2D refuses for good", async () => {
    const bench = await syncBench({ jobSeconds: 3600 });
    await expect(bench.sync({}, stoppedWhen(isWaiting))).rejects.toThrow("stopped by the test");
    bench.simulator.setFaults([failNext({ path: /\/Job\//, status: 403, times: 1000 })]);
    await expect(bench.sync()).rejects.toMatchObject({ code: "ACCESS_REFUSED", exitCode: 77 });
    expect(await cancel(bench)).toMatchObject([{ outcome: "refused", hasEndedRun: true }]);
    expect(await ledgerOf(bench)).toEqual([{ run: "failed", job: "cancelled" }]);
    bench.simulator.setFaults([]);
    bench.clock.advance(days(2));
    expect((await bench.sync()).run.state).toBe("complete");
  });

  it("stops a process that went on with the job of an earlier one, too", async () => {
    const bench = await syncBench({ jobSeconds: 7200 });
    await expect(bench.sync({}, stoppedWhen(isWaiting))).rejects.toThrow("stopped by the test");
    let cancelled: ReturnType<typeof cancel> | undefined;
    const watching = stoppedWhen(({ jobPercent }) => {
      if (jobPercent !== undefined) cancelled ??= cancel(bench);
      return false;
    });
    await expect(bench.sync({}, watching)).rejects.toMatchObject({ code: "JOB_CANCELLED", exitCode: 75 });
    await cancelled;
    expect(await ledgerOf(bench)).toEqual([{ run: "open", job: "cancelled" }]);
  });

  it("has nothing to do where no run waits, and says when a job has ended before", async () => {
    const bench = await syncBench();
    await bench.sync();
    expect(await cancel(bench)).toEqual([]);
    const waiting = await syncBench({ jobSeconds: 60 });
    await expect(waiting.sync({}, stoppedWhen(isWaiting))).rejects.toThrow("stopped by the test");
    waiting.clock.advance(600_000);
    const jobs = await cancel(waiting);
    expect(jobs).toMatchObject([{ outcome: "finished", hasEndedRun: true }]);
    expect(jobs).toMatchObject([{ isAtWork: false }]);
    expect(cancelReport(jobs, waiting.contract).text).toMatch(
      /had ended before; run \d+ \(sync\) has ended,/,
    );
    expect(await waiting.sync()).toMatchObject({ isResumed: false, run: { state: "complete" } });
  });

  it("cancels a job by its id, and refuses what is no id", async () => {
    const bench = await syncBench({ jobSeconds: 3600, faults: ["foreign-job-running"] });
    const stop = stoppedWhen(isWaiting);
    await bench.sync({}, stop).catch(() => {});
    const foreign = bench.simulator.requests
      .map(({ path }) => /Job\/([0-9a-f-]{36})/.exec(path)?.[1])
      .find(Boolean);
    expect(await cancel(bench, foreign)).toMatchObject([
      { jobId: foreign, outcome: "cancelled", run: undefined },
    ]);
    bench.simulator.setFaults([]);
    expect((await bench.sync()).run.state).toBe("complete");
    await expect(cancel(bench, "nonsense")).rejects.toMatchObject({ code: "INVALID_JOB_ID", exitCode: 64 });
  });
});
