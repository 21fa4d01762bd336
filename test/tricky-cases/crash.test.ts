import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { describe, expect, it, onTestFinished } from "vitest";
import { awaitResolution } from "../../src/claims/resolution-lock.ts";
import type { ApiVersion } from "../../src/domain/api-version.ts";
import { transaction } from "../../src/postgres/transaction.ts";
import { type RunningProgram, startAb2d } from "../support/ab2d-program.ts";
import { claimsTables } from "../support/claims-tables.ts";
import { type FreshDatabase, freshDatabase } from "../support/fresh-database.ts";
import { CONTRACT, loadLines, ndjson, temporaryFolder } from "../support/load-lines.ts";
import { inEveryVersion } from "./in-versions.ts";

/** Keeps loaders waiting between the COPY of a file's rows and the choice of its current claims; the result lets them go. */
function holdResolution({ pool }: FreshDatabase): Promise<() => Promise<void>> {
  return new Promise((resolve, reject) => {
    const holding = transaction(pool, async (tx) => {
      await awaitResolution(tx);
      await new Promise<void>((letGo) => {
        onTestFinished(() => letGo());
        resolve(() => {
          letGo();
          return holding;
        });
      });
    });
    holding.catch(reject);
  });
}

/** The number of sessions of the database that wait for a lock of ours. */
async function waiting({ rows }: FreshDatabase): Promise<number> {
  const [row] = await rows<{ count: number }>(
    `select count(*) from pg_locks join pg_database on pg_database.oid = pg_locks.database
    where datname = current_database() and locktype = 'advisory' and not granted`,
  );
  return row!.count;
}

async function until(isSo: () => Promise<boolean>): Promise<void> {
  while (!(await isSo())) await setTimeout(50);
}

describe("tricky cases: crash", () => {
  it("16 gives the same tables after a kill between COPY and the choice of current claims", {
    timeout: 120_000,
  }, async () => {
    await inEveryVersion(async ({ version, eob, load, database, rows }) => {
      const family = (status: string, lastUpdated: string) => ({ claimGroup: "g1", status, lastUpdated });
      const first = [eob({ claimId: "-1", ...family("active", "2024-03-01T00:00:00Z") })];
      const second = [
        eob({
          claimId: "-1",
          ...family(version === "v3" ? "active" : "cancelled", "2024-04-01T00:00:00Z"),
          finalAction: "NotFinalAction",
        }),
        eob({ claimId: "-2", ...family("active", "2024-04-01T00:00:00Z"), mbis: ["2BB0BB0BB00"] }),
        eob({ claimId: "-3", claimGroup: "g3", patientId: "-8" }),
      ];
      const exportedAt = "2024-05-01T00:00:00Z";
      const options = { apiVersion: version, exportedAt: new Date(exportedAt) };
      const undisturbed = await freshDatabase();
      for (const lines of [first, second]) await loadLines(undisturbed, lines, options);

      await load(first, options);
      const before = await claimsTables(database);
      const letGo = await holdResolution(database);
      const killed = await startLoad(database, { lines: second, version, exportedAt });
      await until(async () => killed.child.exitCode !== null || (await waiting(database)) > 0);
      killed.child.kill("SIGKILL");
      // It was killed; a program that ended before says why.
      expect(await killed.ended).toMatchObject({ code: null });
      await letGo();
      await until(async () => (await sessionsAtWork(database)) === 0);
      expect(await claimsTables(database)).toEqual(before);

      await load(second, options);
      expect(await claimsTables(database)).toEqual(await claimsTables(undisturbed));
      expect(
        await rows("select 1 from ab2d_etl.staged_line union all select 1 from ab2d_etl.touched_family"),
      ).toEqual([]);
    });
  });
});

interface StartLoadOptions {
  readonly lines: readonly unknown[];
  readonly version: ApiVersion;
  readonly exportedAt: string;
}

/** Starts the program on a file of these lines, as a person would. */
async function startLoad(
  { url }: FreshDatabase,
  { lines, version, exportedAt }: StartLoadOptions,
): Promise<RunningProgram> {
  const folder = await temporaryFolder();
  const file = join(folder, "lines.ndjson");
  await writeFile(file, ndjson(lines));
  return startAb2d(
    ["load", "--contract", CONTRACT, "--api-version", version, "--exported-at", exportedAt, file],
    { cwd: folder, env: { DATABASE_URL: url } },
  );
}

/** The number of other sessions that are in a transaction. */
async function sessionsAtWork({ rows }: FreshDatabase): Promise<number> {
  const [row] = await rows<{ count: number }>(
    `select count(*) from pg_stat_activity
    where datname = current_database() and backend_type = 'client backend' and pid <> pg_backend_pid()
      and xact_start is not null`,
  );
  return row!.count;
}
