import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type pg from "pg";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { type BenchServer, startBenchServer } from "../bench/bench-server.ts";
import { CLAIM_TABLES, type ClaimTable } from "../bench/claim-tables.ts";
import { type ClaimFiles, writeClaimFiles } from "../bench/claim-files.ts";
import { contenders } from "../bench/contenders.ts";
import { loadOnce } from "../bench/load-once.ts";
import { loadReport } from "../bench/load-report.ts";
import { measuredTable } from "../bench/measured-table.ts";
import { type Contender, type Raced, race } from "../bench/race.ts";
import type { TableSize } from "../bench/table-sizes.ts";
import { createPool } from "../src/postgres/pool.ts";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
/** The programs as they are in a checkout, without a build before. */
const PROGRAMS = {
  ab2d: ["--max-semi-space-size=4", `${ROOT}src/launch.mjs`],
  insertRows: ["--import", "tsx", `${ROOT}bench/insert-rows.ts`],
};
/** What says when and by which file or run a row came. */
const PROVENANCE = ["first_seen_at", "superseded_at", "output_file_id", "first_run_id"];
/** What those who flatten in SQL or with jq fill. */
const OF_CLAIMS: readonly ClaimTable[] = CLAIM_TABLES.slice(0, 7);
const PATIENCE = 300_000;

describe("the benchmark of loading", () => {
  let server: BenchServer;
  let folder: string;
  let claims: ClaimFiles;
  let all: readonly Contender[];
  let sizes: readonly TableSize[];

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "ab2d-bench-"));
    server = await startBenchServer({ url: inject("adminUrl") });
    claims = await writeClaimFiles(join(folder, "claims"), { megabytes: 2, files: 2 });
    const once = await loadOnce(claims, { server, folder, program: PROGRAMS.ab2d });
    all = contenders(claims, { ready: once.ready, folder, programs: PROGRAMS });
    sizes = once.sizes;
  }, PATIENCE);

  afterAll(async () => {
    await server?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  it(
    "lets all contenders fill the same tables with the same number of rows, the limit and the product with the same rows",
    async () => {
      const counts = new Map<string, Record<string, number>>();
      const contents = new Map<string, Record<string, string>>();
      const raced = await race(
        all.map(({ name, steps }) => ({ name, steps: steps.slice(0, 1) })),
        server,
        {
          rounds: 1,
          onFilled: ({ name }, url) =>
            withPool(url, async (pool) => {
              counts.set(name, await countsOf(pool, tablesOf(name)));
              if (/ab2d|ready/.test(name)) contents.set(name, await contentsOf(pool));
            }),
        },
      );
      const loaded = counts.get("ab2d load, 1 loader")!;
      expect(loaded["ab2d_etl.eob"]).toBe(claims.lines);
      expect(Object.values(loaded).every((count) => count > 0)).toBe(true);
      expect(Object.fromEntries(sizes.map(({ table, rows }) => [table, rows]))).toEqual(loaded);
      for (const [name, own] of counts) {
        expect(own, name).toEqual(
          Object.fromEntries(Object.entries(loaded).filter(([table]) => table in own)),
        );
      }
      for (const [name, own] of contents) expect(own, name).toEqual(contents.get("ab2d load, 1 loader"));
      expect(counts.size).toBe(all.length);
      const { blocks, chart } = loadReport(raced, { claims, files: 2, rounds: 1, sizes, server });
      for (const { label } of raced) expect(blocks["bench"]).toContain(`| ${label} |`);
      expect(blocks["bench contracts"]).toContain("6,500,000");
      expect(chart.match(/<rect/g)).toHaveLength(raced.length);
      expect(raced.every(({ median }) => median.seconds > 0 && median.walBytes! > 0)).toBe(true);
    },
    PATIENCE,
  );

  it(
    "reruns, and brings what is newer",
    async () => {
      const inserting = "kysely, multi-row insert on conflict";
      const held = new Map<string, object>();
      const raced: readonly Raced[] = await race(
        all.filter(({ name }) => name === "ab2d load, 2 loaders" || name === inserting),
        server,
        {
          rounds: 1,
          onFilled: ({ name }, url) =>
            withPool(url, async (pool) => {
              const { rows } = await pool.query<{ newer: number; quantity: string }>(
                `select
                   (select count(*)::int from ab2d.claim_version where last_updated = '2026-11-18T08:00:00Z') as newer,
                   (select sum(quantity) from ab2d.claim_line) as quantity`,
              );
              held.set(name, { ...(await countsOf(pool, tablesOf(name))), ...rows[0]! });
            }),
        },
      );
      expect(raced.map(({ label }) => label)).toHaveLength(6);
      expect(held.get(inserting)).toEqual(held.get("ab2d load, 2 loaders"));
      expect(held.get(inserting)).toMatchObject({ newer: Math.floor(claims.lines / 10) });
      const reference = { label: raced[0]!.label, name: "first" };
      const { text, markdown } = measuredTable(raced, { bytes: claims.bytes, reference, hasServer: true });
      expect(text).toContain("1.00");
      expect(markdown.split("\n")).toHaveLength(8);
    },
    PATIENCE,
  );
});

/** Who flattens in SQL or with jq leaves members out. */
function tablesOf(contender: string): readonly ClaimTable[] {
  return /SQL|jq/.test(contender) ? OF_CLAIMS : CLAIM_TABLES;
}

async function withPool(url: string, work: (pool: pg.Pool) => Promise<void>): Promise<void> {
  const pool = createPool(url);
  try {
    await work(pool);
  } finally {
    await pool.end();
  }
}

async function countsOf(pool: pg.Pool, tables: readonly ClaimTable[]): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const table of tables) {
    const { rows } = await pool.query<{ count: number }>(`select count(*) as count from ${table}`);
    counts[table] = rows[0]!.count;
  }
  return counts;
}

/** A digest of each table's rows without their provenance. */
async function contentsOf(pool: pg.Pool): Promise<Record<string, string>> {
  const contents: Record<string, string> = {};
  for (const table of CLAIM_TABLES) {
    const { rows } = await pool.query<{ digest: string }>(
      `select md5(string_agg(digest, '' order by digest)) as digest
       from (
         select md5((to_jsonb(held) - $1::text[])::text) as digest
         from ${table} as held
       ) as row`,
      [PROVENANCE],
    );
    contents[table] = rows[0]!.digest;
  }
  return contents;
}
