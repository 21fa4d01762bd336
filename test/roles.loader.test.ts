import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { doctorCommand } from "../src/commands/doctor.ts";
import { historyCommand } from "../src/commands/history.ts";
import { loadCommand } from "../src/commands/load.ts";
import { queryCommand } from "../src/commands/query.ts";
import { statusCommand } from "../src/commands/status.ts";
import { parseWindowLength } from "../src/domain/remaining-windows.ts";
import { cutOver } from "../src/pipeline/cut-over.ts";
import { optOut } from "../src/simulator/faults/enrollment-faults.ts";
import { claimsTables } from "./support/claims-tables.ts";
import { context } from "./support/context.ts";
import { eob } from "./support/eob.ts";
import { freshDatabase } from "./support/fresh-database.ts";
import { ndjson, temporaryFolder } from "./support/load-lines.ts";
import {
  doorTo,
  type Login,
  mayMakeRoles,
  type RoleBench,
  roleBench,
  roleNames,
} from "./support/role-bench.ts";
import { days, type SyncBench, type SyncBenchOptions, syncBench } from "./support/sync-bench.ts";

const STATES = ["off", "on"] as const;

interface LoaderBench {
  readonly bench: SyncBench;
  readonly roles: RoleBench;
  readonly loader: Login;
}

describe.skipIf(!(await mayMakeRoles()))("a member of ab2d_loader", () => {
  async function setup(
    rowLevelSecurity: (typeof STATES)[number],
    options: SyncBenchOptions = {},
  ): Promise<LoaderBench> {
    const nextName = roleNames();
    const bench = await syncBench(options);
    const roles = await roleBench(bench.database, nextName);
    await roles.grant(rowLevelSecurity);
    return { bench, roles, loader: await roles.login("in role ab2d_loader") };
  }

  it.each(STATES)(
    "brings everything that AB2D has, by every way there is, with row-level security %s",
    async (state) => {
      const { bench, loader } = await setup(state, { faults: [optOut()] });
      const as = { pool: loader.pool };
      await bench.sync({}, as);
      bench.clock.advance(days(14));
      expect((await bench.sync({}, as)).run.state).toBe("complete");
      await bench.backfill({ length: parseWindowLength("P24M") }, as);
      bench.clock.advance(days(7));
      const { finding } = await bench.reconcile({}, as);
      expect(finding!.not_delivered).toBeGreaterThan(0);
      const { outcome } = await cutOver(
        bench.request({ apiVersion: "v3" }),
        context(loader.pool, { clock: bench.clock }),
      );
      expect(outcome).toBe("switched");
      await bench.sync({ apiVersion: "v3" }, as);

      // An undisturbed owner at the same hours, in a database without the roles, holds the same.
      const other = await syncBench({ faults: [optOut()] });
      await other.sync();
      other.clock.advance(days(14));
      await other.sync();
      await other.backfill({ length: parseWindowLength("P24M") });
      other.clock.advance(days(7));
      await other.reconcile();
      await cutOver(
        other.request({ apiVersion: "v3" }),
        context(other.database.pool, { clock: other.clock }),
      );
      await other.sync({ apiVersion: "v3" });
      const held = await claimsTables(bench.database);
      expect(held).toEqual(await claimsTables(other.database));
      expect(JSON.stringify(held).length).toBeGreaterThan(10_000);
      expect(await bench.database.rows("select 1 from ab2d_etl.staged_line")).toEqual([]);
    },
  );

  it.each(STATES)("loads, and looks at all there is, with row-level security %s", async (state) => {
    const { bench, loader, roles } = await setup(state);
    const door = { ...doorTo(loader.url, { apiVersion: "v2" }), clock: bench.clock };
    const folder = await temporaryFolder();
    const file = join(folder, "claims.ndjson");
    const lines = ["-1", "-2", "-3"].map((id) => eob({ claimId: id, claimGroup: id }));
    await writeFile(
      file,
      ndjson([...lines, "{not json", eob({ claimId: "-4", fields: { billablePeriod: {} } })]),
    );
    const loaded = await loadCommand.run([[file]], { contract: "Z0001" }, door);
    expect(loaded.exitCode).toBe(3);
    // The same claims anew: versions are replaced, families are resolved again.
    const newer = lines.map((line) => ({ ...line, meta: { lastUpdated: "2025-01-01T00:00:00Z" } }));
    await writeFile(file, ndjson([...newer, eob({ claimId: "-1", claimGroup: "-1", status: "cancelled" })]));
    expect((await loadCommand.run([[file]], { contract: "Z0001" }, door)).exitCode).toBe(0);

    expect((await statusCommand.run([], {}, door)).json).toMatchObject([{ contract_number: "Z0001" }]);
    expect((await historyCommand.run([], {}, door)).exitCode).toBe(0);
    const counted = await queryCommand.run(["select count(*) as claims from ab2d.claim"], {}, door);
    expect(counted.json).toEqual([{ claims: 3 }]);
    const views = await roles.admin.query<{ name: string }>(
      "select 'ab2d.' || relname as name from pg_class where relnamespace = 'ab2d'::regnamespace and relkind in ('r', 'v')",
    );
    for (const { name } of views.rows) {
      expect(await loader.rows(`select count(*) from ${name}`), name).toEqual(
        await bench.database.rows(`select count(*) from ${name}`),
      );
    }
    const { json } = await doctorCommand.run([[]], {}, door);
    const { checks } = json as { checks: { name: string; outcome: string; found: string }[] };
    expect(checks.find(({ name }) => name === "database rights")).toMatchObject({ outcome: "ok" });
    expect(checks.find(({ name }) => name === "schema")).toMatchObject({ outcome: "ok" });
    expect(checks.find(({ name }) => name === "row-level security")!.found).toMatch(new RegExp(`^${state}:`));
  });

  it("changes no table, no audit event, no migration, and not who may see what", async () => {
    const { roles, loader } = await setup("on");
    for (const sql of [
      "update ab2d_etl.audit_event set actor = 'x'",
      "delete from ab2d_etl.audit_event",
      "truncate ab2d_etl.audit_event",
      "truncate ab2d.claim_version",
      "delete from ab2d_etl.migration",
      "insert into ab2d.contract_analyst values (current_user, 'Z0001')",
      "insert into ab2d.code_list values ('a', 'ICD-10-CM', 'A')",
      "alter table ab2d.claim_version disable row level security",
      "alter table ab2d.claim_version add column x text",
      "drop table ab2d.claim_line",
      "drop policy loader_has_all_rows on ab2d.claim_line",
      "create table ab2d.x (y text)",
      "create table ab2d_etl.x (y text)",
      "create function ab2d.x() returns text language sql as 'select null::text'",
      "create or replace function ab2d.visible_contracts() returns text[] language sql as 'select null::text[]'",
      "create role x",
      "set role ab2d_owner",
    ]) {
      expect(await loader.refusal(sql), sql).toBe("42501");
    }
    expect(await roles.database.rows("select 1 from ab2d.contract_analyst")).toEqual([]);
  });

  it("loads with the right to pass by row-level security too, which spares the detour", async ({ skip }) => {
    const nextName = roleNames();
    const roles = await roleBench(await freshDatabase(), nextName);
    await roles.grant("on");
    const [admin] = (await roles.admin.query("select rolsuper from pg_roles where rolname = current_user"))
      .rows;
    if (!admin.rolsuper) skip("only a superuser may give that right");
    const loader = await roles.login("bypassrls in role ab2d_loader");
    const folder = await temporaryFolder();
    const file = join(folder, "claims.ndjson");
    await writeFile(file, ndjson([eob()]));
    const loaded = await loadCommand.run(
      [[file]],
      { contract: "Z0001" },
      doorTo(loader.url, { apiVersion: "v2" }),
    );
    expect(loaded.exitCode).toBe(0);
    expect(await loader.rows("select row_security_active('ab2d.claim_line') as is_active")).toEqual([
      { is_active: false },
    ]);
  });
});
