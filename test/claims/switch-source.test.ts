import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type SwitchSourceOptions, switchSource } from "../../src/claims/switch-source.ts";
import type { ApiVersion, SourceSystem } from "../../src/domain/api-version.ts";
import { type ContractNumber, parseContractNumber } from "../../src/domain/contract-number.ts";
import { silentLog } from "../../src/log.ts";
import { load } from "../../src/pipeline/load.ts";
import { transaction } from "../../src/postgres/transaction.ts";
import { claimsTables } from "../support/claims-tables.ts";
import { context } from "../support/context.ts";
import { eob } from "../support/eob.ts";
import { type FreshDatabase, freshDatabase } from "../support/fresh-database.ts";
import { CONTRACT, loadContents, loadLines, ndjson, temporaryFolder } from "../support/load-lines.ts";

const OTHER = parseContractNumber("Z8888") as ContractNumber;
const EARLY = "2024-03-01T00:00:00.000Z";
const LATE = "2024-06-01T00:00:00.000Z";

interface Delivery {
  readonly contract: ContractNumber;
  readonly version: ApiVersion;
  readonly lines: readonly unknown[];
}

async function deliver(database: FreshDatabase, deliveries: readonly Delivery[]): Promise<void> {
  for (const { contract, version, lines } of deliveries)
    await loadLines(database, lines, { contract, apiVersion: version });
}

/** A database in which the contracts' sources were the active ones from the start. */
async function activeFromTheStart(
  sources: Readonly<Record<string, SourceSystem>>,
  deliveries: readonly Delivery[],
): Promise<FreshDatabase> {
  const database = await freshDatabase();
  for (const [contract, source] of Object.entries(sources)) {
    await database.rows("insert into ab2d.contract (contract_number, active_source_system) values ($1, $2)", [
      contract,
      source,
    ]);
  }
  await deliver(database, deliveries);
  return database;
}

function switchTo(
  database: FreshDatabase,
  to: SourceSystem,
  options?: SwitchSourceOptions & { readonly contract?: ContractNumber },
) {
  return transaction(database.pool, (tx) =>
    switchSource({ contract: options?.contract ?? CONTRACT, to }, tx, options),
  );
}

async function currentIds(database: FreshDatabase): Promise<readonly string[]> {
  const rows = await database.rows<{ eob_id: string }>("select eob_id from ab2d.claim order by eob_id");
  return rows.map(({ eob_id }) => eob_id);
}

const claims = (version: ApiVersion, ids: readonly number[], lastUpdated = EARLY): unknown[] =>
  ids.map((id) =>
    eob({
      version,
      claimId: version === "v3" ? `${id}` : `-${id}`,
      claimGroup: `g${id}`,
      patientId: version === "v3" ? "7" : "-7",
      lastUpdated,
    }),
  );

describe("switchSource()", () => {
  const line = fc
    .record({
      version: fc.constantFrom<ApiVersion>("v2", "v3"),
      claim: fc.integer({ min: 1, max: 5 }),
      group: fc.constantFrom<string | null>("g1", "g2", null),
      status: fc.constantFrom("active", "active", "cancelled"),
      lastUpdated: fc.constantFrom(null, EARLY, LATE),
      patient: fc.integer({ min: 1, max: 2 }),
      code: fc.constantFrom("E119", "I10"),
    })
    .map(({ version, claim, group, status, lastUpdated, patient, code }) => ({
      version,
      line: JSON.stringify(
        eob({
          version,
          claimId: version === "v3" ? `${claim}` : `-${claim}`,
          claimGroup: group,
          // V3 tells by its tag.
          status: version === "v3" ? "active" : status,
          finalAction: status === "active" ? "FinalAction" : "NotFinalAction",
          lastUpdated,
          patientId: version === "v3" ? `${patient}` : `-${patient}`,
          diagnoses: [code],
        }),
      ),
    }));
  const delivered = fc
    .record({
      contract: fc.constantFrom(CONTRACT, CONTRACT, OTHER),
      lines: fc.array(line, { minLength: 1, maxLength: 8 }),
    })
    .map(({ contract, lines }) =>
      (["v2", "v3"] as const).map((version) => ({
        contract,
        version,
        lines: lines.filter((each) => each.version === version).map((each) => each.line),
      })),
    );

  it("leaves what would be there had the source been active from the start, there and back", {
    timeout: 240_000,
  }, async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(delivered, { minLength: 1, maxLength: 3 }),
        fc.constantFrom<SourceSystem>("ccw", "idr"),
        fc.integer({ min: 1, max: 4 }),
        async (exports, otherSource, familiesAtOnce) => {
          const deliveries = exports.flat().filter(({ lines }) => lines.length > 0);
          const before = await activeFromTheStart({ [CONTRACT]: "ccw", [OTHER]: otherSource }, deliveries);
          const oldTables = await claimsTables(before);
          await switchTo(before, "idr", { familiesAtOnce });
          const wanted = await activeFromTheStart({ [CONTRACT]: "idr", [OTHER]: otherSource }, deliveries);
          expect(await claimsTables(before)).toEqual(await claimsTables(wanted));
          await switchTo(before, "ccw", { familiesAtOnce });
          expect(await claimsTables(before)).toEqual(oldTables);
        },
      ),
      { numRuns: 15 },
    );
  });

  it("counts what it changed, in parts of any size, and leaves nothing staged", async () => {
    for (const familiesAtOnce of [1, 3, 2_000]) {
      const database = await freshDatabase();
      await deliver(database, [
        { contract: CONTRACT, version: "v2", lines: claims("v2", [1, 2, 3, 4, 5]) },
        { contract: CONTRACT, version: "v3", lines: claims("v3", [1, 2, 3, 4]) },
      ]);
      const told: number[] = [];
      const changed = await switchTo(database, "idr", {
        familiesAtOnce,
        onPart: ({ families, of }) => {
          expect(of).toBe(9);
          told.push(families);
        },
      });
      expect(changed).toEqual({ families: 9, demoted: 5, promoted: 4 });
      expect(told.at(-1)).toBe(9);
      expect(await currentIds(database)).toEqual(["1", "2", "3", "4"]);
      expect(await database.rows("select 1 from ab2d_etl.touched_family")).toEqual([]);
      expect(await database.rows("select 1 from ab2d_etl.staged_mbi")).toEqual([]);
    }
  });

  it("switches a contract without claims", async () => {
    const database = await activeFromTheStart({ [CONTRACT]: "ccw" }, []);
    expect(await switchTo(database, "idr")).toEqual({ families: 0, demoted: 0, promoted: 0 });
    expect(await database.rows("select active_source_system from ab2d.contract")).toEqual([
      { active_source_system: "idr" },
    ]);
  });

  it("keeps current what another contract holds by its active source", async () => {
    const database = await freshDatabase();
    await deliver(database, [
      { contract: CONTRACT, version: "v2", lines: claims("v2", [1, 2]) },
      { contract: OTHER, version: "v2", lines: claims("v2", [2, 3]) },
      { contract: CONTRACT, version: "v3", lines: claims("v3", [1, 2]) },
    ]);
    await switchTo(database, "idr");
    expect(await currentIds(database)).toEqual(["1", "2", "outpatient--2", "outpatient--3"]);
    expect(await database.rows("select eob_id from ab2d.claim_line order by eob_id")).toHaveLength(4);
  });

  it("gives a family's place to the version that another contract holds", async () => {
    const database = await freshDatabase();
    const ofGroup = (claimId: string, lastUpdated: string) => eob({ claimId, claimGroup: "g", lastUpdated });
    await deliver(database, [
      { contract: OTHER, version: "v2", lines: [ofGroup("-1", EARLY)] },
      { contract: CONTRACT, version: "v2", lines: [ofGroup("-2", LATE)] },
    ]);
    expect(await currentIds(database)).toEqual(["outpatient--2"]);
    await switchTo(database, "idr");
    expect(await currentIds(database)).toEqual(["outpatient--1"]);
    expect(await database.rows("select distinct eob_id from ab2d.claim_diagnosis")).toEqual([
      { eob_id: "outpatient--1" },
    ]);
  });

  it("leaves everything as it was when its transaction fails or its connection dies", async () => {
    const database = await freshDatabase();
    await deliver(database, [
      { contract: CONTRACT, version: "v2", lines: claims("v2", [1, 2, 3, 4, 5]) },
      { contract: CONTRACT, version: "v3", lines: claims("v3", [1, 2, 3, 4]) },
    ]);
    const before = await claimsTables(database);
    const contracts = await database.rows("select * from ab2d.contract");
    const parts = 9;
    for (let stopsAt = 1; stopsAt <= parts; stopsAt += 4) {
      let part = 0;
      const failing = switchTo(database, "idr", {
        familiesAtOnce: 1,
        onPart: () => {
          part += 1;
          if (part === stopsAt) throw new Error("stopped");
        },
      });
      await expect(failing).rejects.toThrow("stopped");
      expect(await claimsTables(database)).toEqual(before);
    }
    const killed = transaction(database.pool, async (tx) => {
      await switchSource({ contract: CONTRACT, to: "idr" }, tx);
      await tx.execute("select pg_terminate_backend(pg_backend_pid())");
    });
    await expect(killed).rejects.toThrow();
    expect(await claimsTables(database)).toEqual(before);
    expect(await database.rows("select * from ab2d.contract")).toEqual(contracts);
    expect(await database.rows("select 1 from ab2d_etl.touched_family")).toEqual([]);
    expect(await switchTo(database, "idr")).toMatchObject({ demoted: 5, promoted: 4 });
  });
});

describe("switchSource() beside loaders of another contract", () => {
  const ids = Array.from({ length: 60 }, (_, index) => index + 1);
  const deliveries: readonly Delivery[] = [
    { contract: CONTRACT, version: "v2", lines: claims("v2", ids) },
    { contract: CONTRACT, version: "v3", lines: claims("v3", ids) },
    { contract: OTHER, version: "v2", lines: claims("v2", ids.slice(0, 20)) },
  ];
  /** Newer texts of claims that the other contract did not hold, then claims so long that they come in batches of their own. */
  const news = claims("v2", ids.slice(15, 55), "2024-07-01T00:00:00.000Z");
  const long = claims("v2", [91, 92, 93, 94, 95, 96, 97, 98]).map((line) => ({
    ...(line as object),
    text: { status: "generated", div: "x".repeat(1_500_000) },
  }));

  it("waits for a file that has begun, and ends as one after the other would", {
    timeout: 120_000,
  }, async () => {
    const file: Delivery = { contract: OTHER, version: "v2", lines: [...news, ...long] };
    const wanted = await activeFromTheStart({ [CONTRACT]: "idr", [OTHER]: "ccw" }, [...deliveries, file]);
    const database = await activeFromTheStart({ [CONTRACT]: "ccw", [OTHER]: "ccw" }, deliveries);
    const path = join(await temporaryFolder(), "lines.ndjson");
    await writeFile(path, ndjson(file.lines));
    const retried: unknown[] = [];
    let switching: Promise<unknown> | undefined;
    const loaded = await load(
      { contract: OTHER, apiVersion: "v2", files: [path], exportedAt: undefined, loaders: 2 },
      context(database.pool, {
        log: { ...silentLog, info: (event, fields) => retried.push({ event, ...fields }) },
        progress: {
          report({ lines = 0 }) {
            // Now the file's transaction has rows of claims that the switch wants, and has yet to choose current ones.
            if (lines > 0) switching ??= switchTo(database, "idr");
          },
          end: () => {},
        },
      }),
    );
    // Nothing here tries again: a deadlock would fail the switch, or make the file start anew.
    expect(await switching).toEqual({ families: 120, demoted: 5, promoted: 60 });
    expect(loaded.run.state).toBe("complete");
    expect(retried).toEqual([]);
    expect(await claimsTables(database)).toEqual(await claimsTables(wanted));
  });

  it("keeps files of two loaders waiting, and they then bring what they have", {
    timeout: 120_000,
  }, async () => {
    const files = Array.from({ length: 8 }, (_, index) => news.slice(index * 5, index * 5 + 5));
    const wanted = await activeFromTheStart({ [CONTRACT]: "idr", [OTHER]: "ccw" }, [
      ...deliveries,
      ...files.map((lines): Delivery => ({ contract: OTHER, version: "v2", lines })),
    ]);
    const database = await activeFromTheStart({ [CONTRACT]: "ccw", [OTHER]: "ccw" }, deliveries);
    const loading = loadContents(
      database,
      Object.fromEntries(files.map((lines, index) => [`${index}.ndjson`, lines])),
      { contract: OTHER, loaders: 2 },
    );
    for (const to of ["idr", "ccw", "idr", "ccw", "idr"] as const)
      await switchTo(database, to, { familiesAtOnce: 7 });
    expect((await loading).run.state).toBe("complete");
    expect(await claimsTables(database)).toEqual(await claimsTables(wanted));
  });

  it("takes turns with the switch of another contract", async () => {
    const database = await activeFromTheStart({ [CONTRACT]: "ccw", [OTHER]: "ccw" }, deliveries);
    await Promise.all([
      switchTo(database, "idr", { familiesAtOnce: 7 }),
      switchTo(database, "idr", { contract: OTHER, familiesAtOnce: 5 }),
    ]);
    const wanted = await activeFromTheStart({ [CONTRACT]: "idr", [OTHER]: "idr" }, deliveries);
    expect(await claimsTables(database)).toEqual(await claimsTables(wanted));
  });
});
