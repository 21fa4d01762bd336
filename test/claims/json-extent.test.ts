import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { jsonExtent } from "../../src/claims/json-extent.ts";
import { sampleLines } from "../support/sample-lines.ts";

/** How deeply a parsed value is nested. */
function depthOf(value: unknown): number {
  if (typeof value !== "object" || value === null) return 0;
  return 1 + Math.max(0, ...Object.values(value).map(depthOf));
}

/** How many arrays and objects a parsed value has, and elements and members beyond the first of each. */
function valuesOf(value: unknown): number {
  if (typeof value !== "object" || value === null) return 0;
  const inside = Object.values(value);
  return 1 + Math.max(0, inside.length - 1) + inside.reduce((sum: number, each) => sum + valuesOf(each), 0);
}

describe("jsonExtent()", () => {
  it("is the depth and the number of values of the parsed value, for any JSON text however laid out", () => {
    const decoy = fc.constantFrom("{", "[[", '"', "\\", '\\"', "]}", '{"', "[{[");
    const { value } = fc.letrec<{ value: unknown }>((tie) => ({
      value: fc.oneof(
        { maxDepth: 6, withCrossShrink: true },
        decoy,
        fc.constantFrom(null, 1),
        fc.array(tie("value"), { maxLength: 3 }),
        fc.dictionary(decoy, tie("value"), { maxKeys: 3 }),
      ),
    }));
    fc.assert(
      fc.property(fc.oneof(value, fc.jsonValue()), fc.constantFrom(undefined, 1), (any, indent) => {
        expect(jsonExtent(Buffer.from(JSON.stringify(any, null, indent)))).toEqual({
          nesting: depthOf(any),
          values: valuesOf(any),
        });
      }),
      { numRuns: 500 },
    );
  });

  it.each([
    ["", 0],
    ["1", 0],
    ['"[[["', 0],
    ["{}", 1],
    ["[[]]", 2],
    ['{"a":[{"b":1}],"c":{}}', 3],
    ["[[],[],[]]", 2],
    ['["\\"[[[", []]', 2],
    ['["\\\\", [[]]]', 3],
    ['["\\u005b[", []]', 2],
  ])("of %s is %i levels", (text, depth) => {
    expect(jsonExtent(Buffer.from(text)).nesting).toBe(depth);
  });

  it("measures a text that would overflow a stack", () => {
    const text = Buffer.from("[".repeat(1_000_000) + "]".repeat(1_000_000));
    expect(jsonExtent(text)).toEqual({ nesting: 1_000_000, values: 1_000_000 });
  });

  it("never throws, and never finds more than the text opens", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        const { nesting: depth } = jsonExtent(Buffer.from(bytes));
        expect(depth).toBeGreaterThanOrEqual(0);
        expect(depth).toBeLessThanOrEqual(bytes.filter((byte) => byte === 0x5b || byte === 0x7b).length);
      }),
    );
  });

  it("finds some ten levels in the published samples", ({ skip }) => {
    const lines = (["v1", "v2", "v3"] as const).flatMap((version) => sampleLines(version) ?? []);
    if (lines.length === 0) return skip("the published samples are not beside the checkout");
    for (const line of lines) {
      const { nesting: depth, values } = jsonExtent(Buffer.from(line));
      expect(values).toBeLessThan(5_000);
      expect(depth).toBe(depthOf(JSON.parse(line)));
      expect(depth).toBeLessThan(20);
    }
  });
});
