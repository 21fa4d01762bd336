import { describe, expect, it } from "vitest";
import { viewBench } from "../support/view-bench.ts";

describe("ab2d.part_d_fill", () => {
  it("refuses MBIs, NDCs and drug classes that a question would not find", async () => {
    const bench = await viewBench();
    const add = (mbi: string, ndc: string, drugClass: string) =>
      bench.rows("insert into ab2d.part_d_fill values ('Z0001', $1, $2, $3, '2024-01-01', 30)", [
        mbi,
        ndc,
        drugClass,
      ]);
    await add("1EG4TE5MK73", "00071015523", "statin");
    const constraint = "mbi_is_eleven_capital_letters_or_digits";
    for (const mbi of ["1EG4-TE5-MK73", "1eg4te5mk73", "1EG4TE5MK7", ""]) {
      await expect(add(mbi, "00071015523", "statin")).rejects.toMatchObject({ constraint });
    }
    for (const ndc of ["0071-0155-23", "71015523", "0007101552X"]) {
      await expect(add("1EG4TE5MK73", ndc, "statin")).rejects.toMatchObject({
        constraint: "ndc_is_eleven_digits",
      });
    }
    await expect(add("1EG4TE5MK73", "00071015523", "Statin")).rejects.toMatchObject({
      constraint: "drug_class_is_lower_case",
    });
  });
});
