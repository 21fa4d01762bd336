import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type CrashBench, crashBench } from "./crash-bench.ts";
import { type CrashDatabase, crashDatabase } from "./crash-database.ts";
import { EXTENT } from "./extent.ts";
import { placeOfDeath, tally } from "./place-of-death.ts";
import { copyProgram, type ProgramCopy } from "./program-copy.ts";
import { spending } from "./spending.ts";

/** Moments that the tests try, spread evenly. */
const A_FEW = 6;

/** A moment of a run: an await in the source, whether its promise is made or has resolved, and the how manyth time. */
type Moment = `${string}#${number}`;

let program: ProgramCopy;
let bench: CrashBench;
/** Holds what AB2D had three weeks ago. */
let begun: CrashDatabase;

beforeAll(async () => {
  program = await copyProgram({ witnessed: true });
  bench = await crashBench({ maxDownloads: 1000 });
  begun = await crashDatabase();
  await bench.sync(begun);
  await begun.close();
  bench.clock.advance(21 * 24 * 3_600_000);
});
afterAll(async () => {
  await program.remove();
  await begun.drop();
  await bench.end();
});

/** Each await that a run comes past: at its first and at its last time. */
async function momentsOfRun(): Promise<{ readonly moments: readonly Moment[]; readonly awaits: number }> {
  const database = await crashDatabase({ template: begun.name });
  const file = join(bench.landingDir, "../awaits.json");
  const { ended } = bench.start(program, {
    database,
    args: ["--full"],
    env: { AB2D_TEST_AWAITS_FILE: file },
  });
  expect(await ended).toMatchObject({ code: 0 });
  await database.drop();
  const counts = JSON.parse(await readFile(file, "utf8")) as Record<string, number>;
  const moments = Object.entries(counts).flatMap(([place, times]) =>
    [...new Set([1, times])].map((time): Moment => `${place}#${time}`),
  );
  return { moments, awaits: Object.keys(counts).length / 2 };
}

describe("kill -9 at an await of the program, then sync again", () => {
  it("holds what AB2D has", { timeout: EXTENT.stride ? 7_200_000 : 120_000 }, async () => {
    const { moments, awaits } = await momentsOfRun();
    const stride = EXTENT.stride ?? Math.floor(moments.length / A_FEW);
    const chosen = moments.filter((_, index) => (index + EXTENT.seed) % stride === 0);
    const places: string[] = [];
    let unreached = 0;
    let mostAgain = 0;
    for (const moment of chosen) {
      const database = await crashDatabase({ template: begun.name });
      const spent = spending();
      bench.listen();
      const run = bench.start(program, { database, args: ["--full"], env: { AB2D_TEST_DIE_AT: moment } });
      const { code, signal } = await run.ended;
      spent.add(bench.heard);
      // How often an await is come past depends on how the bytes arrive: the last time may not come.
      if (code === 0) unreached += 1;
      else expect({ moment, signal }).toEqual({ moment, signal: "SIGKILL" });
      await database.sessionsGone();
      if (signal) places.push(await placeOfDeath(database));
      bench.listen();
      await bench.heal(database);
      const again = spent.add(bench.heard);
      expect({ moment, again: again <= bench.downloads }).toEqual({ moment, again: true });
      mostAgain = Math.max(mostAgain, again);
      await bench.expectTruth(database);
      await database.drop();
    }
    process.stdout.write(
      `crash campaign, kills at awaits: ${places.length} at ${moments.length} moments of ${awaits} awaits, ${unreached} not come past\n` +
        `  where the run stood: ${tally(places)}\n  most files downloaded again: ${mostAgain}\n`,
    );
    expect(unreached).toBeLessThanOrEqual(chosen.length * 0.1);
    expect(places.length).toBeGreaterThan(0);
  });
});
