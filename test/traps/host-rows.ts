import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "vitest";
import { startAb2d } from "../support/ab2d-program.ts";
import { temporaryFolder } from "../support/load-lines.ts";
import { attempt, expectHealed, expectOutcome, WELL } from "../support/outcome.ts";
import { stoppedWhen } from "../support/stopped-when.ts";
import type { SyncBench } from "../support/sync-bench.ts";
import type { Rows } from "./row.ts";
import { expectWell, requestsTo, START, setFaults, settled, small } from "./shared.ts";

const CRASH = "test/crash";
const RANDOM_KILLS = `${CRASH}/random-kills.test.ts > seed %i holds what AB2D has`;
const SYSTEM_CALLS = `${CRASH}/system-call-kills.test.ts`;
const POSTGRES = `${CRASH}/postgres-faults.test.ts`;
const TERMINATIONS = `${POSTGRES} > holds what AB2D has after \${TERMINATIONS} sessions terminated one at a time`;
const RESTARTS = `${POSTGRES} > holds what AB2D has after \${RESTARTS} immediate restarts`;

/** Starts the program's `sync` as a process of its own, against the bench's AB2D. */
async function startSync({ simulator, contract, database, landingDir }: SyncBench) {
  const cwd = await temporaryFolder();
  const credentials = join(cwd, "credentials");
  await writeFile(credentials, simulator.credentials(contract).base64, { mode: 0o600 });
  return startAb2d(["sync", contract, "--quiet"], {
    cwd,
    env: {
      DATABASE_URL: database.url,
      AB2D_API_URL: simulator.apiUrl,
      AB2D_TOKEN_URL: simulator.tokenUrl,
      AB2D_CREDENTIALS_FILE: credentials,
      AB2D_LANDING_DIR: landingDir,
      AB2D_POLL_INTERVAL: "1",
    },
  });
}

/** Asks until the query gives a row, for a minute. */
async function untilThereIs({ database }: SyncBench, query: string): Promise<void> {
  const startedAt = performance.now();
  while ((await database.rows(query)).length === 0) {
    if (performance.now() - startedAt > 60_000) throw new Error("what the test waits for does not come");
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** From now on the first `times` inserts of EOBs fail with this SQLSTATE. */
async function failInserts({ database }: SyncBench, sqlstate: string, times: number): Promise<void> {
  await database.rows("create sequence if not exists public.attempt");
  await database.rows("alter sequence public.attempt restart");
  // What a sequence has given is not undone with the transaction.
  await database.rows(`create or replace function public.fail() returns trigger language plpgsql as $$
    begin
      if nextval('public.attempt') <= ${times} then raise exception using errcode = '${sqlstate}'; end if;
      return null;
    end $$`);
  await database.rows(`create or replace trigger fail before insert on ab2d_etl.eob
    for each statement execute function public.fail()`);
}

/** 1 to 6 and 9 to 20: the process, its machine, and PostgreSQL. */
export const HOST_ROWS: Rows = {
  1: {
    words: "kill -9 at any moment",
    heldBy: [
      "test/kill.test.ts > gives the tables of an undisturbed run",
      RANDOM_KILLS,
      `${CRASH}/await-kills.test.ts > holds what AB2D has`,
      `${SYSTEM_CALLS} > holds what AB2D has`,
    ],
  },
  2: {
    words: "SIGTERM and SIGINT",
    async run() {
      for (const [signal, code] of [
        ["SIGTERM", 143],
        ["SIGINT", 130],
      ] as const) {
        const bench = await small({ jobSeconds: 7200 });
        const { child, ended } = await startSync(bench);
        await Promise.race([
          untilThereIs(bench, "select from ab2d_etl.export_job where state = 'started'"),
          ended.then(({ code, stderr }) => Promise.reject(new Error(`it ended with ${code}: ${stderr}`))),
        ]);
        const startedAt = performance.now();
        child.kill(signal);
        expect(await ended).toMatchObject({ code });
        expect(performance.now() - startedAt).toBeLessThan(10_000);
        // The contract is free at once, and the next run goes on with the job.
        const again = await attempt(bench);
        expect(again.isResumed).toBe(true);
        await expectOutcome(bench, again, WELL);
        expect(requestsTo(bench, START)).toHaveLength(1);
      }
    },
    heldBy: [RANDOM_KILLS],
  },
  3: {
    words: "a power failure",
    heldBy: [
      "test/landing/landing-order.test.ts > syncs a file, renames it, syncs its folder, and then tells the ledger",
    ],
  },
  4: {
    words: "a disk that fails to write or sync",
    heldBy: [`${SYSTEM_CALLS} > $error of $call ends in $exit, and the next run holds what AB2D has`],
  },
  5: {
    words: "too little memory",
    heldBy: [
      "test/memory.test.ts > with a line of 100 MB between two good ones, which it keeps aside by its place",
      "test/memory.test.ts > dies whole when it has too little, and loads everything when it has enough",
    ],
  },
  6: {
    words: "the landing folder's disk is full",
    heldBy: [
      `${SYSTEM_CALLS} > ends in 73, and the next run holds what AB2D has`,
      "test/landing/download.test.ts > says that the folder can't be written",
    ],
  },
  9: {
    words: "several runs of a contract start together",
    async run() {
      const bench = await settled();
      const starts = requestsTo(bench, START).length;
      const runs = await Promise.all(Array.from({ length: 8 }, () => attempt(bench)));
      expect(runs.map(({ exit, code }) => `${exit} ${code ?? ""}`).sort()).toEqual([
        "0 ",
        ...Array(7).fill("75 RUN_LOCKED"),
      ]);
      expect(requestsTo(bench, START)).toHaveLength(starts + 1);
      await expectHealed(bench);
    },
    heldBy: ["test/sync.test.ts > runs once per contract at a time, and names the holder"],
  },
  10: {
    words: "a run whose lock has been lost",
    async run() {
      const bench = await small();
      const isAllLanded = stoppedWhen(
        ({ filesLanded, filesTotal }) => filesTotal !== undefined && filesLanded === filesTotal,
      );
      await expect(bench.sync({}, isAllLanded)).rejects.toThrow("stopped by the test");
      const holder = await bench.database.pool.connect();
      await holder.query("begin");
      await holder.query("select from ab2d_etl.output_file for update");
      const stale = attempt(bench);
      await untilThereIs(bench, "select from pg_locks where not granted");
      await bench.database.rows(
        `select pg_terminate_backend(pid) from pg_stat_activity
        where datname = current_database() and application_name like 'ab2d Z0001 %'`,
      );
      await untilThereIs(
        bench,
        `select where not exists (select from pg_stat_activity
        where datname = current_database() and application_name like 'ab2d Z0001 %')`,
      );
      // The file is free now, and the stale run is the first to get it.
      await holder.query("rollback");
      holder.release();
      expect(await stale).toMatchObject({ exit: 75, code: "RUN_LOCK_LOST" });
      // Nothing of what it was about to commit is there.
      expect(await bench.database.rows("select from ab2d.claim_version")).toEqual([]);
      await expectWell(bench);
    },
    heldBy: [TERMINATIONS],
  },
  11: {
    words: "a database that a newer version has migrated",
    async run() {
      const bench = await settled();
      const asked = bench.simulator.requests.length;
      await bench.database.rows(
        "insert into ab2d_etl.migration (name, sha256) values ('9999_newer.sql', '')",
      );
      const { ended } = await startSync(bench);
      const { code, stderr } = await ended;
      expect(code).toBe(78);
      expect(stderr).toContain("SCHEMA_NEWER");
      expect(bench.simulator.requests).toHaveLength(asked);
      await bench.database.rows("delete from ab2d_etl.migration where name = '9999_newer.sql'");
      await expectWell(bench);
    },
    heldBy: [
      "test/postgres/migrate.test.ts > refuses a database that a newer program has migrated, and changes nothing",
    ],
  },
  12: {
    words: "a migration that others run too, or that fails",
    heldBy: [
      "test/postgres/migrate.test.ts > runs every file once when four migrate at the same time",
      "test/postgres/migrate.test.ts > keeps nothing of a file that fails, keeps those before it, and goes on from there",
      "test/postgres/migrate.test.ts > fails, and nothing else does, when its connection %s",
      "test/roles.migrate.test.ts > waits ten seconds for tables in use, then changes nothing and says so",
    ],
  },
  13: {
    words: "PostgreSQL ends a session",
    heldBy: [TERMINATIONS, "test/postgres/transaction.test.ts > throws in the midst of a COPY"],
  },
  14: {
    words: "PostgreSQL starts again; whether a commit was done is unknown",
    heldBy: [
      RESTARTS,
      `${POSTGRES} > holds what AB2D has after every \${COMMIT_STRIDE}. commit was lost, before and after it was done`,
    ],
  },
  15: {
    words: "the connection to PostgreSQL breaks, or nobody answers",
    heldBy: [
      "test/postgres/transaction.test.ts > throws when a statement was under way, and the pool gives a new one",
      "test/postgres/pool.test.ts > outlives connections that the server ends while they are idle",
      "test/postgres/pool.test.ts > says that nobody answers",
    ],
  },
  16: {
    words: "PostgreSQL's disk is full",
    heldBy: [
      `${POSTGRES} > stops when its disk is full, and holds what AB2D has once there is room`,
      `${POSTGRES} > stops when the disk of its write-ahead log is full, and holds what AB2D has once there is room`,
    ],
  },
  17: {
    words: "deadlocks, and locks that others hold",
    async run() {
      for (const sqlstate of ["40P01", "40001", "55P03"]) {
        const bench = await small();
        await failInserts(bench, sqlstate, 3);
        await expectWell(bench);
        expect(await bench.database.rows("select from public.attempt where last_value > 3")).toHaveLength(1);
      }
      // For ever: it stops, and the next run brings it.
      const bench = await small();
      await failInserts(bench, "40P01", 1_000_000);
      expect(await attempt(bench)).toMatchObject({ exit: 69, code: "DATABASE_ERROR" });
      expect(await bench.database.rows("select from ab2d.claim_version")).toEqual([]);
      await bench.database.rows("drop trigger fail on ab2d_etl.eob");
      await expectWell(bench);
    },
  },
  18: {
    words: "staging is lost with PostgreSQL's crash",
    heldBy: [RESTARTS],
  },
  19: {
    words: "the wrong database, role or rights",
    heldBy: [
      "test/postgres/pool.test.ts > says that the server refuses the user",
      "test/postgres/pool.test.ts > says that there is no such database",
      "test/as-etl-error.test.ts > calls a missing right a refusal",
      "test/doctor.test.ts > says of the schema: none yet, older, newer than this program",
    ],
  },
  20: {
    words: "a database that only reads",
    async run() {
      const bench = await settled();
      setFaults(bench, []);
      const asked = bench.simulator.requests.length;
      const [{ name }] = (await bench.database.rows<{ name: string }>(
        "select current_database() as name",
      )) as [{ name: string }];
      await bench.database.rows(`alter database ${name} set default_transaction_read_only = on`);
      const { code, stderr } = await (await startSync(bench)).ended;
      expect({ code, stderr }).toMatchObject({
        code: 78,
        stderr: expect.stringContaining("DATABASE_READ_ONLY"),
      });
      expect(bench.simulator.requests).toHaveLength(asked);
      await bench.database.rows(`alter database ${name} set default_transaction_read_only = off`);
      await expectWell(bench);
    },
    heldBy: ["test/doctor.test.ts > says of %s"],
  },
};
