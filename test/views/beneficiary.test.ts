import { describe, expect, it } from "vitest";
import { type EobOptions, eob } from "../support/eob.ts";
import { CONTRACT } from "../support/load-lines.ts";
import { OTHER_CONTRACT, viewBench } from "../support/view-bench.ts";

const claim = (claimId: string, from: string, to: string, options: EobOptions = {}) =>
  eob({ claimId, claimGroup: `g${claimId}`, from, to, ...options });

const BY_CONTRACT = `
  select contract_number, first_service_date::text, last_service_date::text
  from ab2d.beneficiary_contract
  order by contract_number`;
const OVER_ALL = "select first_service_date::text, last_service_date::text from ab2d.beneficiary";

describe("ab2d.beneficiary", () => {
  it("has the service dates of each contract's claims apart, and together", async () => {
    const bench = await viewBench();
    await bench.load([
      claim("1", "2024-02-01", "2024-02-03"),
      claim("2", "2024-03-01", "2024-05-03"),
      claim("3", "2024-04-01", "2024-04-02"),
    ]);
    await bench.load([claim("3", "2024-04-01", "2024-04-02"), claim("4", "2024-01-15", "2024-01-15")], {
      contract: OTHER_CONTRACT,
    });
    expect(await bench.rows(BY_CONTRACT)).toEqual([
      {
        contract_number: OTHER_CONTRACT,
        first_service_date: "2024-01-15",
        last_service_date: "2024-04-02",
      },
      { contract_number: CONTRACT, first_service_date: "2024-02-01", last_service_date: "2024-05-03" },
    ]);
    expect(await bench.rows(OVER_ALL)).toEqual([
      { first_service_date: "2024-01-15", last_service_date: "2024-05-03" },
    ]);
  });

  it("goes by current claims", async () => {
    const bench = await viewBench();
    const later = { lastUpdated: "2024-07-01T00:00:00Z" };
    await bench.load([
      claim("1", "2023-01-01", "2023-01-02"),
      claim("2", "2024-01-01", "2024-01-02", { claimGroup: "g1", ...later }),
      claim("3", "2022-01-01", "2022-01-02", { status: "cancelled" }),
    ]);
    expect(await bench.rows(OVER_ALL)).toEqual([
      { first_service_date: "2024-01-01", last_service_date: "2024-01-02" },
    ]);
    await bench.load([
      claim("2", "2024-01-01", "2024-01-02", { claimGroup: "g1", status: "cancelled", ...later }),
    ]);
    await bench.load([claim("1", "2023-01-01", "2023-01-02", { status: "cancelled", ...later })]);
    expect(await bench.rows(BY_CONTRACT)).toEqual([
      { contract_number: CONTRACT, first_service_date: null, last_service_date: null },
    ]);
    expect(await bench.rows(OVER_ALL)).toEqual([{ first_service_date: null, last_service_date: null }]);
  });

  it("has one row per patient id, however many contracts and MBIs", async () => {
    const bench = await viewBench();
    const mbis = ["1AA0AA0AA00", "2BB0BB0BB00", "3CC0CC0CC00"];
    await bench.load([claim("1", "2024-02-01", "2024-02-03", { mbis })]);
    await bench.load([claim("1", "2024-02-01", "2024-02-03", { mbis })], { contract: OTHER_CONTRACT });
    expect(await bench.column("select beneficiary_id from ab2d.beneficiary")).toEqual([
      "ccw:-10000000005142",
    ]);
    expect(await bench.column("select beneficiary_id from ab2d.beneficiary_identifier")).toHaveLength(3);
  });
});
