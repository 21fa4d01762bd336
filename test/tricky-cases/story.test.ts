import { describe, expect, it } from "vitest";
import { rowCounts } from "../support/claims-tables.ts";
import { claimsWithRows, currentIds } from "./current-claims.ts";
import { inEveryVersion, type VersionBench } from "./in-versions.ts";

describe("tricky cases: CMS's story", () => {
  it("5 ends CMS's story of claim 99995 with 34543 in every order of its exports", async () => {
    const orders = permutations([0, 1, 2, 3]);
    await inEveryVersion(async (bench) => {
      // Each order is told of a claim family of its own, so that all 24 share a database.
      for (const step of [0, 1, 2, 3]) {
        for (const [number, exported] of STORY.entries()) {
          const lines = orders.flatMap((order, index) =>
            order[step] === number ? exported.versions.map((told) => storyLine(bench, told, index)) : [],
          );
          await bench.load(lines, { exportedAt: new Date(exported.exportedAt) });
        }
      }
      const wanted = orders.map((_, index) => bench.idOf(`34543${index + 100}`)).sort();
      expect(await currentIds(bench)).toEqual(wanted);
      expect(await claimsWithRows(bench)).toEqual(wanted);
      expect(await rowCounts(bench.database)).toMatchObject({
        claim_version: 24 * 3,
        claim_line: 24 * 3,
      });
    });
  });
});

interface Told {
  readonly claimId: string;
  readonly isActive: boolean;
  readonly lastUpdated: string;
  readonly lineCount: number;
}

const FEBRUARY = "2020-02-10T08:00:00.000-05:00";
const MARCH = "2020-03-20T08:00:00.000-04:00";

/** CMS's exports 1, 2, 3a (which brings nothing) and 3b. */
const STORY: readonly { readonly exportedAt: string; readonly versions: readonly Told[] }[] = [
  {
    exportedAt: "2020-01-31T12:00:00Z",
    versions: [
      { claimId: "12987987", isActive: true, lastUpdated: "2020-01-01T08:00:00.000-05:00", lineCount: 3 },
    ],
  },
  {
    exportedAt: "2020-02-28T12:00:00Z",
    versions: [
      { claimId: "12987987", isActive: false, lastUpdated: FEBRUARY, lineCount: 3 },
      { claimId: "54689123", isActive: true, lastUpdated: FEBRUARY, lineCount: 4 },
    ],
  },
  { exportedAt: "2020-03-15T12:00:00Z", versions: [] },
  {
    exportedAt: "2020-03-31T12:00:00Z",
    versions: [
      { claimId: "54689123", isActive: false, lastUpdated: MARCH, lineCount: 4 },
      { claimId: "34543", isActive: true, lastUpdated: MARCH, lineCount: 3 },
    ],
  },
];

/** A version of the story's claim, told of family `index`; V3 tells it by tags. */
function storyLine({ eob, version }: VersionBench, told: Told, index: number): unknown {
  return eob({
    claimId: `${told.claimId}${index + 100}`,
    claimGroup: `99995${index + 100}`,
    status: told.isActive || version === "v3" ? "active" : "cancelled",
    finalAction: told.isActive ? "FinalAction" : "NotFinalAction",
    lastUpdated: told.lastUpdated,
    items: Array.from({ length: told.lineCount }, (_, line) => ({
      sequence: line + 1,
      quantity: { value: 1 },
    })),
  });
}

function permutations<T>(items: readonly T[]): T[][] {
  if (items.length <= 1) return [[...items]];
  return items.flatMap((item, index) =>
    permutations([...items.slice(0, index), ...items.slice(index + 1)]).map((rest) => [item, ...rest]),
  );
}
