import { describe, expect, it } from "vitest";
import { claimsTables } from "./support/claims-tables.ts";
import { eob } from "./support/eob.ts";
import { type FreshDatabase, freshDatabase } from "./support/fresh-database.ts";
import { loadContents, loadLines } from "./support/load-lines.ts";

/** The story that CMS tells of claim 99995: three versions, in exports 1, 2, 3a (nothing) and 3b. */
const lines = ["ABCD", "DEFG", "HIJK", "LMNO"];

function version(claimId: string, status: string, lastUpdated: string, lineCount: number): unknown {
  const items = lines
    .slice(0, lineCount)
    .map((_, index) => ({ sequence: index + 1, quantity: { value: 1 } }));
  return eob({ claimId, claimGroup: "99995", status, lastUpdated, items });
}

const EXPORTS = [
  {
    exportedAt: "2020-01-31T12:00:00Z",
    lines: [version("12987987", "active", "2020-01-01T08:00:00.000-05:00", 3)],
  },
  {
    exportedAt: "2020-02-28T12:00:00Z",
    lines: [
      version("12987987", "cancelled", "2020-02-10T08:00:00.000-05:00", 3),
      version("54689123", "active", "2020-02-10T08:00:00.000-05:00", 4),
    ],
  },
  { exportedAt: "2020-03-15T12:00:00Z", lines: [] },
  {
    exportedAt: "2020-03-31T12:00:00Z",
    lines: [
      version("54689123", "cancelled", "2020-03-20T08:00:00.000-04:00", 4),
      version("34543", "active", "2020-03-20T08:00:00.000-04:00", 3),
    ],
  },
] as const;

async function told(database: FreshDatabase): Promise<unknown> {
  const versions = await database.rows(
    "select claim_id, status, is_current, version_number from ab2d.claim_version order by version_number",
  );
  const currentLines = await database.rows(
    "select distinct eob_id, count(*) over () as count from ab2d.claim_line",
  );
  return { versions, currentLines };
}

const END = {
  versions: [
    { claim_id: "12987987", status: "cancelled", is_current: false, version_number: 1 },
    { claim_id: "54689123", status: "cancelled", is_current: false, version_number: 2 },
    { claim_id: "34543", status: "active", is_current: true, version_number: 3 },
  ],
  currentLines: [{ eob_id: "outpatient-34543", count: 3 }],
};

function permutations<T>(items: readonly T[]): T[][] {
  if (items.length <= 1) return [[...items]];
  return items.flatMap((item, index) =>
    permutations([...items.slice(0, index), ...items.slice(index + 1)]).map((rest) => [item, ...rest]),
  );
}

describe("the published story of claim 99995", () => {
  it("ends with 34543 current in every order of the exports", { timeout: 120_000 }, async () => {
    const tables: unknown[] = [];
    for (const order of permutations(EXPORTS)) {
      const database = await freshDatabase();
      for (const { exportedAt, lines: content } of order) {
        await loadLines(database, content, { exportedAt: new Date(exportedAt) });
      }
      expect(await told(database)).toEqual(END);
      tables.push(await claimsTables(database));
    }
    expect(tables).toHaveLength(24);
    for (const each of tables) expect(each).toEqual(tables[0]);
  });

  it("ends the same with three loaders at once", { timeout: 120_000 }, async () => {
    const inTurn = await freshDatabase();
    for (const { lines: content } of EXPORTS) await loadLines(inTurn, content);
    for (const order of permutations(EXPORTS)) {
      const database = await freshDatabase();
      const contents = Object.fromEntries(
        order.map(({ lines: content }, index) => [`export-${index}.ndjson`, content]),
      );
      await loadContents(database, contents, { loaders: 3 });
      expect(await told(database)).toEqual(END);
      expect(await claimsTables(database)).toEqual(await claimsTables(inTurn));
    }
  });

  it("keeps a family whose versions are all cancelled, and shows no claim of it", async () => {
    const database = await freshDatabase();
    await loadLines(database, EXPORTS[0].lines);
    await loadLines(database, [
      version("12987987", "cancelled", "2020-02-10T08:00:00.000-05:00", 3),
      version("54689123", "cancelled", "2020-02-10T08:00:00.000-05:00", 4),
    ]);
    expect(await database.rows("select eob_id from ab2d.claim")).toEqual([]);
    expect(await database.rows("select eob_id from ab2d.claim_line")).toEqual([]);
    expect(await database.rows("select eob_id from ab2d.claim_version")).toHaveLength(2);
  });
});
