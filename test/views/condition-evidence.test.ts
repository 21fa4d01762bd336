import { describe, expect, it } from "vitest";
import { eob } from "../support/eob.ts";
import { type ViewBench, viewBench } from "../support/view-bench.ts";
import { diagnosesOf, ICD_9_CM } from "../tricky-cases/shapes.ts";

const claim = (claimId: string, ...diagnoses: readonly string[]) =>
  eob({ claimId, claimGroup: `g${claimId}`, diagnoses });

const evidence = ({ column }: ViewBench, list: string) =>
  column("select code from ab2d.condition_evidence where list_name = $1 order by eob_id, diagnosis_number", [
    list,
  ]);

const add = ({ rows }: ViewBench, list: string, prefix: string, system = "ICD-10-CM") =>
  rows("insert into ab2d.code_list (list_name, code_system, code_prefix) values ($1, $2, $3)", [
    list,
    system,
    prefix,
  ]);

describe("ab2d.condition_evidence", () => {
  it("has the codes that begin with a prefix, and no neighbours", async () => {
    const bench = await viewBench();
    await add(bench, "mine", "E11");
    await bench.load([
      claim("1", "E11", "E119", "E11Z", "E1165", "E10", "E109", "E12", "E1", "F11", "E118A"),
    ]);
    expect(await evidence(bench, "mine")).toEqual(["E11", "E119", "E11Z", "E1165", "E118A"]);
  });

  it("tells ICD-9 from ICD-10 where both have a code", async () => {
    const bench = await viewBench();
    await add(bench, "ten", "V12");
    await add(bench, "nine", "V12", "ICD-9-CM");
    await bench.load([
      claim("1", "V1234"),
      eob({
        claimId: "2",
        claimGroup: "g2",
        fields: { diagnosis: diagnosesOf("v2", [{ code: "V1251", system: ICD_9_CM }]) },
      }),
    ]);
    expect(await evidence(bench, "ten")).toEqual(["V1234"]);
    expect(await evidence(bench, "nine")).toEqual(["V1251"]);
  });

  it("has a row for each of a claim's diagnoses, and for each list", async () => {
    const bench = await viewBench();
    await add(bench, "one", "E11");
    await add(bench, "two", "E119");
    await add(bench, "two", "I10");
    await bench.load([claim("1", "E119", "E119", "I10")]);
    expect(await evidence(bench, "one")).toEqual(["E119", "E119"]);
    expect(await evidence(bench, "two")).toEqual(["E119", "E119", "I10"]);
    expect(
      await bench.column(
        "select is_principal from ab2d.condition_evidence where list_name = 'one' order by diagnosis_number",
      ),
    ).toEqual([true, false]);
  });

  it("leaves out what only a superseded or cancelled version says", async () => {
    const bench = await viewBench();
    await add(bench, "mine", "E11");
    const version = (claimId: string, group: string, day: number, code: string, status = "active") =>
      eob({
        claimId,
        claimGroup: group,
        lastUpdated: `2024-03-0${day}T00:00:00Z`,
        diagnoses: [code],
        status,
      });
    await bench.load([
      version("1", "g", 1, "E110"),
      version("2", "g", 2, "E112"),
      version("3", "h", 1, "E113", "cancelled"),
    ]);
    expect(await evidence(bench, "mine")).toEqual(["E112"]);
  });

  it("follows every edit of a list at once", async () => {
    const bench = await viewBench();
    await bench.load([claim("1", "E119", "Z794")]);
    await add(bench, "mine", "Z794");
    expect(await evidence(bench, "mine")).toEqual(["Z794"]);
    await bench.rows("update ab2d.code_list set code_prefix = 'E11' where list_name = 'mine'");
    expect(await evidence(bench, "mine")).toEqual(["E119"]);
    await bench.rows("delete from ab2d.code_list where list_name = 'mine'");
    expect(await evidence(bench, "mine")).toEqual([]);
  });

  it("comes with the sample lists", async () => {
    const bench = await viewBench();
    await bench.load([
      claim(
        "1",
        "E119",
        "S72001A",
        "T383X1A",
        "G7281",
        "W19XXXA",
        "O0900",
        "Z992",
        "I1A0",
        "S52501A",
        "M8008XA",
      ),
    ]);
    expect(
      await bench.column("select list_name || ' ' || code from ab2d.condition_evidence order by 1"),
    ).toEqual([
      "adverse-drug-event T383X1A",
      "fall-fracture M8008XA",
      "fall-fracture S52501A",
      "fall-fracture S72001A",
      "fall-fracture W19XXXA",
      "mtm:bone-arthritis M8008XA",
      "mtm:diabetes E119",
      "mtm:esrd Z992",
      "mtm:hypertension I1A0",
      "supd-exclusion:esrd Z992",
      "supd-exclusion:myopathy G7281",
      "supd-exclusion:pregnancy O0900",
    ]);
  });
});

describe("ab2d.code_list", () => {
  const refusal = {
    code: "23P01",
    hint: expect.stringContaining("One begins with the other"),
  };

  it("refuses a prefix within another of its list, and one around", async () => {
    const bench = await viewBench();
    await add(bench, "mine", "E11");
    await expect(add(bench, "mine", "E119")).rejects.toMatchObject({
      ...refusal,
      message: "code list mine cannot have prefix E119 beside E11",
    });
    await expect(add(bench, "mine", "E1")).rejects.toMatchObject(refusal);
    await add(bench, "mine", "I10");
    await expect(
      bench.rows(
        "update ab2d.code_list set code_prefix = 'E112' where code_prefix = 'I10' and list_name = 'mine'",
      ),
    ).rejects.toMatchObject(refusal);
    await expect(
      bench.rows("insert into ab2d.code_list values ('new', 'ICD-10-CM', 'J4'), ('new', 'ICD-10-CM', 'J44')"),
    ).rejects.toMatchObject(refusal);
    expect(
      await bench.column(
        "select code_prefix from ab2d.code_list where list_name in ('mine', 'new') order by 1",
      ),
    ).toEqual(["E11", "I10"]);
  });

  it("lets lists and code systems have a prefix of their own each, and a finer one replace a coarser", async () => {
    const bench = await viewBench();
    await add(bench, "mine", "V12");
    await add(bench, "other", "V1");
    await add(bench, "mine", "V1", "ICD-9-CM");
    await bench.rows("delete from ab2d.code_list where list_name = 'mine' and code_system = 'ICD-10-CM'");
    await add(bench, "mine", "V121");
    await bench.rows(
      "update ab2d.code_list set code_prefix = 'V12' where list_name = 'mine' and code_prefix = 'V121'",
    );
    expect(
      await bench.column("select code_prefix from ab2d.code_list where list_name = 'mine' order by 1"),
    ).toEqual(["V1", "V12"]);
  });

  it("refuses a prefix that no code can begin with, and an unknown code system", async () => {
    const bench = await viewBench();
    for (const prefix of ["E11.9", "e11", "E11%", "", " E11"]) {
      await expect(add(bench, "mine", prefix)).rejects.toMatchObject({
        constraint: "code_prefix_is_upper_case_without_dot",
      });
    }
    await expect(add(bench, "mine", "E11", "ICD-10")).rejects.toMatchObject({
      constraint: "code_system_is_one_that_diagnoses_have",
    });
  });
});
