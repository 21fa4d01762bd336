import { expect, it } from "vitest";
import { CONTRACTS, fillClaims } from "../bench/fill-claims.ts";
import { timeQuestions } from "../bench/time-questions.ts";
import { freshDatabase } from "./support/fresh-database.ts";
import { roleBench, roleNames } from "./support/role-bench.ts";

it("the benchmark of the questions asks all of them of a small database, with row-level security off and on", async () => {
  const nextName = roleNames();
  const database = await freshDatabase();
  const filled = await fillClaims(database.pool, { claims: 2_000 });
  expect(filled.current_claims).toBeGreaterThanOrEqual(2_000);
  expect(
    await database.rows(
      "select count(*)::int as families from ab2d.claim group by claim_family_key having count(*) > 1",
    ),
  ).toEqual([]);

  const off = await timeQuestions(database.pool, { runs: 1 });
  expect(off.map(({ number }) => Number(number))).toEqual(
    Array.from({ length: 15 }, (_, index) => index + 1),
  );
  // The others are about what few members have.
  const answered = ["01", "03", "04", "06", "07", "09", "10", "11", "12", "15"];
  for (const { number, rows, plan } of off) {
    if (answered.includes(number)) expect(rows, number).toBeGreaterThan(0);
    expect(JSON.stringify(plan), number).toContain("Actual Total Time");
  }

  const roles = await roleBench(database, nextName);
  await roles.grant("on");
  const analyst = await roles.login("in role ab2d_analyst");
  await roles.admin.query("insert into ab2d.contract_analyst (role_name, contract_number) values ($1, $2)", [
    analyst.name,
    CONTRACTS[0],
  ]);
  const on = await timeQuestions(roles.admin, { runs: 1, role: analyst.name });
  const members = (timed: typeof on) => timed.find(({ number }) => number === "12")!.rows;
  expect(members(on)).toBeLessThan(members(off));
  expect(members(on)).toBeGreaterThan(members(off) / 2);
  expect(on.find(({ number }) => number === "15")!.rows).toBeLessThan(
    off.find(({ number }) => number === "15")!.rows,
  );
});
