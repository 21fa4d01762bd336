import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseContractNumber } from "../../src/domain/contract-number.ts";

describe("parseContractNumber()", () => {
  it.each([
    ["Z0001", "Z0001"],
    ["z0001", "Z0001"],
    [" S5810\n", "S5810"],
    ["h1234", "H1234"],
    ["Z000a", "Z000A"],
    ["12345", "12345"],
  ])("reads %j as %s", (text, number) => {
    expect(parseContractNumber(text)).toBe(number);
  });

  it.each([
    "",
    "Z001",
    "Z00001",
    "Z 001",
    "Z-001",
    "Z0001;Z0002",
    "../..",
    "Ż0001",
    "Z0ß1",
    "Zﬁ01",
    "Z000\u0131",
    "Z0\n01",
  ])("finds none in %j", (text) => {
    expect(parseContractNumber(text)).toBeUndefined();
  });

  it("gives five capitals or digits, or nothing, and its own answer again", () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.string({ minLength: 5, maxLength: 5 }),
          fc.stringMatching(/^[a-zA-Z0-9]{5}$/),
        ),
        (text) => {
          const number = parseContractNumber(text);
          if (number === undefined) return;
          expect(number).toMatch(/^[A-Z0-9]{5}$/);
          expect(parseContractNumber(number)).toBe(number);
        },
      ),
    );
  });
});
