import { afterAll, describe, expect, it } from "vitest";
import { switchSource } from "../src/claims/switch-source.ts";
import { keepRunsWaiting, takeRunLock } from "../src/control/run-lock.ts";
import { type ContractNumber, parseContractNumber } from "../src/domain/contract-number.ts";
import { cutOver } from "../src/pipeline/cut-over.ts";
import { repair, verify } from "../src/pipeline/verify.ts";
import { CHECKS } from "../src/pipeline/verify-checks.ts";
import { transaction } from "../src/postgres/transaction.ts";
import { lateJoiners, optOut } from "../src/simulator/faults/enrollment-faults.ts";
import { startAb2d } from "./support/ab2d-program.ts";
import { claimsTables } from "./support/claims-tables.ts";
import { context } from "./support/context.ts";
import { eob } from "./support/eob.ts";
import { familyScenario } from "./support/family-scenario.ts";
import { type FreshDatabase, freshDatabase } from "./support/fresh-database.ts";
import { CONTRACT, loadContents, loadLines, ndjson, temporaryFolder } from "./support/load-lines.ts";
import { DAMAGED_TABLES, damages, inflict, restoreTables, saveTables } from "./support/random-damage.ts";
import { SAMPLE_FILES, sampleLines } from "./support/sample-lines.ts";
import { days, syncBench } from "./support/sync-bench.ts";

/** Damages that are tried, and the seed they are drawn from; `AB2D_TEST_EDITS=1000` makes a campaign of it. */
const EDITS = Number(process.env["AB2D_TEST_EDITS"] ?? 60);
const SEED = Number(process.env["AB2D_TEST_EDIT_SEED"] ?? 1);
const OTHER = parseContractNumber("Z8888") as ContractNumber;
/** Tables of which verify without --deep finds every damage. */
const PLAIN = new Set<string>(
  DAMAGED_TABLES.filter((table) => !/claim_(line|diagnosis|procedure|provider)$/.test(table)),
);

async function found(
  { pool }: FreshDatabase,
  { deep = true } = {},
): Promise<Readonly<Record<string, number>>> {
  const results = await verify({ deep }, { pool, signal: new AbortController().signal });
  return Object.fromEntries(results.flatMap(({ name, found }) => (found > 0 ? [[name, found]] : [])));
}

function mend({ pool }: FreshDatabase) {
  return repair({ pool, signal: new AbortController().signal });
}

/** Claims of all versions for three contracts, some shared, families with several versions, a switch of sources between. */
async function busyDatabase(): Promise<FreshDatabase> {
  const { sync, database, clock } = await syncBench({ patients: 4 });
  await sync();
  clock.advance(days(14));
  await sync();
  await sync({ apiVersion: "v3" });
  for (const contract of [CONTRACT, OTHER]) {
    await database.rows(
      "insert into ab2d.contract (contract_number, active_source_system) values ($1, 'ccw')",
      [contract],
    );
  }
  const { steps } = familyScenario(7, { histories: 12 });
  for (const act of steps.flat()) {
    const contract = act.contract === 0 ? CONTRACT : OTHER;
    if ("to" in act) {
      await transaction(database.pool, (tx) => switchSource({ contract, to: act.to }, tx));
      continue;
    }
    await loadContents(
      database,
      Object.fromEntries(act.files.map((lines, index) => [`${index}.ndjson`, lines])),
      {
        contract,
        apiVersion: act.version,
        loaders: act.loaders,
        ...(act.exportedAt === null ? {} : { exportedAt: new Date(act.exportedAt / 1000) }),
      },
    );
  }
  return database;
}

describe("verify() finds nothing", () => {
  it("in an empty database", async () => {
    expect(await found(await freshDatabase())).toEqual({});
  });

  it.each(Object.keys(SAMPLE_FILES) as (keyof typeof SAMPLE_FILES)[])(
    "in CMS's published claims of %s, loaded twice",
    { timeout: 60_000 },
    async (apiVersion) => {
      const lines = sampleLines(apiVersion);
      if (lines === undefined) return;
      const database = await freshDatabase();
      const half = Math.ceil(lines.length / 2);
      for (const exportedAt of [new Date("2026-05-01T00:00:00Z"), new Date("2026-06-01T00:00:00Z")]) {
        await loadContents(
          database,
          { "a.ndjson": lines.slice(0, half), "b.ndjson": lines.slice(half) },
          { apiVersion, exportedAt, loaders: 2 },
        );
      }
      expect(await found(database)).toEqual({});
    },
  );

  it("where lines are rejected, blank, duplicate, in another order, of a Bundle, or too long", async () => {
    const database = await freshDatabase();
    const a = eob({ claimId: "-1" });
    const claims = [a, "no json", "", a, eob({ claimId: "-2", claimGroup: null, status: "cancelled" })];
    const bundle = {
      resourceType: "Bundle",
      entry: [{ resource: eob({ claimId: "-3", claimGroup: "-9" }) }],
    };
    await loadContents(database, {
      "a.ndjson": claims,
      "b.ndjson": `${JSON.stringify(a)}\r\n${JSON.stringify(eob({ claimId: "-4", claimGroup: "-8" }))}`,
      "c.json": JSON.stringify(bundle, null, 2),
      "d.ndjson": `"${"x".repeat(17 * 1024 * 1024)}"\n`,
    });
    expect(await found(database)).toEqual({});
  });

  it.each([11, 12, 13])(
    "after histories of claim families, two contracts, loaders and switches side by side (seed %i)",
    { timeout: 120_000 },
    async (seed) => {
      const database = await freshDatabase();
      const { steps, sources } = familyScenario(seed, { histories: 60 });
      const contracts = [CONTRACT, OTHER];
      for (const [index, contract] of contracts.entries()) {
        await database.rows(
          "insert into ab2d.contract (contract_number, active_source_system) values ($1, $2)",
          [contract, sources[index]],
        );
      }
      for (const step of steps) {
        await Promise.all(
          step.map((act) => {
            const contract = contracts[act.contract]!;
            if ("to" in act) {
              return transaction(database.pool, (tx) =>
                switchSource({ contract, to: act.to }, tx, { familiesAtOnce: 30 }),
              );
            }
            const files = Object.fromEntries(act.files.map((lines, index) => [`${index}.ndjson`, lines]));
            return loadContents(database, files, {
              contract,
              apiVersion: act.version,
              loaders: 3,
              ...(act.exportedAt === null ? {} : { exportedAt: new Date(act.exportedAt / 1000) }),
            });
          }),
        );
      }
      expect(await found(database)).toEqual({});
    },
  );

  it("where two contracts bring the same claims at once, again and again", { timeout: 60_000 }, async () => {
    const database = await freshDatabase();
    const lines = Array.from({ length: 60 }, (_, index) =>
      eob({ claimId: `-${index}`, claimGroup: `-${index}`, patientId: `-${index % 7}` }),
    );
    for (let month = 1; month <= 4; month += 1) {
      await Promise.all(
        [CONTRACT, OTHER].map((contract, index) =>
          loadContents(
            database,
            { "a.ndjson": lines.slice(0, 40), "b.ndjson": lines.slice(20) },
            { contract, loaders: 2, exportedAt: new Date(Date.UTC(2026, month, 1 + index)) },
          ),
        ),
      );
      expect(await found(database)).toEqual({});
    }
  });

  it("after a year of syncs, a backfill, a cut-over and reconciliations", { timeout: 120_000 }, async () => {
    const bench = await syncBench({ faults: [lateJoiners()] });
    await bench.backfill();
    for (let fortnight = 0; fortnight < 3; fortnight += 1) {
      bench.clock.advance(days(14));
      await bench.sync();
      expect(await found(bench.database)).toEqual({});
    }
    await bench.reconcile();
    expect(await found(bench.database)).toEqual({});
    bench.clock.advance(days(1));
    await bench.sync({ full: true });
    expect(await found(bench.database)).toEqual({});
    bench.clock.advance(days(1));
    await cutOver(
      { ...bench.request({ apiVersion: "v3" }) },
      context(bench.database.pool, { clock: bench.clock }),
    );
    expect(await found(bench.database)).toEqual({});
  });

  it("when claims are no longer delivered, and when they come again", { timeout: 60_000 }, async () => {
    const bench = await syncBench({ faults: [optOut()] });
    await bench.sync();
    bench.clock.advance(days(14));
    const { finding } = await bench.reconcile();
    expect(finding!.newly_not_delivered).toBeGreaterThan(0);
    expect(await found(bench.database)).toEqual({});
    bench.clock.advance(days(1));
    bench.simulator.setFaults([]);
    await bench.sync({ full: true });
    const marked = "select from ab2d.claim_contract where not_delivered_since is not null";
    expect(await bench.database.rows(marked)).toEqual([]);
    expect(await found(bench.database)).toEqual({});
  });

  it("when one of two contracts is forgotten", async () => {
    const database = await freshDatabase();
    const shared = eob({ claimId: "-1" });
    await loadLines(database, [shared, eob({ claimId: "-2", claimGroup: "-8" })]);
    await loadLines(database, [shared, eob({ claimId: "-3", claimGroup: "-9" })], { contract: OTHER });
    await transaction(database.pool, (tx) =>
      tx.run("control/forget_contract", { contract_number: CONTRACT }),
    );
    const wrong = await found(database);
    // The file that brought the shared claim is forgotten with its contract.
    expect(wrong).toEqual({});
  });

  it("while loads go on", { timeout: 60_000 }, async () => {
    const database = await freshDatabase();
    const lines = Array.from({ length: 100 }, (_, index) =>
      eob({ claimId: `-${index}`, claimGroup: `-${index}` }),
    );
    let isDone = false;
    const loads = (async () => {
      for (let month = 1; month <= 6; month += 1)
        await loadLines(database, lines, { exportedAt: new Date(Date.UTC(2026, month, 1)) });
      isDone = true;
    })();
    while (!isDone) expect(await found(database)).toEqual({});
    await loads;
  });
});

describe("verify() finds a row that was deleted or edited", () => {
  const tally = new Map<string, { tried: number; plain: number; deep: number }>();

  it(`each of ${EDITS}, in any table: all with --deep, without it all but edits below the header`, {
    timeout: 60_000 + EDITS * 2_000,
  }, async () => {
    const database = await busyDatabase();
    expect(await found(database)).toEqual({});
    await saveTables(database);
    const missed: string[] = [];
    let tried = 0;
    for (const damage of damages(SEED, EDITS * 3)) {
      if (tried === EDITS) break;
      const done = await inflict(database, damage);
      if (done === undefined) continue;
      tried += 1;
      const counts = tally.get(damage.table) ?? { tried: 0, plain: 0, deep: 0 };
      tally.set(damage.table, counts);
      counts.tried += 1;
      const results = await found(database);
      const plain = Object.keys(results).filter((name) => !name.startsWith("deep "));
      if (plain.length > 0) counts.plain += 1;
      if (Object.keys(results).length > 0) counts.deep += 1;
      else missed.push(`deep: ${done.what}`);
      if (PLAIN.has(damage.table) && plain.length === 0) missed.push(`plain: ${done.what}`);
      await done.undo();
    }
    expect(tried).toBe(EDITS);
    expect(missed).toEqual([]);
    expect(await found(database)).toEqual({});
  });

  afterAll(() => {
    for (const [table, { tried, plain, deep }] of tally)
      process.stdout.write(`${table}: ${tried} damaged, ${plain} found, ${deep} found with --deep\n`);
  });

  it("counts a damage under the check that says what it is", async () => {
    const database = await freshDatabase();
    await loadLines(database, [
      eob({ claimId: "-1", lastUpdated: "2024-01-01T00:00:00Z" }),
      eob({ claimId: "-2" }),
      eob({ claimId: "-3", claimGroup: "-9" }),
    ]);
    await saveTables(database);
    const afterwards = async (statement: string) => {
      await database.rows(statement);
      const wrong = Object.keys(await found(database));
      await restoreTables(database);
      return wrong;
    };
    expect(await afterwards("delete from ab2d_etl.eob where eob_id = 'outpatient--3'")).toEqual(
      expect.arrayContaining(["fingerprint", "eob_and_version"]),
    );
    expect(await afterwards("delete from ab2d.claim_line where eob_id = 'outpatient--3'")).toEqual([
      "claim_line",
      "deep claim_line",
    ]);
    expect(await afterwards("update ab2d.claim_line set quantity = 2")).toEqual(["deep claim_line"]);
    expect(
      await afterwards(
        'insert into ab2d.claim_line select * from (select (jsonb_populate_record(l, \'{"eob_id": "zzz"}\')).* from ab2d.claim_line as l limit 1) as one',
      ),
    ).toEqual(["claim_line", "deep claim_line"]);
    expect(
      await afterwards("update ab2d.claim_version set is_current = false where eob_id = 'outpatient--2'"),
    ).toEqual(expect.arrayContaining(["fingerprint", "current_claim", "claim_line", "claim_diagnosis"]));
    expect(
      await afterwards("update ab2d_etl.eob set resource = '{}' where eob_id = 'outpatient--2'"),
    ).toEqual(["eob_text", "deep eob"]);
    expect(await afterwards("delete from ab2d.claim_contract where eob_id = 'outpatient--1'")).toEqual([
      "fingerprint",
      "claim_contract",
    ]);
    expect(await afterwards("delete from ab2d.beneficiary_identifier")).toEqual(
      expect.arrayContaining(["fingerprint", "patient", "stamped_mbi"]),
    );
    expect(
      await afterwards("update ab2d_etl.output_file set rejected_count = 1, new_count = new_count - 1"),
    ).toEqual(["line_accounting"]);
  });

  it("finds a watermark that no run left", async () => {
    const bench = await syncBench();
    await bench.sync();
    bench.clock.advance(days(14));
    await bench.sync();
    expect(await found(bench.database, { deep: false })).toEqual({});
    await bench.database.rows("update ab2d_etl.watermark set exported_at = exported_at + interval '1 hour'");
    expect(Object.keys(await found(bench.database, { deep: false }))).toEqual(["watermark"]);
    await bench.database.rows("delete from ab2d_etl.watermark");
    expect(Object.keys(await found(bench.database, { deep: false }))).toEqual(["watermark"]);
  });

  it("finds what a load left behind", async () => {
    const database = await freshDatabase();
    await database.rows("insert into ab2d_etl.touched_family values (1, 'x')");
    await database.rows("insert into ab2d_etl.staged_mbi values (1, 'x')");
    expect(await found(database)).toEqual({ leftover: 2 });
    await mend(database);
    expect(await found(database)).toEqual({});
  });
});

describe("repair()", () => {
  it("changes nothing where nothing is wrong", async () => {
    const database = await busyDatabase();
    const before = await claimsTables(database);
    expect(await mend(database)).toEqual({
      awaited: 0,
      headers: 0,
      claims: 0,
      held_again: 0,
      families: 0,
      accepted: [],
    });
    expect(await claimsTables(database)).toEqual(before);
  });

  it("makes the tables that follow from the EOBs as they were", {
    timeout: 60_000 + EDITS * 3_000,
  }, async () => {
    const database = await busyDatabase();
    const before = await claimsTables(database);
    await saveTables(database);
    const derived = /claim_(version|line|diagnosis|procedure|provider)$|patient$|beneficiary_contract$/;
    let tried = 0;
    const wrong: string[] = [];
    for (const damage of damages(SEED + 1, EDITS * 2)) {
      if (tried === Math.ceil(EDITS / 3)) break;
      if (!derived.test(damage.table)) continue;
      const done = await inflict(database, damage);
      if (done === undefined) continue;
      tried += 1;
      await mend(database);
      const left = Object.keys(await found(database));
      if (left.length > 0) wrong.push(`${done.what}: ${left}`);
      if (JSON.stringify(await claimsTables(database)) !== JSON.stringify(before))
        wrong.push(`${done.what}: differs`);
      await restoreTables(database);
    }
    expect(tried).toBeGreaterThan(0);
    expect(wrong).toEqual([]);
  });

  it("asks for what is lost, and a delivery of everything heals it", {
    timeout: 60_000 + EDITS * 3_000,
  }, async () => {
    const bench = await syncBench({ patients: 4 });
    const { database } = bench;
    await bench.sync();
    await saveTables(database);
    const truth = await bench.compare();
    const wrong: string[] = [];
    let tried = 0;
    for (const damage of damages(SEED + 2, EDITS * 2)) {
      if (tried === Math.ceil(EDITS / 6)) break;
      if (!/eob$|claim_contract$|identifier$/.test(damage.table)) continue;
      const done = await inflict(database, damage);
      if (done === undefined) continue;
      tried += 1;
      await mend(database);
      const left = Object.keys(await found(database)).filter(
        (name) => !["redelivery", "eob_awaited", "stamped_mbi"].includes(name),
      );
      if (left.length > 0) wrong.push(`${done.what}, repaired: ${left}`);
      bench.clock.advance(days(1));
      await bench.sync({ full: true });
      const after = Object.keys(await found(database));
      if (after.length > 0) wrong.push(`${done.what}, delivered again: ${after}`);
    }
    expect(tried).toBeGreaterThan(0);
    expect(wrong).toEqual([]);
    expect((truth.held as readonly unknown[]).length).toBeGreaterThan(0);
  });

  it.each([
    [
      "an MBI of nobody",
      "update ab2d.beneficiary_identifier set beneficiary_id = '' where mbi = (select min(mbi) from ab2d.beneficiary_identifier)",
    ],
    [
      "an EOB said to be of the next file",
      "update ab2d_etl.eob set output_file_id = output_file_id + 1 where eob_id = (select min(eob_id) from ab2d_etl.eob)",
    ],
    [
      "an EOB of a line that its file does not have",
      "update ab2d_etl.eob set line_number = 1000000 where eob_id = (select min(eob_id) from ab2d_etl.eob)",
    ],
  ])("puts %s right", async (_what, damage) => {
    const bench = await syncBench({ patients: 3 });
    const { database } = bench;
    await bench.sync();
    bench.clock.advance(days(1));
    await bench.sync({ full: true });
    await database.rows(damage);
    expect(await found(database)).not.toEqual({});
    await mend(database);
    for (const name of Object.keys(await found(database)))
      expect(["redelivery", "eob_awaited", "stamped_mbi"]).toContain(name);
    bench.clock.advance(days(1));
    await bench.sync({ full: true });
    expect(await found(database)).toEqual({});
  });

  it("throws RUN_LOCKED while a run is at work, and keeps runs away", async () => {
    const database = await freshDatabase();
    await loadLines(database, [eob()]);
    const lock = await takeRunLock(CONTRACT, database.pool);
    await expect(mend(database)).rejects.toMatchObject({ code: "RUN_LOCKED", exitCode: 75 });
    await lock.release();
    await transaction(database.pool, async (tx) => {
      await keepRunsWaiting([CONTRACT], tx);
      await expect(takeRunLock(CONTRACT, database.pool)).rejects.toMatchObject({ code: "RUN_LOCKED" });
    });
    await mend(database);
  });
});

describe("ab2d verify", () => {
  it("says what is wrong and how to heal it, exits with 70, and audits what it did", {
    timeout: 60_000,
  }, async () => {
    const database = await freshDatabase();
    const cwd = await temporaryFolder();
    await loadLines(database, [eob()]);
    const run = (...args: readonly string[]) =>
      startAb2d(["verify", ...args], { cwd, env: { DATABASE_URL: database.url } }).ended;
    expect(await run()).toMatchObject({ code: 0, stdout: expect.stringContaining("All is well") });
    await database.rows("update ab2d.claim_line set quantity = 77");
    await database.rows("delete from ab2d.claim_diagnosis");
    const wrong = await run("--deep");
    expect(wrong.code).toBe(70);
    expect(wrong.stdout).toMatch(
      /claim_diagnosis +1 +A claim has too many diagnoses or too few\. +ab2d verify --repair/,
    );
    expect(wrong.stdout).toContain("psql -f sql/checks/claim_diagnosis.sql");
    expect(wrong.stdout).toContain("deep claim_line: 1 edited quantity");
    expect(wrong.stdout).not.toMatch(/1S00E00DP42|outpatient-|-10000000005142/);
    const json = JSON.parse((await run("--repair", "--deep", "--json")).stdout);
    expect(json).toMatchObject({
      deep: true,
      is_sound: true,
      repaired: { claims: 1, headers: 0, accepted: [] },
    });
    expect(json.checks.length).toBe(CHECKS.length + 6);
    expect(await run("--deep")).toMatchObject({ code: 0 });
    const audit = await database.rows<{ action: string }>(
      "select action from ab2d_etl.audit_event where action in ('verified', 'repaired') order by audit_event_id",
    );
    expect(audit.map(({ action }) => action)).toEqual([
      "verified",
      "verified",
      "verified",
      "repaired",
      "verified",
      "verified",
    ]);
  });

  it("finds nothing after kills", { timeout: 60_000 }, async () => {
    const database = await freshDatabase();
    const cwd = await temporaryFolder();
    const { writeFile } = await import("node:fs/promises");
    const { join } = await import("node:path");
    const lines = Array.from({ length: 3_000 }, (_, index) =>
      eob({ claimId: `-${index}`, claimGroup: `-${index}` }),
    );
    const file = join(cwd, "lines.ndjson");
    await writeFile(file, ndjson(lines));
    const load = () =>
      startAb2d(["load", "--contract", CONTRACT, "--api-version", "v2", file], {
        cwd,
        env: { DATABASE_URL: database.url },
      });
    for (let milliseconds = 600; milliseconds <= 1_400; milliseconds += 400) {
      const run = load();
      const timer = setTimeout(() => run.child.kill("SIGKILL"), milliseconds);
      await run.ended;
      clearTimeout(timer);
      expect(await found(database, { deep: false })).toEqual({});
    }
    expect(await found(database)).toEqual({});
  });
});
