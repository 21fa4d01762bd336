import { describe, expect, it } from "vitest";
import {
  A,
  analystBench,
  B,
  C,
  COUNTS,
  countsOf,
  expectedCounts,
  FOREIGN,
  MBI,
  PUBLIC,
  relationsOf,
  TEAM,
} from "./support/analyst-bench.ts";
import { freshDatabase } from "./support/fresh-database.ts";
import { mayMakeRoles, roleBench, roleNames } from "./support/role-bench.ts";

describe.skipIf(!(await mayMakeRoles()))("row-level security", () => {
  it("knows every table and view that analysts have", async () => {
    const bench = await analystBench();
    const { database } = bench;
    const relations = await relationsOf(bench, "ab2d");
    expect(relations.map(({ name }) => name)).toEqual([...Object.keys(COUNTS), ...PUBLIC].sort());
    const analyst = await bench.analyst([]);
    for (const name of PUBLIC) {
      const count = `select count(*) as count from ${name}`;
      expect(await analyst.rows(count)).toEqual(await database.rows(count));
    }
    // A view that runs as its owner sees all rows: the one that has to do so is tested below.
    expect(
      await database.rows(`
        select relname::text as name
        from pg_class
        where relnamespace = 'ab2d'::regnamespace
          and relkind = 'v'
          and not coalesce('security_invoker=true' = any (reloptions), false)
        order by relname`),
    ).toEqual([{ name: "contract_completeness" }, { name: "data_freshness" }]);
    expect(
      await database.rows(`
        select proname::text as name
        from pg_proc
        where pronamespace = 'ab2d'::regnamespace and prosecdef`),
    ).toEqual([{ name: "are_all_contracts" }]);
  });

  it("shows analysts of a contract its rows, and no row of another contract, in every table and view", async () => {
    const bench = await analystBench();
    for (const [contract, column] of [
      [A, 0],
      [B, 1],
    ] as const) {
      const analyst = await bench.analyst([contract]);
      expect(await countsOf(analyst), contract).toEqual(expectedCounts(column));
      for (const name of Object.keys(COUNTS)) {
        const text = JSON.stringify(await analyst.rows(`select to_jsonb(t) as row from ${name} as t`));
        for (const foreign of FOREIGN[contract]!)
          expect(text, `${name} to ${contract}`).not.toContain(foreign);
      }
    }
  });

  it("shows a claim of two contracts to both, each with its own contract only", async () => {
    const bench = await analystBench();
    for (const contract of [A, B]) {
      const analyst = await bench.analyst([contract]);
      expect(
        await analyst.rows("select contract_number from ab2d.claim_contract where eob_id = 'inpatient--33'"),
      ).toEqual([{ contract_number: contract }]);
      expect(await analyst.rows("select 1 from ab2d.claim_line where eob_id = 'inpatient--33'")).toHaveLength(
        1,
      );
    }
  });

  it("shows of a member who changed contracts the claims and service dates of one's own contract", async () => {
    const bench = await analystBench();
    for (const [contract, eob_id] of [
      [A, "inpatient--44"],
      [B, "inpatient--55"],
    ]) {
      const analyst = await bench.analyst([contract!]);
      for (const mbi of [MBI.old, MBI.new]) {
        expect(
          await analyst.rows(
            "select eob_id from ab2d.claim where beneficiary_id in (select ab2d.beneficiaries_of($1))",
            [mbi],
          ),
        ).toEqual([{ eob_id }]);
      }
    }
  });

  it("shows two contracts to who may see both, and everything to who may see all there are", async () => {
    const bench = await analystBench();
    const both = await bench.analyst([A, B]);
    expect(await countsOf(both)).toMatchObject({
      "ab2d.claim": 6,
      "ab2d.claim_version": 7,
      "ab2d.claim_line": 6,
      "ab2d.patient": 4,
      "ab2d.contract": 2,
      "ab2d.possible_duplicate_claim": 2,
    });
    // Not bound by contract, so also what no contract holds.
    expect(await countsOf(await bench.analyst([A, B, C]))).toEqual(expectedCounts(2));
    expect(await countsOf({ rows: bench.database.rows })).toMatchObject({
      "ab2d.claim": 8,
      "ab2d.patient": 6,
    });
  });

  it("goes by membership: of a team's role, and not of one that has to be put on first", async () => {
    const bench = await analystBench();
    const team = await bench.analyst([A], TEAM);
    const member = await bench.login(`in role ${team.name}`);
    expect(await countsOf(member)).toEqual(expectedCounts(0));
    const passing = await bench.login(`nologin noinherit in role ${team.name}`);
    const behind = await bench.login(`in role ab2d_analyst, ${passing.name}`);
    expect(await behind.rows("select 1 from ab2d.claim")).toEqual([]);
    expect(await behind.rows("select 1 from ab2d.contract_analyst")).toEqual([]);
    const guest = await bench.login(`noinherit in role ${team.name}, ab2d_analyst`);
    expect(await guest.refusal("select 1 from ab2d.claim")).toBe("42501");
    const client = await guest.pool.connect();
    try {
      await client.query(`set role ${team.name}`);
      const { rows } = await client.query("select count(*) as count from ab2d.claim");
      expect(rows).toEqual([{ count: COUNTS["ab2d.claim"]![0] }]);
      await client.query("set role ab2d_analyst");
      const others = await client.query("select count(*) as count from ab2d.claim");
      expect(others.rows).toEqual([{ count: 0 }]);
    } finally {
      client.release(true);
    }
  });

  it("shows nothing to who has no contract, whose role was renamed, or who is no analyst", async () => {
    const bench = await analystBench();
    expect(await countsOf(await bench.analyst([]))).toEqual(expectedCounts(3));
    // A contract that AB2D has not delivered to yet, and roles that are gone, break nothing.
    expect(await countsOf(await bench.analyst(["Z9999"]))).toMatchObject({
      "ab2d.claim": 0,
      "ab2d.patient": 0,
    });
    const [gone, renamed, fine] = [
      await bench.analyst([A], TEAM),
      await bench.analyst([A], TEAM),
      await bench.analyst([A]),
    ];
    const member = await bench.login(`in role ${renamed.name}`);
    expect(await countsOf(member)).toEqual(expectedCounts(0));
    await bench.admin.query(`drop role ${gone.name}`);
    await bench.admin.query(`alter role ${renamed.name} rename to ${renamed.name}_new`);
    try {
      expect(await countsOf(member)).toEqual(expectedCounts(3));
      expect(await countsOf(fine)).toEqual(expectedCounts(0));
    } finally {
      await bench.admin.query(`alter role ${renamed.name}_new rename to ${renamed.name}`);
    }
    const outsider = await bench.login();
    expect(await outsider.refusal("select 1 from ab2d.claim")).toBe("42501");
    await bench.admin.query(`grant usage on schema ab2d to ${outsider.name}`);
    await bench.admin.query(`grant select on ab2d.claim_line to ${outsider.name}`);
    expect(await outsider.rows("select 1 from ab2d.claim_line")).toEqual([]);
  });

  it("shows nothing in a database without a contract", async () => {
    const nextName = roleNames();
    const bench = await roleBench(await freshDatabase(), nextName);
    await bench.grant("on");
    await bench.admin.query(
      "insert into ab2d.patient (beneficiary_id, source_system, patient_id) values ('ccw:-1', 'ccw', '-1')",
    );
    expect(await (await bench.login("in role ab2d_analyst")).rows("select 1 from ab2d.patient")).toEqual([]);
  });

  it("is off when it is turned off, and on again", async () => {
    const bench = await analystBench();
    const analyst = await bench.analyst([A]);
    await bench.grant("off");
    expect(await countsOf(analyst)).toEqual({ ...expectedCounts(2), "ab2d.contract_analyst": 1 });
    await bench.grant("on");
    expect(await countsOf(analyst)).toEqual(expectedCounts(0));
  });
});
