import { createHash } from "node:crypto";
import { DateTime } from "luxon";
import { expect } from "vitest";
import { ExitCode } from "../../src/errors.ts";
import { verify } from "../../src/pipeline/verify.ts";
import { createPool } from "../../src/postgres/pool.ts";
import { type Random, randomFor } from "../../src/simulator/random.ts";
import { claimsTables } from "../support/claims-tables.ts";
import type { FreshDatabase } from "../support/fresh-database.ts";
import { expectChildren } from "../support/held-claims.ts";
import { type CrashBench, crashBench, SOURCE } from "./crash-bench.ts";
import { type CrashDatabase, crashDatabase } from "./crash-database.ts";
import { type Disturbance, disturbances, spoilLanded } from "./disturbances.ts";
import type { ProgramCopy } from "./program-copy.ts";

const HOUR = 3_600_000;
/** So long ago that AB2D's time can pass for years and stay behind ours. */
const STARTS_AT = new Date("2022-07-05T15:00:00Z");
const PATIENTS = 8;
/** Long enough that members' MBIs change. */
const LEAP = 500 * 24 * HOUR;

/** What a campaign found out. */
export interface CampaignResult {
  /** The first difference, if there was one. */
  readonly finding:
    | {
        readonly disturbance: string;
        /** The first line of what was thrown. */
        readonly says: string;
      }
    | undefined;
  /** Disturbed runs until then. */
  readonly rounds: number;
  /** Kills among them whose moment never came. */
  readonly unreached: number;
}

/** The program under test, in an AB2D of its own. `mirror`: what the source as it is brings when it is left alone. */
interface Campaign {
  readonly program: ProgramCopy;
  readonly bench: CrashBench;
  database: CrashDatabase;
  mirror: CrashDatabase;
  unreached: number;
}

export interface CampaignOptions {
  readonly seed: number;
  /** How many disturbances at most; default: all there are. */
  readonly rounds?: number;
}

/**
 * Whether the program ends well when nobody disturbs it. A change after which it does not is no bug to be looked for: it shows by
 * itself.
 */
export async function endsWell(program: ProgramCopy): Promise<boolean> {
  const bench = await crashBench({ program: program.modules(), startsAt: STARTS_AT });
  const database = await crashDatabase();
  try {
    return (await bench.sync(database)).run.state === "complete";
  } finally {
    await database.drop();
    await bench.end();
  }
}

/**
 * Runs a program's `sync` again and again, each time disturbed in another way and then left alone until it ends well, and holds
 * what it brought against AB2D and against runs that nobody disturbed. Ends with the first difference.
 */
export async function seededCampaign(
  program: ProgramCopy,
  { seed, rounds = Number.POSITIVE_INFINITY }: CampaignOptions,
): Promise<CampaignResult> {
  const bench = await crashBench({
    seed,
    patients: PATIENTS,
    program: program.modules(),
    startsAt: STARTS_AT,
    waitsPass: true,
    maxDownloads: 1000,
  });
  const random = randomFor(seed, "seeded bugs");
  const steps = disturbances(random).slice(0, rounds);
  const campaign: Campaign = {
    program,
    bench,
    database: await crashDatabase(),
    mirror: await crashDatabase(),
    unreached: 0,
  };
  let round = 0;
  let name = "";
  try {
    for (const disturbance of steps) {
      round += 1;
      name = disturbance.name;
      await disturbAndCompare(campaign, disturbance, random);
    }
    round += 1;
    name = "nothing, for more than a year";
    await compareAfterYears(campaign);
    return { finding: undefined, rounds: round, unreached: campaign.unreached };
  } catch (error) {
    const says = String((error as Error).message).split("\n")[0]!;
    return { finding: { disturbance: name, says }, rounds: round, unreached: campaign.unreached };
  } finally {
    await campaign.database.drop();
    await campaign.mirror.drop();
    await bench.end();
  }
}

async function disturbAndCompare(
  campaign: Campaign,
  disturbance: Disturbance,
  random: Random,
): Promise<void> {
  const { bench } = campaign;
  if (disturbance.isFirst) {
    await campaign.database.drop();
    campaign.database = await crashDatabase();
  }
  bench.clock.advance((disturbance.daysBefore ?? 0) * 24 * HOUR);
  passTime(bench, random);
  const before = await watermarkOf(campaign.database);
  bench.setFaults(disturbance.faults ?? [], { seed: random.integer(1_000_000) });
  const exitCode = disturbance.kill
    ? await killed(campaign, disturbance)
    : await exitCodeOf(campaign, disturbance);
  if (disturbance.kill && exitCode !== undefined) campaign.unreached += 1;
  bench.setFaults([]);
  const after = await watermarkOf(campaign.database);
  if (exitCode === ExitCode.ok) {
    if (after !== undefined) await bench.expectTruth(campaign.database);
  } else if (exitCode !== undefined) {
    expect(after, "the watermark after a run that did not bring everything").toBe(before);
  }
  // Whatever happened: what is there belongs together.
  await expectChildren({ contract: bench.contract, database: campaign.database });
  await expectSound(campaign.database, { deep: false });
  if (disturbance.spoilsDisk) await spoilLanded(bench.landingDir);
  bench.clock.advance((disturbance.hoursAfter ?? 0) * HOUR);
  const hasEnded = exitCode === ExitCode.ok || exitCode === ExitCode.completeWithGaps;
  await healAndCompare(campaign, { isFull: disturbance.isFull ?? false, isBehind: !hasEnded });
}

/** Some hours or days; half of the times until AB2D's own source is just being loaded, on a Monday evening in New York. */
function passTime({ clock }: CrashBench, random: Random): void {
  if (random.chance(0.5)) {
    clock.advance(random.between(1, 100) * HOUR);
    return;
  }
  const now = DateTime.fromJSDate(clock.now(), { zone: "America/New_York" });
  const monday = now.startOf("week").plus({ weeks: 1, hours: 21 });
  clock.advance(monday.toMillis() - now.toMillis());
}

async function watermarkOf(database: CrashDatabase): Promise<number | undefined> {
  const [row] = await database.rows<{ exported_at: Date }>("select exported_at from ab2d_etl.watermark");
  return row?.exported_at.getTime();
}

/** What `sync` in this process would exit with. */
async function exitCodeOf(
  { program, bench, database }: Campaign,
  { isFull = false }: Disturbance,
): Promise<ExitCode> {
  try {
    const { run } = await bench.sync(database, { full: isFull });
    return run.state === "complete" ? ExitCode.ok : ExitCode.completeWithGaps;
  } catch (error) {
    return program.modules().asEtlError(error).exitCode;
  }
}

/** Runs `sync` in a process that is killed; returns `undefined`, or its exit code where it ended before. */
async function killed(
  { program, bench, database }: Campaign,
  { kill, isFull = false }: Disturbance,
): Promise<ExitCode | undefined> {
  let env = {};
  bench.listen();
  if (kill && "request" in kill) {
    let times = 0;
    bench.listen(({ kind }) => {
      if (kind === kill.request) times += 1;
      if (times === kill.nth) run.child.kill("SIGKILL");
    });
  } else if (kill) {
    env = { AB2D_TEST_DIE_AT: `${program.siteOf(kill.file, kill.awaits)} ${kill.phase}#${kill.nth}` };
  }
  const run = bench.start(program, { database, args: isFull ? ["--full"] : [], env });
  const { code, signal } = await run.ended;
  bench.listen();
  await database.sessionsGone();
  if (code === null) expect(signal).toBe("SIGKILL");
  return code === null ? undefined : (code as ExitCode);
}

/** Leaves the program alone until it has ended well, and looks for a difference. `isBehind`: what goes on may have an earlier start. */
async function healAndCompare(
  { bench, database, mirror }: Campaign,
  { isFull, isBehind }: { readonly isFull: boolean; readonly isBehind: boolean },
): Promise<void> {
  await bench.heal(database, { full: isFull });
  await bench.expectTruth(database);
  if (isBehind) {
    await bench.heal(database);
    await bench.expectTruth(database);
  }
  await expectSound(database, { deep: false });
  await bench.sync(mirror, { program: SOURCE });
  expect(await digests(database, OF_CLAIMS)).toEqual(await digests(mirror, OF_CLAIMS));
}

/** A long time later everything is asked for: every table has to be as a database that never knew anything else. */
async function compareAfterYears(campaign: Campaign): Promise<void> {
  const { bench } = campaign;
  bench.clock.advance(LEAP);
  await healAndCompare(campaign, { isFull: true, isBehind: false });
  await expectSound(campaign.database, { deep: true });
  await campaign.mirror.drop();
  campaign.mirror = await crashDatabase();
  await bench.sync(campaign.mirror, { program: SOURCE });
  expect(await digests(campaign.database)).toEqual(await digests(campaign.mirror));
}

/** `ab2d verify` has nothing to say. */
async function expectSound({ url }: CrashDatabase, { deep }: { readonly deep: boolean }): Promise<void> {
  const pool = createPool(url);
  try {
    const results = await verify({ deep }, { pool, signal: new AbortController().signal });
    const wrong = results.filter(({ found }) => found > 0).map(({ name, found }) => `${name} ${found}`);
    expect(wrong).toEqual([]);
  } finally {
    await pool.end();
  }
}

/** Functions of the claims alone. AB2D stamps MBIs at export time: when which text came is told by the others. */
const OF_CLAIMS: readonly string[] = [
  "ab2d.claim_version",
  "ab2d.claim_line",
  "ab2d.claim_diagnosis",
  "ab2d.claim_procedure",
  "ab2d.claim_provider",
];

async function digests(database: CrashDatabase, wanted?: readonly string[]): Promise<unknown> {
  const tables = await claimsTables(database as unknown as FreshDatabase);
  return Object.entries(tables)
    .filter(([table]) => wanted?.includes(table) ?? true)
    .map(([table, rows]) => {
      const text = JSON.stringify(rows).replaceAll(/"(exported_at|ranked_at|stamped_at)":"[^"]*"/g, "");
      return [table, rows.length, createHash("sha256").update(text).digest("hex")];
    });
}
