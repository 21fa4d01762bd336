import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Clock } from "../src/clock.ts";
import { parseWindowLength } from "../src/domain/remaining-windows.ts";
import { optOut } from "../src/simulator/faults/enrollment-faults.ts";
import type { Fault } from "../src/simulator/faults/fault.ts";
import { claimsTables } from "./support/claims-tables.ts";
import { stoppedWhen } from "./support/stopped-when.ts";
import { days, type SyncBench, syncBench } from "./support/sync-bench.ts";

interface RunRow {
  readonly requested_since: string | null;
  readonly requested_until: string | null;
  readonly state: string;
  readonly jobs: number;
}

function runsOf(bench: SyncBench): Promise<RunRow[]> {
  return bench.database.rows<RunRow>(
    `select requested_since, requested_until, run.state, count(job_id) as jobs
    from ab2d_etl.run left join ab2d_etl.export_job using (run_id)
    group by run_id order by run_id`,
  );
}

async function expectTruth(bench: SyncBench, version: "v1" | "v2" | "v3" = "v2"): Promise<void> {
  const { held, truth } = await bench.compare(version);
  expect(held).toEqual(truth);
}

describe("exportSeries() for a backfill", () => {
  it("brings ascending windows, one job each, the last one open, and sets the watermark to that one's start", async () => {
    const bench = await syncBench({ startsAt: "2026-11-11T09:00:00Z" });
    const summary = await bench.backfill();
    expect(summary.isComplete).toBe(true);
    const runs = await runsOf(bench);
    expect(runs.length).toBeGreaterThan(24);
    expect(runs.every(({ state, jobs }) => state === "complete" && jobs === 1)).toBe(true);
    expect(runs[0]).toMatchObject({ requested_since: "2020-02-13T00:00:00.000-05:00" });
    const until = new Date(runs.at(-1)!.requested_since!).getTime();
    const bounded = runs.slice(
      0,
      runs.findIndex((run) => new Date(run.requested_until!).getTime() === until) + 1,
    );
    for (const [index, run] of bounded.slice(1).entries())
      expect(run.requested_since).toBe(bounded[index]!.requested_until);
    // Between them and the open one: those without a line, asked again at once.
    expect(runs.length - bounded.length).toBeLessThan(4);
    expect(runs.at(-1)!.requested_until).toBeNull();
    const [{ exported_at } = { exported_at: undefined }] = await bench.database.rows<{ exported_at: Date }>(
      "select exported_at from ab2d_etl.export_job order by exported_at desc limit 1",
    );
    expect(summary.watermark).toEqual(exported_at);
    await expectTruth(bench);
    bench.clock.advance(days(14));
    expect((await bench.sync()).run.state).toBe("complete");
    await expectTruth(bench);
  });

  it("takes windows without claims for normal; an open one without any proves nothing of its own time", async () => {
    const bench = await syncBench({ patients: 1 });
    const { runs, watermark } = await bench.backfill({ length: parseWindowLength("P1M") });
    expect(watermark).toEqual(new Date(runs.at(-1)!.run.requestedSince!));
    expect(runs.filter(({ files }) => files.length === 0).length).toBeGreaterThan(5);
    expect(runs.every(({ run }) => run.state === "complete")).toBe(true);
    await expectTruth(bench);
  });

  it("brings V1 in one job, and V3 from the beginning without _since", async () => {
    const bench = await syncBench();
    expect((await bench.backfill({ apiVersion: "v1" })).runs.length).toBe(1);
    await expectTruth(bench, "v1");
    const third = await syncBench();
    await third.backfill({ apiVersion: "v3", length: parseWindowLength("P1M") });
    const [first, second] = await runsOf(third);
    expect(first).toMatchObject({ requested_since: null, requested_until: "2026-05-01T00:00:00.000-04:00" });
    expect(second).toMatchObject({ requested_since: "2026-05-01T00:00:00.000-04:00" });
    await expectTruth(third, "v3");
  });

  it("starts at --from, clamped to the floor and the attestation date", async () => {
    const bench = await syncBench();
    const { runs, watermark } = await bench.backfill({ from: "2026-09-01" });
    expect(runs[0]!.run.requestedSince).toBe("2026-09-01T00:00:00.000-04:00");
    // The operator's word for where the claims begin: the nights after go on from there.
    expect(watermark).toBeDefined();
    const early = await syncBench();
    const clamped = await early.backfill({ from: "2019-01-01", attestedOn: "2024-03-01" });
    expect(clamped.runs[0]!.run.requestedSince).toBe("2024-03-01T00:00:00.000-05:00");
    expect(clamped.notes.join()).toContain("nothing from before 2024-03-01");
  });

  it("does not move a watermark over a hole", async () => {
    const bench = await syncBench({ startsAt: "2026-06-05T09:00:00Z" });
    const { watermark } = await bench.sync();
    bench.clock.advance(days(120));
    const later = await bench.backfill({ from: "2026-08-01" });
    expect(later.watermark).toEqual(watermark);
    expect((await bench.backfill({ from: "2026-06-01" })).watermark!.getTime()).toBeGreaterThan(
      watermark!.getTime(),
    );
    await expectTruth(bench);
  });

  it("starts no window in AB2D's future when our clock is ahead", async () => {
    const bench = await syncBench();
    const ahead: Clock = { ...bench.clock, now: () => new Date(bench.clock.now().getTime() + days(56)) };
    const { isComplete, watermark } = await bench.backfill({}, { clock: ahead });
    expect(isComplete).toBe(true);
    expect(watermark!.getTime()).toBeLessThanOrEqual(bench.clock.now().getTime());
    await expectTruth(bench);
  });

  it("refuses windows whose start nobody knows", async () => {
    const bench = await syncBench();
    await expect(bench.backfill({ attestedOn: undefined })).rejects.toMatchObject({
      code: "SERIES_START_UNKNOWN",
      exitCode: 64,
    });
    expect(await bench.database.rows("select from ab2d_etl.series")).toEqual([]);
  });

  it("stops when AB2D does not heed the ends of windows, before it exports everything for each", async () => {
    // The simulated contract is attested long after --from says.
    const bench = await syncBench({ attestedOn: "2026-01-01" });
    await expect(bench.backfill({ attestedOn: undefined, from: "2020-03-01" })).rejects.toMatchObject({
      code: "UNTIL_NOT_HONOURED",
      exitCode: 76,
    });
    expect((await runsOf(bench)).length).toBe(1);
    expect(await bench.database.rows("select from ab2d_etl.watermark")).toEqual([]);
    const again = await bench.backfill({ attestedOn: undefined, from: "2026-01-01", restarts: true });
    expect(again.isComplete).toBe(true);
    await expectTruth(bench);
  });

  it("goes on where it was stopped, and asks for no complete window twice", async () => {
    const bench = await syncBench();
    const stop = stoppedWhen(({ window, phase }) => window?.number === 5 && phase === "waiting for AB2D");
    await expect(bench.backfill({}, stop)).rejects.toThrow("stopped by the test");
    const before = await runsOf(bench);
    expect(before.map(({ state }) => state)).toEqual([...Array(4).fill("complete"), "open"]);
    const { isComplete, runs } = await bench.backfill();
    expect(isComplete).toBe(true);
    expect(runs[0]!.run.requestedSince).toBe(before[4]!.requested_since);
    const brought = await bench.database.rows<{ requested_since: string }>(
      "select distinct run_id, requested_since from ab2d_etl.run join ab2d_etl.output_file using (run_id)",
    );
    expect(new Set(brought.map(({ requested_since }) => requested_since)).size).toBe(brought.length);
    await expectTruth(bench);
  });

  it("cuts what is left finer when it is told to", async () => {
    const bench = await syncBench();
    const stop = stoppedWhen(({ window, phase }) => window?.number === 3 && phase === "starting the export");
    await expect(bench.backfill({ length: parseWindowLength("P1Y") }, stop)).rejects.toThrow();
    const { runs } = await bench.backfill({ length: parseWindowLength("P6M") });
    expect(runs.length).toBeGreaterThan(5);
    await expectTruth(bench);
  });

  it("asks again for a window with gaps, and only then moves the watermark", async () => {
    const bench = await syncBench();
    const hooked = stoppedWhen(({ window }) => {
      bench.simulator.setFaults(window?.number === 4 ? ["error-file"] : []);
      return false;
    });
    const first = await bench.backfill({}, hooked);
    const gaps = first.runs.filter(({ run }) => run.gaps.length > 0);
    expect(gaps.map(({ run }) => run.gaps)).toEqual([["error_file"]]);
    expect(first.isComplete).toBe(false);
    expect(first.watermark).toBeUndefined();
    bench.simulator.setFaults([]);
    const second = await bench.backfill();
    // And, because claims may have moved there meanwhile, for the open one.
    expect(second.runs.map(({ run }) => run.requestedSince)).toEqual([
      gaps[0]!.run.requestedSince,
      first.runs.at(-1)!.run.requestedSince,
    ]);
    expect(second.isComplete).toBe(true);
    expect(second.watermark).toBeDefined();
    await expectTruth(bench);
  });

  it("does not believe a window that came without a line once, as from a job that was interrupted", async () => {
    const bench = await syncBench();
    const truth = await bench.compare();
    const hooked = stoppedWhen(({ window }) => {
      bench.simulator.setFaults(window?.number === 20 ? ["empty-manifest"] : []);
      return false;
    });
    const { isComplete, runs } = await bench.backfill({}, hooked);
    expect(isComplete).toBe(true);
    expect(runs[19]!.files).toEqual([]);
    expect((await bench.compare()).held).toEqual(truth.truth);
  });

  it("believes it when it comes so twice, also where claims of it are held", async () => {
    const bench = await syncBench({ faults: [optOut({ oneIn: 1 })] });
    await bench.sync();
    bench.clock.advance(days(14));
    const { isComplete, finding } = await bench.reconcile({
      attestedOn: "2020-01-01",
      length: parseWindowLength("P1Y"),
    });
    // The open window, later than every claim that is held, came without a line too: no gap.
    expect(isComplete).toBe(true);
    expect(finding!.not_delivered).toBeGreaterThan(0);
    const states = await bench.database.rows(
      "select distinct state from ab2d_etl.run where command = 'reconcile' and requested_until is not null",
    );
    expect(states).toEqual([{ state: "complete" }]);
  });

  it("takes an open window of an earlier day for no answer about the time since then", async () => {
    const bench = await syncBench();
    const gapAtFour = stoppedWhen(({ window }) => {
      bench.simulator.setFaults(window?.number === 4 ? ["error-file"] : []);
      return false;
    });
    const length = parseWindowLength("P1Y");
    expect((await bench.backfill({ length }, gapAtFour)).isComplete).toBe(false);
    bench.clock.advance(days(42));
    let jobs = 0;
    const interruptedOnce: Fault = {
      name: "interrupted-once",
      summary: "The second job lists nothing",
      client: "unseen",
      arm: () => ({ manifest: (draft) => (jobs++ === 1 ? { ...draft, output: [] } : draft) }),
    };
    bench.simulator.setFaults([interruptedOnce]);
    expect((await bench.backfill({ length })).isComplete).toBe(true);
    bench.simulator.setFaults([]);
    await bench.sync();
    await expectTruth(bench);
  });

  it("ends whole when a new week begins while it runs", async () => {
    const bench = await syncBench({ startsAt: "2026-11-11T04:55:00Z" });
    expect((await bench.backfill()).isComplete).toBe(true);
    await expectTruth(bench);
  });

  it("is not brought again once it is complete, unless it is told to", async () => {
    const bench = await syncBench({ patients: 4 });
    await bench.backfill();
    const before = (await runsOf(bench)).length;
    const again = await bench.backfill();
    expect(again).toMatchObject({ isComplete: true, runs: [] });
    expect(again.notes.join()).toContain("--restart");
    expect((await runsOf(bench)).length).toBe(before);
    expect((await bench.backfill({ restarts: true })).runs.length).toBeGreaterThan(20);
  });

  it("of V1 that is complete does not stand for one of V2", async () => {
    const bench = await syncBench({ patients: 4 });
    const first = await bench.backfill({ apiVersion: "v1" });
    expect(first.isComplete).toBe(true);
    const { isComplete, runs, series } = await bench.backfill();
    expect(isComplete).toBe(true);
    expect(series.apiVersion).toBe("v2");
    expect(series.requestedSince).toBe(first.series.requestedSince);
    expect(runs.length).toBeGreaterThan(20);
    expect(runs.every(({ run }) => run.apiVersion === "v2")).toBe(true);
    await expectTruth(bench);
    expect((await bench.backfill()).runs).toEqual([]);
  });

  it("refuses a start in the future, and cancels the job of the series that it gives up", async () => {
    const bench = await syncBench({ jobSeconds: 7200 });
    await expect(bench.backfill({ from: "2027-01-01" })).rejects.toMatchObject({
      code: "SERIES_START_IN_FUTURE",
      exitCode: 64,
    });
    const waiting = stoppedWhen(({ phase }) => phase === "waiting for AB2D");
    await expect(bench.backfill({ from: "2026-01-01" }, waiting)).rejects.toThrow("stopped by the test");
    const anew = await bench.backfill({ from: "2026-06-01", restarts: true });
    expect(anew.isComplete).toBe(true);
    expect(
      await bench.database.rows("select job_id from ab2d_etl.export_job where state = 'started'"),
    ).toEqual([]);
  });

  it("keeps another start out while it is unfinished, and can be given up", async () => {
    const bench = await syncBench();
    const stop = stoppedWhen(({ window }) => window?.number === 2);
    await expect(bench.backfill({}, stop)).rejects.toThrow();
    await expect(bench.backfill({ from: "2025-01-01" })).rejects.toMatchObject({
      code: "SERIES_STARTS_ELSEWHERE",
      exitCode: 64,
    });
    const anew = await bench.backfill({ from: "2025-01-01", restarts: true });
    expect(anew.isComplete).toBe(true);
    expect(
      await bench.database.rows("select state, count(*) from ab2d_etl.series group by state order by state"),
    ).toEqual([
      { state: "abandoned", count: 1 },
      { state: "complete", count: 1 },
    ]);
    expect(
      await bench.database.rows(
        "select action from ab2d_etl.audit_event where action ~ '_(failed|abandoned)$' order by audit_event_id",
      ),
    ).toEqual([{ action: "backfill_window_failed" }, { action: "backfill_abandoned" }]);
  });

  it("stopped anywhere, any number of times, ends as an undisturbed one (property)", async () => {
    const undisturbed = await syncBench({ patients: 6 });
    await undisturbed.backfill();
    const truth = withoutTimes(await claimsTables(undisturbed.database));
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 1, max: 120 }), { minLength: 1, maxLength: 5 }),
        async (stops) => {
          const bench = await syncBench({ patients: 6 });
          for (const after of stops) {
            let left = after;
            await bench
              .backfill(
                {},
                stoppedWhen(() => --left === 0),
              )
              .catch((error: Error) => expect(error.message).toBe("stopped by the test"));
          }
          expect((await bench.backfill()).isComplete || (await completeSeries(bench)) === 1).toBe(true);
          expect(withoutTimes(await claimsTables(bench.database))).toEqual(truth);
          expect((await runsOf(bench)).every(({ jobs }) => jobs <= 1)).toBe(true);
        },
      ),
      { numRuns: 4 },
    );
  }, 120_000);
});

async function completeSeries(bench: SyncBench): Promise<number> {
  const rows = await bench.database.rows("select from ab2d_etl.series where state = 'complete'");
  return rows.length;
}

/** Each run has its own start, and so have its rows; everything else has to be the same. */
function withoutTimes(tables: unknown): string {
  return JSON.stringify(tables).replaceAll(/"(exported_at|ranked_at|stamped_at)":"[^"]*"/g, "");
}
