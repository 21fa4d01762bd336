import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  addLineCounts,
  LINE_OUTCOMES,
  type LineCounts,
  NO_LINES,
  totalLines,
} from "../../src/domain/line-counts.ts";

const counts: fc.Arbitrary<LineCounts> = fc.record(
  Object.fromEntries(LINE_OUTCOMES.map((outcome) => [outcome, fc.nat(1_000_000)])) as {
    [K in keyof LineCounts]: fc.Arbitrary<number>;
  },
);

describe("LINE_OUTCOMES", () => {
  it("names every outcome once", () => {
    expect(new Set(LINE_OUTCOMES).size).toBe(LINE_OUTCOMES.length);
    expect([...LINE_OUTCOMES].sort()).toEqual(Object.keys(NO_LINES).sort());
  });
});

describe("addLineCounts()", () => {
  it("adds outcome by outcome and changes neither of its arguments", () => {
    fc.assert(
      fc.property(counts, counts, (a, b) => {
        const [beforeA, beforeB] = [{ ...a }, { ...b }];
        const sum = addLineCounts(a, b);
        for (const outcome of LINE_OUTCOMES) expect(sum[outcome]).toBe(a[outcome] + b[outcome]);
        expect(addLineCounts(b, a)).toEqual(sum);
        expect([a, b]).toEqual([beforeA, beforeB]);
      }),
    );
  });

  it("takes an outcome that is left out for none", () => {
    expect(addLineCounts(NO_LINES, { new: 2 })).toEqual({ ...NO_LINES, new: 2 });
    expect(addLineCounts(NO_LINES, {})).toEqual(NO_LINES);
    expect(totalLines(NO_LINES)).toBe(0);
  });
});

describe("totalLines()", () => {
  it("counts every outcome, so that a sum's total is the sum of the totals", () => {
    fc.assert(
      fc.property(counts, counts, (a, b) => {
        expect(totalLines(a)).toBe(Object.values(a).reduce((total, count) => total + count, 0));
        expect(totalLines(addLineCounts(a, b))).toBe(totalLines(a) + totalLines(b));
      }),
    );
  });
});
