import { createHash } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Random, randomFor } from "../../src/simulator/random.ts";
import { claimsTables } from "../support/claims-tables.ts";
import type { FreshDatabase } from "../support/fresh-database.ts";
import { type CrashBench, crashBench, type Started } from "./crash-bench.ts";
import { type CrashDatabase, crashDatabase } from "./crash-database.ts";
import { EXTENT } from "./extent.ts";
import { placeOfDeath, tally } from "./place-of-death.ts";
import { copyProgram, type ProgramCopy } from "./program-copy.ts";
import { spending } from "./spending.ts";

const OF_A_SEED = 10;

const HOUR = 3_600_000;
/** A stop that was asked for is done within this. */
const CLEAN_STOP = 10_000;

type Disturbance = "SIGKILL" | "SIGTERM" | "sessions terminated";

const disturbances: Disturbance[] = [];
const places: string[] = [];
const ends: string[] = [];
let comparisons = 0;
let slowestStop = 0;
let mostAgain = 0;
let program: ProgramCopy;

beforeAll(async () => {
  program = await copyProgram();
});
afterAll(async () => {
  await program.remove();
  process.stdout.write(
    `crash campaign, ${disturbances.length} random disturbances: ${tally(disturbances)}; ${comparisons} comparisons with AB2D\n` +
      `  where the run stood: ${tally(places)}\n  exit codes of those whose sessions were terminated: ${tally(ends)}\n` +
      `  slowest clean stop: ${Math.round(slowestStop)} ms; most files downloaded again after a disturbance: ${mostAgain}\n`,
  );
});

describe("sync, disturbed at random moments, then run again", () => {
  const seeds = Array.from(
    { length: Math.ceil(EXTENT.crashes / OF_A_SEED) },
    (_, index) => EXTENT.seed + index,
  );

  it.each(seeds)("seed %i holds what AB2D has", { timeout: 300_000 }, async (seed) => {
    // Odd seeds download one file at a time.
    const bench = await crashBench({ seed, downloads: seed % 2 === 1 ? 1 : 3 });
    const database = await crashDatabase();
    try {
      await disturbOften(bench, database, randomFor(seed, "crash"));
      await expectEqualToUndisturbed(bench, database);
    } finally {
      await database.drop();
      await bench.end();
    }
  });
});

async function disturbOften(bench: CrashBench, database: CrashDatabase, random: Random): Promise<void> {
  const spent = spending();
  // Milliseconds from its first request to the end of a run that was left alone, as far as known.
  let active = 700;
  let disturbed = 0;
  const heal = async (): Promise<void> => {
    await database.sessionsGone();
    bench.listen();
    await bench.heal(database);
    judge(spent.add(bench.heard), bench);
    await bench.expectTruth(database);
    comparisons += 1;
  };

  for (let round = 0; disturbed < OF_A_SEED && round < OF_A_SEED * 4; round += 1) {
    // Claims are made and changed meanwhile; now and then the files of the job that was under way expire.
    if (random.chance(0.4)) bench.clock.advance(random.between(1, 100) * HOUR);
    const args = random.chance(0.4) ? ["--full"] : [];
    const kind = random.weighted<Disturbance>([
      ["SIGKILL", 0.75],
      ["sessions terminated", 0.15],
      ["SIGTERM", 0.1],
    ]);
    let began = 0;
    let timer: NodeJS.Timeout | undefined;
    const after = random.next() * active;
    const isEarly = random.chance(0.1);
    const doing = { hit: undefined as Promise<unknown> | undefined };
    bench.listen(() => {
      if (began > 0) return;
      began = performance.now();
      if (!isEarly) timer = setTimeout(disturb, after);
    });
    const run = bench.start(program, { database, args });
    const disturb = (): void => {
      doing.hit = hit(kind, { run, database });
    };
    if (isEarly) timer = setTimeout(disturb, random.next() * 500);
    const { code, signal, stderr } = await run.ended;
    clearTimeout(timer);
    const wasHit = await doing.hit;
    // Also one session of a killed process that goes on for a moment may hold what the next run wants: it has to bear that.
    if (random.chance(0.8)) await database.sessionsGone();
    judge(spent.add(bench.heard), bench);

    if (code === 0) {
      if (began > 0 && wasHit !== true) active = active * 0.7 + (performance.now() - began) * 0.3;
      await bench.expectTruth(database);
      comparisons += 1;
    } else if (wasHit === true) {
      if (kind === "SIGKILL") expect({ code, signal }).toEqual({ code: null, signal: "SIGKILL" });
      // Before it listens for it, a process just ends of it.
      else if (kind === "SIGTERM") expect([143, "SIGTERM"]).toContain(code ?? signal);
      else expect([69, 75], stderr).toContain(code);
    } else {
      // The session of the process before it was not gone yet.
      expect({ code, stderr }).toMatchObject({ code: 75 });
    }
    if (wasHit === true) {
      disturbed += 1;
      disturbances.push(kind);
      places.push(await placeOfDeath(database));
      if (kind === "sessions terminated") ends.push(String(code));
      if (random.chance(0.3)) await heal();
    }
  }
  expect(disturbed).toBe(OF_A_SEED);
  await heal();
  // AB2D gives a file six times.
  expect(spent.mostDownloads()).toBeLessThanOrEqual(6);
}

/** After a disturbance no more is downloaded again than was under way: one file for each download at once. */
function judge(downloadedAgain: number, { downloads }: CrashBench): void {
  mostAgain = Math.max(mostAgain, downloadedAgain);
  expect(downloadedAgain).toBeLessThanOrEqual(downloads);
}

/** Disturbs a run; false where it had ended, or had no session yet. */
async function hit(
  kind: Disturbance,
  { run, database }: { readonly run: Started; readonly database: CrashDatabase },
): Promise<boolean> {
  if (run.child.exitCode !== null) return false;
  if (kind === "sessions terminated") return (await database.terminateSessions()) > 0;
  if (!run.child.kill(kind)) return false;
  if (kind === "SIGTERM") {
    const startedAt = performance.now();
    await run.ended;
    slowestStop = Math.max(slowestStop, performance.now() - startedAt);
    expect(performance.now() - startedAt).toBeLessThan(CLEAN_STOP);
    await database.sessionsGone();
  }
  return true;
}

/** Every column of every claims table, but for when and from where a row came. */
async function expectEqualToUndisturbed(bench: CrashBench, database: CrashDatabase): Promise<void> {
  const undisturbed = await crashDatabase();
  try {
    await bench.sync(undisturbed);
    // What changed since the last run of the disturbed one: its window is the newer one's.
    await bench.sync(database, { full: true });
    expect(await digests(database)).toEqual(await digests(undisturbed));
  } finally {
    await undisturbed.drop();
  }
}

async function digests(database: CrashDatabase): Promise<unknown> {
  const tables = await claimsTables(database as unknown as FreshDatabase);
  return Object.entries(tables).map(([table, rows]) => {
    const text = JSON.stringify(rows).replaceAll(/"(exported_at|ranked_at|stamped_at)":"[^"]*"/g, "");
    return [table, rows.length, createHash("sha256").update(text).digest("hex")];
  });
}
