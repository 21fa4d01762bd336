import { createHash } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compareRank, isAfterExport, type Rank, rankedAt } from "../../src/claims/rank.ts";
import { API_VERSIONS, type ApiVersion } from "../../src/domain/api-version.ts";
import { MINUS_INFINITY, parseInstant } from "../../src/domain/instant.ts";

const EXPORTED = parseInstant("2026-11-10T00:00:00Z")!;

/** Few values, so that ranks tie often. */
const instant = fc.constantFrom(MINUS_INFINITY, -1n, 0n, 1n, EXPORTED, EXPORTED + 1n);
const rank: fc.Arbitrary<Rank> = fc.record({
  rankedAt: instant,
  apiVersion: fc.constantFrom(...API_VERSIONS),
  exportedAt: instant,
  sha256: fc.constantFrom("a", "b", "c").map((text) => createHash("sha256").update(text).digest()),
});
const NEUTRAL: Rank = { rankedAt: 0n, apiVersion: "v2", exportedAt: 0n, sha256: Buffer.alloc(32, 0x80) };

describe("compareRank()", () => {
  it("is a total order: one of two is newer, unless they are one and the same", () => {
    fc.assert(
      fc.property(rank, rank, rank, (a, b, c) => {
        expect(Math.sign(compareRank(a, b))).toBe(-Math.sign(compareRank(b, a)) || 0);
        const isSame =
          a.rankedAt === b.rankedAt &&
          a.apiVersion === b.apiVersion &&
          a.exportedAt === b.exportedAt &&
          a.sha256.equals(b.sha256);
        expect(compareRank(a, b) === 0).toBe(isSame);
        if (compareRank(a, b) > 0 && compareRank(b, c) > 0) expect(compareRank(a, c)).toBeGreaterThan(0);
      }),
      { numRuns: 1_000 },
    );
  });

  it("finds the same newest in any order of arrival", () => {
    const newest = (ranks: readonly Rank[]): Rank =>
      ranks.reduce((best, next) => (compareRank(next, best) > 0 ? next : best));
    fc.assert(
      fc.property(
        fc
          .array(rank, { minLength: 1, maxLength: 8 })
          .chain((ranks) =>
            fc.tuple(fc.constant(ranks), fc.shuffledSubarray(ranks, { minLength: ranks.length })),
          ),
        ([ranks, shuffled]) => {
          expect(compareRank(newest(ranks), newest(shuffled))).toBe(0);
        },
      ),
    );
  });

  it.each<[string, Partial<Rank>, Partial<Rank>]>([
    [
      "lastUpdated before all else",
      { rankedAt: 1n },
      { apiVersion: "v3", exportedAt: 9n, sha256: Buffer.alloc(32, 0xff) },
    ],
    ["a lastUpdated before none", { rankedAt: -(2n ** 62n) }, { rankedAt: MINUS_INFINITY, exportedAt: 9n }],
    [
      "then the API version",
      { apiVersion: "v2" },
      { apiVersion: "v1", exportedAt: 9n, sha256: Buffer.alloc(32, 0xff) },
    ],
    ["then the start of the export", { exportedAt: 1n }, { sha256: Buffer.alloc(32, 0xff) }],
    ["an export before a stray file", { exportedAt: 0n }, { exportedAt: MINUS_INFINITY }],
    [
      "then the hash, as unsigned bytes",
      { sha256: Buffer.alloc(32, 0x81) },
      { sha256: Buffer.alloc(32, 0x7f) },
    ],
  ])("ranks by %s", (_, newer, older) => {
    expect(compareRank({ ...NEUTRAL, ...newer }, { ...NEUTRAL, ...older })).toBeGreaterThan(0);
    expect(compareRank({ ...NEUTRAL, ...older }, { ...NEUTRAL, ...newer })).toBeLessThan(0);
  });

  it("ranks the API versions in their order", () => {
    const sorted = (["v3", "v1", "v2"] as ApiVersion[]).sort((a, b) =>
      compareRank({ ...NEUTRAL, apiVersion: a }, { ...NEUTRAL, apiVersion: b }),
    );
    expect(sorted).toEqual(["v1", "v2", "v3"]);
  });
});

describe("rankedAt()", () => {
  it("is lastUpdated, but not later than the start of the export", () => {
    expect(rankedAt(EXPORTED - 1n, EXPORTED)).toBe(EXPORTED - 1n);
    expect(rankedAt(EXPORTED, EXPORTED)).toBe(EXPORTED);
    expect(rankedAt(EXPORTED + 1n, EXPORTED)).toBe(EXPORTED);
  });

  it("is lastUpdated as it is for a stray file", () => {
    expect(rankedAt(EXPORTED + 1n, MINUS_INFINITY)).toBe(EXPORTED + 1n);
  });

  it("is before everything without a lastUpdated", () => {
    expect(rankedAt(null, EXPORTED)).toBe(MINUS_INFINITY);
    expect(rankedAt(null, MINUS_INFINITY)).toBe(MINUS_INFINITY);
  });
});

describe("isAfterExport()", () => {
  it.each([
    ["after", EXPORTED + 1n, EXPORTED, true],
    ["at", EXPORTED, EXPORTED, false],
    ["before", EXPORTED - 1n, EXPORTED, false],
    ["without a lastUpdated at", null, EXPORTED, false],
    ["of a stray file, whatever its time, at", EXPORTED, MINUS_INFINITY, false],
  ])("tells a text updated %s the start of its export", (_, lastUpdated, exportedAt, expected) => {
    expect(isAfterExport(lastUpdated, exportedAt)).toBe(expected);
  });
});
