import { afterAll, describe, expect, it } from "vitest";
import { parseWindowLength } from "../src/domain/remaining-windows.ts";
import { EtlError, ExitCode } from "../src/errors.ts";
import type { Fault } from "../src/simulator/faults/fault.ts";
import { faultsOfSeed } from "../src/simulator/faults/faults-of-seed.ts";
import { days, type SyncBench, syncBench } from "./support/sync-bench.ts";

/** How many seeds, and the first: `npm run campaign:faults` makes a campaign of it, and a seed can be run alone. */
const SEEDS = Number(process.env["AB2D_TEST_FAULT_SEEDS"] ?? 30);
const FIRST_SEED = Number(process.env["AB2D_TEST_FAULT_SEED"] ?? 1);

interface Outcome {
  readonly exitCode: ExitCode;
  readonly says: string;
  /** A run that was unfinished has its own, earlier start: what is newer is the next run's. */
  readonly isResumed?: boolean;
}

/** Runs `sync` as the command does, and tells what it would exit with. */
async function outcomeOf(bench: SyncBench): Promise<Outcome> {
  try {
    const { run, isResumed } = await bench.sync({ pollInterval: 300 });
    return run.state === "complete"
      ? { exitCode: ExitCode.ok, says: "complete", isResumed }
      : { exitCode: ExitCode.completeWithGaps, says: run.gaps.join(", ") };
  } catch (error) {
    if (!(error instanceof EtlError)) throw error;
    return { exitCode: error.exitCode, says: error.code };
  }
}

async function watermarkOf(bench: SyncBench): Promise<number | undefined> {
  const [row] = await bench.database.rows<{ exported_at: Date }>(
    "select exported_at from ab2d_etl.watermark",
  );
  return row?.exported_at.getTime();
}

/**
 * Faults that a run may not see at once: what it lacks comes with a full export, or, where AB2D delivered nothing and nothing is
 * known of its window, with the next run.
 */
const UNSEEN = new Set(["empty-manifest"]);

/** One disturbed run: it says 0 only if everything is in, and otherwise holds its watermark. */
async function runDisturbed(bench: SyncBench, { isSeen }: { readonly isSeen: boolean }): Promise<Outcome> {
  const before = await watermarkOf(bench);
  const outcome = await outcomeOf(bench);
  const after = await watermarkOf(bench);
  if (outcome.exitCode !== ExitCode.ok) {
    expect(after, `watermark after ${outcome.says}`).toBe(before);
    return outcome;
  }
  if (isSeen && !outcome.isResumed) {
    // What AB2D held when the export started: a job may take days.
    const { held, truth } = await bench.compare("v2", new Date(after ?? 0));
    expect(held).toEqual(truth);
  }
  return outcome;
}

const firstRuns: Outcome[] = [];

describe("sync() under random combinations of faults", () => {
  const seeds = Array.from({ length: SEEDS }, (_, index) => {
    const seed = FIRST_SEED + index;
    const faults = faultsOfSeed(seed);
    return { seed, faults, names: faults.map(({ name }) => name).join(" + ") };
  });

  it.each(seeds)("seed $seed: $names", { timeout: 120_000 }, async ({ seed, faults }) => {
    const bench = await syncBench({ seed, faultSeed: seed, faults, patients: 8, rollOverBytes: 120_000 });
    const isUnseen = faults.some(({ client }: Fault) => client === "unseen");
    const isSeen = !isUnseen && faults.every(({ name }) => !UNSEEN.has(name));
    firstRuns.push(await runDisturbed(bench, { isSeen }));
    bench.clock.advance(days(14));
    await runDisturbed(bench, { isSeen });

    bench.simulator.setFaults([]);
    // Whatever still runs at AB2D ends within two days; what was unfinished goes on first.
    bench.clock.advance(days(3));
    let summary = await bench.sync();
    if (summary.isResumed) summary = await bench.sync();
    expect(summary.run).toMatchObject({ state: "complete", gaps: [] });
    if (isUnseen) expect((await bench.reconcile()).isComplete).toBe(true);
    const { held, truth } = await bench.compare();
    expect(held).toEqual(truth);
  });

  const backfills = seeds.slice(0, Math.ceil(SEEDS / 5));
  it.each(backfills)("backfill, seed $seed: $names", { timeout: 120_000 }, async ({ seed, faults }) => {
    const bench = await syncBench({ seed, faultSeed: seed, faults, patients: 5, rollOverBytes: 120_000 });
    const backfill = () => bench.backfill({ length: parseWindowLength("P1Y"), pollInterval: 300 });
    const isUnseen = faults.some(({ client, name }: Fault) => client === "unseen" || UNSEEN.has(name));
    try {
      const { isComplete, watermark } = await backfill();
      if (isComplete && !isUnseen) {
        const { held, truth } = await bench.compare("v2", watermark);
        expect(held).toEqual(truth);
      }
      if (!isComplete) expect(watermark).toBeUndefined();
    } catch (error) {
      if (!(error instanceof EtlError)) throw error;
      expect(await watermarkOf(bench)).toBeUndefined();
    }
    bench.simulator.setFaults([]);
    bench.clock.advance(days(3));
    expect((await backfill()).isComplete).toBe(true);
    expect((await bench.sync()).run.state).toBe("complete");
    if (isUnseen) expect((await bench.reconcile()).isComplete).toBe(true);
    const { held, truth } = await bench.compare();
    expect(held).toEqual(truth);
  });

  afterAll(() => {
    const ends: Record<string, number> = {};
    for (const { exitCode, says } of firstRuns) {
      const end = exitCode === ExitCode.ok ? "0" : `${exitCode} ${says}`;
      ends[end] = (ends[end] ?? 0) + 1;
    }
    const text = Object.entries(ends).map(([end, count]) => `${end}: ${count}`);
    process.stdout.write(`fault campaign, ends of ${firstRuns.length} first runs: ${text.join(", ")}\n`);
  });

  it("ends well at once for at least 60% of the seeds", () => {
    const well = firstRuns.filter(({ exitCode }) => exitCode === ExitCode.ok).length;
    expect(well / Math.max(1, firstRuns.length)).toBeGreaterThanOrEqual(SEEDS >= 30 ? 0.6 : 0);
  });
});
