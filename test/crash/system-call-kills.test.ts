import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ExitCode } from "../../src/errors.ts";
import type { RequestKind } from "../../src/simulator/faults/fault.ts";
import { type CrashBench, crashBench, type Ended } from "./crash-bench.ts";
import { type CrashDatabase, crashDatabase } from "./crash-database.ts";
import { EXTENT } from "./extent.ts";
import { placeOfDeath, tally } from "./place-of-death.ts";
import { copyProgram, type ProgramCopy } from "./program-copy.ts";
import { smallDisk } from "./small-disk.ts";
import { spending } from "./spending.ts";
import { type Injection, inject, whyNoStrace } from "./strace.ts";

const IS_LONG = EXTENT.stride !== undefined;

/** What a run calls, and who of it, from its first request on; and one call of each for a short test. */
const CALLS = [
  { threads: "main", call: "write", sample: 40 },
  { threads: "main", call: "writev", sample: undefined },
  { threads: "main", call: "connect", sample: undefined },
  { threads: "main", call: "close", sample: undefined },
  { threads: "others", call: "openat", sample: undefined },
  { threads: "others", call: "write", sample: 60 },
  { threads: "others", call: "fsync", sample: 2 },
  { threads: "others", call: "rename", sample: 3 },
  { threads: "others", call: "unlink", sample: 2 },
  { threads: "others", call: "mkdir", sample: undefined },
  { threads: "others", call: "close", sample: undefined },
] as const;

let program: ProgramCopy;
let bench: CrashBench;
/** Holds what AB2D had three weeks ago. */
let begun: CrashDatabase;

beforeAll(async () => {
  program = await copyProgram();
  bench = await crashBench({ maxDownloads: 100_000 });
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

const missing = whyNoStrace();
if (missing && IS_LONG) throw new Error(`Cannot disturb system calls: ${missing}`);

interface Disturbed extends Ended {
  readonly database: CrashDatabase;
}

/** One run with one call disturbed, from its first request of a kind on. */
async function disturb(
  injection: Omit<Injection, "path">,
  { from = "token", onPart = false }: { readonly from?: RequestKind; readonly onPart?: boolean } = {},
): Promise<Disturbed> {
  const database = await crashDatabase({ template: begun.name });
  let injected: Promise<void> | undefined;
  bench.listen(({ kind }) => {
    if (kind !== from || injected) return;
    injected = (onPart ? partFile() : Promise.resolve(undefined)).then((path) =>
      inject(run.child, { ...injection, ...(path ? { path } : {}) }),
    );
  });
  // One thread that works on files: the counts of several would come to their end at the same time.
  const env = { UV_THREADPOOL_SIZE: "1" };
  const run = bench.start(program, { database, args: ["--full"], env });
  const ended = await run.ended;
  await injected;
  await database.sessionsGone();
  return { ...ended, database };
}

/** A file whose download has begun. */
async function partFile(): Promise<string> {
  const files = await readdir(bench.landingDir, { recursive: true });
  return join(bench.landingDir, files.find((file) => file.endsWith(".part"))!);
}

async function healed(database: CrashDatabase): Promise<void> {
  await bench.heal(database);
  await bench.expectTruth(database);
  await database.drop();
}

describe.skipIf(missing !== undefined)(`kill -9 at a system call${missing ? `: ${missing}` : ""}`, () => {
  it("holds what AB2D has", { timeout: 7_200_000 }, async () => {
    const kills: string[] = [];
    const places: string[] = [];
    let mostAgain = 0;
    for (const { threads, call, sample } of CALLS) {
      if (!IS_LONG && sample === undefined) continue;
      for (let nth = sample && !IS_LONG ? sample : 1; ; nth += EXTENT.stride ?? 1) {
        const spent = spending();
        const { code, signal, stderr, database } = await disturb({
          threads,
          call,
          nth,
          what: "signal=SIGKILL",
        });
        spent.add(bench.heard);
        // The loop ends with the first run that has no such call any more.
        if (signal !== "SIGKILL") {
          expect({ code, stderr }).toMatchObject({ code: 0 });
          await bench.expectTruth(database);
          await database.drop();
          break;
        }
        kills.push(`${call} (${threads})`);
        places.push(await placeOfDeath(database));
        bench.listen();
        await bench.heal(database);
        const again = spent.add(bench.heard);
        mostAgain = Math.max(mostAgain, again);
        expect(again).toBeLessThanOrEqual(bench.downloads);
        await bench.expectTruth(database);
        await database.drop();
        if (!IS_LONG) break;
      }
    }
    process.stdout.write(
      `crash campaign, kills at system calls: ${kills.length}: ${tally(kills)}\n` +
        `  where the run stood: ${tally(places)}\n  most files downloaded again: ${mostAgain}\n`,
    );
    expect(kills.length).toBeGreaterThan(0);
  });

  it.each([
    { call: "fsync", error: "EIO", exit: ExitCode.io },
    { call: "rename", error: "EIO", exit: ExitCode.io },
    { call: "write", error: "ENOSPC", exit: ExitCode.diskFull },
    { call: "write", error: "EIO", exit: ExitCode.io },
  ])(
    "$error of $call ends in $exit, and the next run holds what AB2D has",
    {
      timeout: 600_000,
    },
    async ({ call, error, exit }) => {
      let failed = 0;
      for (let nth = 1; ; nth += 1) {
        const injection = { threads: "others", call, nth, what: `error=${error}` } as const;
        // Threads also write to wake each other: those writes stay whole.
        const onPart = call === "write";
        const { code, stderr, database } = await disturb(
          injection,
          onPart ? { from: "download", onPart } : {},
        );
        if (code !== 0) {
          failed += 1;
          expect({ nth, code, stderr }).toMatchObject({ nth, code: exit });
        }
        await healed(database);
        if (code === 0 || !IS_LONG) break;
      }
      expect(failed).toBeGreaterThan(0);
    },
  );
});

describe("a landing folder on a disk that is full", () => {
  it("ends in 73, and the next run holds what AB2D has", { timeout: 600_000 }, async ({ skip }) => {
    const disk = smallDisk(8);
    if (disk === undefined) return skip("a small disk can't be mounted here: that takes root on Linux");
    let stops = 0;
    try {
      for (let kibibytes = 0; ; kibibytes += IS_LONG ? 4 : 64) {
        const database = await crashDatabase();
        disk.leave(kibibytes * 1024);
        const env = { AB2D_LANDING_DIR: join(disk.folder, "landing") };
        const { code, stderr } = await bench.start(program, { database, env }).ended;
        disk.leave("all");
        const files = await readdir(disk.folder, { recursive: true });
        expect(files.filter((file) => file.endsWith(".part"))).toEqual([]);
        if (code === 0) {
          await bench.expectTruth(database);
          await database.drop();
          break;
        }
        stops += 1;
        expect({ kibibytes, code, stderr }).toMatchObject({ kibibytes, code: ExitCode.diskFull });
        await database.sessionsGone();
        expect(await bench.start(program, { database, env }).ended).toMatchObject({ code: 0 });
        await bench.expectTruth(database);
        await database.drop();
        if (!IS_LONG) break;
      }
    } finally {
      disk.end();
    }
    expect(stops).toBeGreaterThan(0);
    process.stdout.write(`crash campaign, landing folder full: stopped ${stops} times\n`);
  });
});
