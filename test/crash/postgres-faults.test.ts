import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { asEtlError } from "../../src/as-etl-error.ts";
import { ExitCode } from "../../src/errors.ts";
import { type Random, randomFor } from "../../src/simulator/random.ts";
import { commitProxy, type Loss } from "./commit-proxy.ts";
import { type CrashBench, crashBench } from "./crash-bench.ts";
import { type CrashDatabase, crashDatabase } from "./crash-database.ts";
import { EXTENT } from "./extent.ts";
import { placeOfDeath, tally } from "./place-of-death.ts";
import { type PrivateServer, privateServer } from "./private-server.ts";
import { smallDisk } from "./small-disk.ts";

const IS_LONG = EXTENT.stride !== undefined;
const RESTARTS = IS_LONG ? 50 : 1;
const TERMINATIONS = IS_LONG ? 150 : 2;
/** A run has about 40 commits. */
const COMMIT_STRIDE = EXTENT.stride ?? 29;
const NO_MOUNT = "a small disk can't be mounted here: that takes root on Linux";

const ROOM = expect.stringContaining("make room there");

let bench: CrashBench;
/** Holds what AB2D had three weeks ago. */
let begun: CrashDatabase;
const report: string[] = [];

beforeAll(async () => {
  bench = await crashBench({ maxDownloads: 10_000 });
  begun = await crashDatabase();
  await bench.sync(begun);
  await begun.close();
  bench.clock.advance(21 * 24 * 3_600_000);
});
afterAll(async () => {
  await begun.drop();
  await bench.end();
  process.stdout.write(`crash campaign, PostgreSQL: ${report.join("\n  ")}\n`);
});

interface End {
  /** As the program would exit. */
  readonly code: number;
  readonly hint: string | undefined;
}

async function endOf(database: Pick<CrashDatabase, "url">): Promise<End> {
  try {
    await bench.sync(database, { full: true });
    return { code: 0, hint: undefined };
  } catch (error) {
    const { exitCode: code, hint } = asEtlError(error);
    return { code, hint };
  }
}

/** Calls `disturb` at a random moment of a run, and returns the run's exit code. */
async function disturbed(database: CrashDatabase, random: Random, disturb: () => unknown): Promise<number> {
  const after = random.next() * 600;
  let timer: NodeJS.Timeout | undefined;
  const hits: Promise<unknown>[] = [];
  bench.listen(() => {
    timer ??= setTimeout(() => hits.push(Promise.resolve(disturb())), after);
  });
  const { code } = await endOf(database);
  bench.listen();
  clearTimeout(timer);
  await Promise.all(hits);
  return code;
}

async function healed(database: CrashDatabase): Promise<void> {
  await database.sessionsGone();
  await bench.heal(database);
  await bench.expectTruth(database);
}

describe("sync on a server that is hurt, then run again", () => {
  it(`holds what AB2D has after ${TERMINATIONS} sessions terminated one at a time`, {
    timeout: 60_000 + TERMINATIONS * 10_000,
  }, async () => {
    const random = randomFor(EXTENT.seed, "terminations");
    const codes: number[] = [];
    for (let count = 0; count < TERMINATIONS; ) {
      const database = await crashDatabase({ template: begun.name });
      let ended = 0;
      const code = await disturbed(database, random, async () => {
        const rows = await database.rows(
          `select pg_terminate_backend(pid) from (
            select pid from pg_stat_activity where datname = current_database() and application_name like 'ab2d%'
            order by md5(pid::text || $1) limit 1) as one`,
          [String(count)],
        );
        ended = rows.length;
      });
      expect([0, ExitCode.unavailable, ExitCode.tryAgainLater]).toContain(code);
      await healed(database);
      await database.drop();
      count += ended;
      if (ended > 0) codes.push(code);
    }
    report.push(`${codes.length} sessions terminated, exits ${tally(codes.map(String))}`);
  });

  it(`holds what AB2D has after every ${COMMIT_STRIDE}. commit was lost, before and after it was done`, {
    timeout: 3_600_000,
  }, async () => {
    const proxy = await commitProxy(inject("databaseUrl"));
    const codes: string[] = [];
    try {
      for (const loss of ["unanswered", "unsent"] as const satisfies readonly Loss[]) {
        for (let nth = 1; ; nth += COMMIT_STRIDE) {
          const database = await crashDatabase({ template: begun.name });
          const isLost = proxy.lose(nth, loss);
          const { code } = await endOf({ url: proxy.through(database.url) });
          const wasLost = isLost();
          if (wasLost) codes.push(`${loss} ${code}`);
          expect([0, ExitCode.unavailable, ExitCode.tryAgainLater]).toContain(code);
          await healed(database);
          await database.drop();
          if (!wasLost) break;
        }
      }
    } finally {
      await proxy.end();
    }
    report.push(`${codes.length} commits lost, exits ${tally(codes)}`);
    expect(codes.length).toBeGreaterThan(1);
  });

  describe("of its own", () => {
    let server: PrivateServer;
    beforeAll(async () => {
      server = await privateServer();
    });
    afterAll(() => server.end());

    it(`holds what AB2D has after ${RESTARTS} immediate restarts`, {
      timeout: 60_000 + RESTARTS * 20_000,
    }, async () => {
      const random = randomFor(EXTENT.seed, "restarts");
      const ends: string[] = [];
      let database: CrashDatabase | undefined;
      for (let count = 0; count < RESTARTS; count += 1) {
        // Now a first export, now one more.
        if (database === undefined || random.chance(0.4)) {
          await database?.drop();
          database = await crashDatabase({ serverUrl: server.url, template: server.template });
        }
        let place = "after a run";
        const code = await disturbed(database, random, () => server.crashAndRestart());
        expect([0, ExitCode.unavailable, ExitCode.tryAgainLater]).toContain(code);
        if (code !== 0) place = await placeOfDeath(database);
        ends.push(`${code} (${place})`);
        await healed(database);
      }
      await database?.drop();
      report.push(`${ends.length} immediate restarts, exits ${tally(ends)}`);
    });

    it("stops when its disk is full, and holds what AB2D has once there is room", {
      timeout: 300_000,
    }, async ({ skip }) => {
      const disk = smallDisk(256);
      if (disk === undefined) return skip(NO_MOUNT);
      const ends: string[] = [];
      try {
        const space = join(disk.folder, "tablespace");
        server.folder(space);
        const on = await crashDatabase({ serverUrl: server.url, template: server.template });
        await on.rows(`create tablespace small location '${space}'`);
        await on.drop();
        for (const kibibytes of IS_LONG ? [0, 64, 128, 256, 512, 1024, 2048, 4096, 8192] : [0, 1024]) {
          const database = await crashDatabase({
            serverUrl: server.url,
            template: `${server.template} tablespace small`,
          });
          disk.leave(kibibytes * 1024);
          const { code, hint } = await endOf(database);
          disk.leave("all");
          expect([0, ExitCode.unavailable]).toContain(code);
          if (kibibytes <= 1024)
            expect({ code, hint }).toMatchObject({ code: ExitCode.unavailable, hint: ROOM });
          ends.push(`${kibibytes} KiB free: ${code}`);
          await healed(database);
          await database.drop();
        }
        const last = await crashDatabase({ serverUrl: server.url, template: server.template });
        await last.rows("drop tablespace small");
        await last.drop();
      } finally {
        disk.end();
      }
      report.push(`disk of the tables full, ${ends.join(", ")}`);
    });
  });

  it("stops when the disk of its write-ahead log is full, and holds what AB2D has once there is room", {
    timeout: 300_000,
  }, async ({ skip }) => {
    if (!IS_LONG) return skip("only in the campaign: it takes a server of its own");
    const disk = smallDisk(96);
    if (disk === undefined) return skip(NO_MOUNT);
    const walFolder = join(disk.folder, "wal");

    const ends: string[] = [];
    let server: PrivateServer | undefined;
    try {
      server = await privateServer({ walFolder });
      for (const mebibytes of [0, 1, 2]) {
        const database = await crashDatabase({ serverUrl: server.url, template: server.template });
        // Removes the segments that are kept to be written again.
        for (let times = 0; times < 3; times += 1) {
          await database.rows("select pg_switch_wal()");
          await database.rows("checkpoint");
        }
        disk.leave(mebibytes * 1024 * 1024);
        const { code } = await endOf(database);
        disk.leave("all");
        expect([0, ExitCode.unavailable, ExitCode.tryAgainLater]).toContain(code);
        ends.push(`${mebibytes} MiB free: ${code}`);
        if (mebibytes === 0) expect(code).not.toBe(0);
        await server.crashAndRestart();
        await healed(database);
        await database.drop();
      }
    } finally {
      await server?.end();
      disk.end();
    }
    report.push(`disk of the write-ahead log full, ${ends.join(", ")}`);
  });
});
