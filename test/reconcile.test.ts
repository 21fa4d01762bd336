import { describe, expect, it } from "vitest";
import { parseWindowLength } from "../src/domain/remaining-windows.ts";
import { load } from "../src/pipeline/load.ts";
import { lateJoiners, optOut, silentOmission } from "../src/simulator/faults/enrollment-faults.ts";
import { context } from "./support/context.ts";
import { stoppedWhen } from "./support/stopped-when.ts";
import { days, type SyncBench, syncBench } from "./support/sync-bench.ts";

async function expectTruth(bench: SyncBench): Promise<void> {
  const { held, truth } = await bench.compare();
  expect(held).toEqual(truth);
}

async function countHeld(bench: SyncBench, where = "true"): Promise<number> {
  const [row] = await bench.database.rows<{ count: number }>(
    `select count(*) as count from ab2d.claim_contract where ${where}`,
  );
  return row!.count;
}

describe("exportSeries() for a reconciliation", () => {
  it("finds nothing where nothing was missed, and moves the watermark", async () => {
    const bench = await syncBench();
    await bench.sync();
    bench.clock.advance(days(14));
    const { watermark: before } = await bench.sync();
    bench.clock.advance(days(1));
    const { finding, isComplete, runs, watermark } = await bench.reconcile();
    expect({ isComplete, windows: runs.length }).toEqual({ isComplete: true, windows: 1 });
    expect(finding).toMatchObject({
      missed: 0,
      missed_by_type: {},
      not_delivered: 0,
      newly_not_delivered: 0,
    });
    expect(finding!.delivered).toBe(await countHeld(bench));
    expect(watermark!.getTime()).toBeGreaterThan(before!.getTime());
    await expectTruth(bench);
  });

  it("brings the older claims of members who joined late, and says how many an incremental run had missed", async () => {
    const bench = await syncBench({ faults: [lateJoiners()] });
    await bench.sync();
    bench.clock.advance(days(14));
    await bench.sync();
    const { held, truth } = await bench.compare();
    const missing = truth as readonly unknown[];
    const lacking = missing.length - (held as readonly unknown[]).length;
    expect(lacking).toBeGreaterThan(0);
    const { finding } = await bench.reconcile();
    expect(finding!.missed).toBe(lacking);
    expect(finding!.missed_beneficiaries).toBeGreaterThan(0);
    expect(Object.values(finding!.missed_by_type).reduce((sum, count) => sum + count, 0)).toBe(lacking);
    await expectTruth(bench);
  });

  it("brings what an export had left out without a sign", async () => {
    const bench = await syncBench({ faults: [silentOmission()] });
    expect((await bench.sync()).run.state).toBe("complete");
    expect((await bench.compare()).held).not.toEqual((await bench.compare()).truth);
    bench.clock.advance(days(7));
    await bench.sync();
    const { finding } = await bench.reconcile();
    expect(finding!.missed).toBeGreaterThan(0);
    await expectTruth(bench);
  });

  it("marks claims that are no longer delivered, deletes none, and takes the mark off when they come again", async () => {
    const bench = await syncBench({ faults: [optOut()] });
    await bench.sync();
    const before = await countHeld(bench);
    bench.clock.advance(days(14));
    await bench.sync();
    const held = await countHeld(bench);
    expect(held).toBeGreaterThanOrEqual(before);
    const first = await bench.reconcile();
    expect(first.finding!.not_delivered).toBeGreaterThan(0);
    expect(first.finding!.newly_not_delivered).toBe(first.finding!.not_delivered);
    expect(first.finding!.not_delivered_beneficiaries).toBeGreaterThan(0);
    expect(await countHeld(bench)).toBe(held);
    expect(await countHeld(bench, "not_delivered_since is not null")).toBe(first.finding!.not_delivered);

    bench.clock.advance(days(1));
    const second = await bench.reconcile();
    expect(second.finding).toMatchObject({
      newly_not_delivered: 0,
      not_delivered: first.finding!.not_delivered,
    });

    bench.simulator.setFaults([]);
    bench.clock.advance(days(1));
    const third = await bench.reconcile();
    expect(third.finding).toMatchObject({ not_delivered: 0, newly_not_delivered: 0 });
    expect(await countHeld(bench, "not_delivered_since is not null")).toBe(0);
    await expectTruth(bench);
  });

  it("does not take for undelivered what came by another run while it was stopped", async () => {
    const bench = await syncBench();
    await bench.sync();
    bench.clock.advance(days(7));
    const windows = { attestedOn: "2020-01-01", length: parseWindowLength("P1Y") } as const;
    const stop = stoppedWhen(({ window, phase }) => window?.number === 4 && phase === "waiting for AB2D");
    await expect(bench.reconcile(windows, stop)).rejects.toThrow("stopped by the test");
    // Claims are refreshed and new ones appear: the series has passed the windows where they were.
    bench.clock.advance(days(21));
    await bench.sync();
    const { finding, isComplete } = await bench.reconcile(windows);
    expect(isComplete).toBe(true);
    expect(finding).toMatchObject({ not_delivered: 0 });
    expect(await bench.database.rows("select from ab2d_etl.delivered_eob")).toEqual([]);
    await bench.sync();
    await expectTruth(bench);
  });

  it("sets no first watermark from a later start: what lies before was never brought", async () => {
    const bench = await syncBench();
    const { isComplete, watermark } = await bench.reconcile({ from: "2026-10-20" });
    expect({ isComplete, watermark }).toEqual({ isComplete: true, watermark: undefined });
    expect((await bench.sync()).run.requestedSince).toBe("2020-02-13T00:00:00.000-05:00");
    await expectTruth(bench);
  });

  it("does not mark what it did not ask for, from before its start", async () => {
    const bench = await syncBench();
    await bench.sync();
    bench.clock.advance(days(7));
    const { finding } = await bench.reconcile({ from: "2026-10-01" });
    expect(finding).toMatchObject({ not_delivered: 0, newly_not_delivered: 0 });
  });

  it("takes a mark off for a later export only, not for files that were kept from an earlier one", async () => {
    const bench = await syncBench({ faults: [optOut()] });
    await bench.sync({ keepLanded: true });
    const [kept] = await bench.database.rows<{ landed_path: string; exported_at: Date }>(
      "select landed_path, exported_at from ab2d_etl.output_file",
    );
    bench.clock.advance(days(14));
    const { finding } = await bench.reconcile({ keepLanded: true });
    expect(finding!.not_delivered).toBeGreaterThan(0);
    for (const exportedAt of [undefined, kept!.exported_at]) {
      const { contract, apiVersion } = bench.request();
      const files = [kept!.landed_path];
      await load({ contract, apiVersion, files, exportedAt, loaders: 1 }, context(bench.database.pool));
      expect(await countHeld(bench, "not_delivered_since is not null")).toBe(finding!.not_delivered);
    }
  });

  it("says of a first export that nothing could be missed", async () => {
    const bench = await syncBench();
    const { finding, series } = await bench.reconcile();
    expect(series.incrementalSince).toBeUndefined();
    expect(finding).toMatchObject({ missed: 0, not_delivered: 0 });
    await expectTruth(bench);
  });
});
