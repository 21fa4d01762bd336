import { describe, expect, it } from "vitest";
import { stampedMbis } from "../../src/claims/stamped-mbis.ts";
import { eob } from "../support/eob.ts";

const mbisOf = (...mbis: readonly string[]) => stampedMbis(eob({ mbis })).map(({ mbi }) => mbi);

describe("stampedMbis()", () => {
  it("mends blanks, dashes and small letters", () => {
    expect(mbisOf(" 1eg4-te5-mk73\t")).toEqual(["1EG4TE5MK73"]);
  });

  it("gives one MBI that is written in two ways once, with its best currency", () => {
    const mbis = [
      { mbi: "1EG4-TE5-MK73", currency: "historic" },
      { mbi: "1EG4TE5MK73", currency: "current" },
    ];
    expect(stampedMbis(eob({ mbis }))).toEqual([{ mbi: "1EG4TE5MK73", currency: "current" }]);
  });

  it("keeps what does not look like an MBI, and leaves nothing out but nothing", () => {
    expect(mbisOf("UNKNOWN", " ", "-", "1EG4 TE5")).toEqual(["UNKNOWN", "1EG4 TE5"]);
  });
});
