import { createHash } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, describe, expect, it } from "vitest";
import { API_VERSIONS, type ApiVersion } from "../src/domain/api-version.ts";
import { addLineCounts, LINE_OUTCOMES, NO_LINES, totalLines } from "../src/domain/line-counts.ts";
import { load } from "../src/pipeline/load.ts";
import { verify } from "../src/pipeline/verify.ts";
import { generatedSource } from "../src/simulator/generated-source.ts";
import { randomFor } from "../src/simulator/random.ts";
import { context } from "./support/context.ts";
import { type FreshDatabase, freshDatabase } from "./support/fresh-database.ts";
import { type LineSoup, lineSoup } from "./support/line-soup.ts";
import { CONTRACT, temporaryFolder } from "./support/load-lines.ts";

/** How many lines, and the first seed: `npm run campaign:lines` makes a campaign of it, and a seed can be run alone. */
const LINES = Number(process.env["AB2D_TEST_LINES"] ?? 20_000);
const FIRST_SEED = Number(process.env["AB2D_TEST_LINE_SEED"] ?? 1);
/** Lines to a seed, in four files. */
const SEED_LINES = 10_000;
/** What a line that hangs would add to its batch, and what a line may take on a machine with other work, in seconds. */
const HANG = 1;
const SLOW_LINE = 0.01;

const seen = { counts: NO_LINES, bytes: 0, seconds: 0, slowestBatch: 0, longestStall: 0 };

/** The lines of a file, by the plainest means: what stands between line feeds, without one carriage return at the end. */
function linesOf(bytes: Buffer): Buffer[] {
  const text = bytes.toString("latin1").replace(/^\u00ef\u00bb\u00bf/, "");
  const lines = text.split("\n");
  if (lines.at(-1) === "" && bytes.at(-1) !== 0xef) lines.pop();
  return lines.map((line) => Buffer.from(line.replace(/\r$/, ""), "latin1"));
}

function isBlank(line: Buffer): boolean {
  return /^[ \t\r]*$/.test(line.toString("latin1"));
}

function isJson(line: Buffer): boolean {
  try {
    JSON.parse(new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(line));
    return true;
  } catch {
    return false;
  }
}

/** Lines of real size, as the simulator writes them. */
async function models(version: ApiVersion, seed: number): Promise<string[]> {
  const source = generatedSource({ seed, contract: "Z9999" }, { patients: 1, attestedOn: "2020-01-01" });
  const lines: string[] = [];
  const window = { after: undefined, until: undefined, serviceDates: [], asOf: Date.UTC(2026, 10, 1) };
  for await (const batch of source.batches({ ...window, apiVersion: version }))
    lines.push(...batch.toString().trimEnd().split("\n"));
  return lines;
}

/**
 * Measures how long this process works at most without coming up for air, in seconds of processor time: a line that hangs hangs
 * there. Time in which others have the processor does not count.
 */
function watchStalls(): () => number {
  let longest = 0;
  let last = process.cpuUsage();
  const timer = setInterval(() => {
    const { user, system } = process.cpuUsage(last);
    last = process.cpuUsage();
    longest = Math.max(longest, (user + system) / 1e6);
  }, 1);
  return () => {
    clearInterval(timer);
    return longest;
  };
}

/** Loads a soup as one file, and measures its slowest batch and longest stall. */
async function loadSoup(
  { bytes }: LineSoup,
  { database, version, isGzip }: { database: FreshDatabase; version: ApiVersion; isGzip: boolean },
) {
  const file = join(await temporaryFolder(), isGzip ? "soup.ndjson.gz" : "soup.ndjson");
  // A gzip of two members now and then: they are one stream.
  const half = bytes.length >> 1;
  const members = bytes.length % 2 === 0 ? [bytes] : [bytes.subarray(0, half), bytes.subarray(half)];
  await writeFile(file, isGzip ? Buffer.concat(members.map((part) => gzipSync(part, { level: 1 }))) : bytes);
  let lines = 0;
  const startedAt = performance.now();
  let last = startedAt;
  const report = (state: { readonly lines?: number }): void => {
    const more = (state.lines ?? 0) - lines;
    const seconds = (performance.now() - last) / 1000;
    if (more > 0) {
      expect({ more, isSlow: seconds > HANG + more * SLOW_LINE }).toEqual({ more, isSlow: false });
      seen.slowestBatch = Math.max(seen.slowestBatch, seconds);
    }
    lines += more;
    last = performance.now();
  };
  const longestStall = watchStalls();
  const request = {
    contract: CONTRACT,
    apiVersion: version,
    files: [file],
    exportedAt: undefined,
    loaders: 1,
  };
  const summary = await load(request, context(database.pool, { progress: { report, end: () => {} } }));
  seen.longestStall = Math.max(seen.longestStall, longestStall());
  seen.seconds += (performance.now() - startedAt) / 1000;
  return summary;
}

/** Everything about one loaded file that must be so, whatever stood in it. */
async function expectAccounted(
  { bytes, whole }: LineSoup,
  database: FreshDatabase,
  { counts, files }: Awaited<ReturnType<typeof loadSoup>>,
): Promise<void> {
  const lines = linesOf(bytes);
  const [{ outputFileId, byteLength } = { outputFileId: 0, byteLength: 0 }] = files;
  expect(byteLength).toBe(bytes.length);
  expect(totalLines(counts)).toBe(lines.length);
  expect(counts.blank).toBe(lines.filter(isBlank).length);

  const kept = await database.rows<{ line_number: number; byte_length: number; line: Buffer }>(
    "select line_number, byte_length, line from ab2d_etl.rejected_line where output_file_id = $1",
    [outputFileId],
  );
  expect(kept).toHaveLength(counts.rejected);
  const rejected = new Set(kept.map(({ line_number }) => Number(line_number)));
  expect(rejected.size).toBe(kept.length);
  const changed = kept.filter(
    ({ line_number, byte_length, line }) =>
      !line.equals(lines[Number(line_number) - 1]!) || Number(byte_length) !== line.length,
  );
  expect(changed.map(({ line_number }) => line_number)).toEqual([]);

  const stored = await database.rows<{ line_number: number; sha256: Buffer }>(
    `select line_number, sha256(convert_to(resource::text, 'UTF8')) as sha256
    from ab2d_etl.eob where output_file_id = $1`,
    [outputFileId],
  );
  expect(stored).toHaveLength(counts.new + counts.newer);
  const altered = stored.filter(({ line_number, sha256 }) => {
    const line = lines[Number(line_number) - 1]!;
    return !createHash("sha256").update(line).digest().equals(sha256) || rejected.has(Number(line_number));
  });
  expect(altered.map(({ line_number }) => line_number)).toEqual([]);

  // What is no JSON is kept aside, what was never damaged is not, and its EOB is held.
  const misjudged: number[] = [];
  const ids = new Set<string>();
  for (const [index, line] of lines.entries()) {
    const isRejected = rejected.has(index + 1);
    const id = whole.get(line.toString());
    if (id !== undefined) ids.add(id);
    if (isBlank(line) || id !== undefined ? isRejected : !isRejected && !isJson(line))
      misjudged.push(index + 1);
  }
  expect(misjudged).toEqual([]);
  expect(ids.size).toBeGreaterThan(lines.length / 5);
  const [held] = await database.rows<{ count: number }>(
    "select count(*) as count from ab2d_etl.eob where eob_id = any ($1)",
    [[...ids]],
  );
  expect(Number(held!.count)).toBe(ids.size);
}

describe("load() of line soups", () => {
  const seeds = Array.from({ length: Math.ceil(LINES / SEED_LINES) }, (_, index) => FIRST_SEED + index);

  it.each(seeds)(
    "seed %i: every line is loaded or kept aside, and accounted for",
    {
      timeout: 120_000,
    },
    async (seed) => {
      const database = await freshDatabase();
      const before = new Map<ApiVersion, readonly string[]>();
      // The fourth file brings claims of one of the first three again, some of them byte for byte.
      const versions = [...API_VERSIONS, API_VERSIONS[seed % API_VERSIONS.length]!];
      for (const [index, version] of versions.entries()) {
        const soup = lineSoup(randomFor("line soup", seed, index), {
          version,
          // Damages make some more lines of them.
          pieces: Math.round(Math.min(SEED_LINES, LINES) / versions.length / 1.03),
          series: `${seed}${version.slice(1)}`,
          models: before.get(version) ?? (await models(version, seed)),
        });
        before.set(version, [...soup.whole.keys()]);
        const isGzip = (seed + index) % 2 === 0;
        const summary = await loadSoup(soup, { database, version, isGzip });
        await expectAccounted(soup, database, summary);
        seen.counts = addLineCounts(seen.counts, summary.counts);
        seen.bytes += soup.bytes.length;
      }
      const checks = await verify(
        { deep: true },
        { pool: database.pool, signal: new AbortController().signal },
      );
      expect(checks.filter(({ found }) => found > 0)).toEqual([]);
    },
  );

  it("never waits for one line", () => {
    expect(seen.longestStall).toBeLessThan(HANG);
  });

  afterAll(() => {
    const { counts, bytes, seconds, slowestBatch, longestStall } = seen;
    const outcomes = LINE_OUTCOMES.map((outcome) => `${outcome} ${counts[outcome].toLocaleString("en-US")}`);
    process.stdout.write(
      `line campaign, ${totalLines(counts).toLocaleString("en-US")} lines, ${(bytes / 1e6).toFixed(0)} MB, loaded in ` +
        `${seconds.toFixed(0)} s: ${outcomes.join(", ")}; slowest batch ${slowestBatch.toFixed(2)} s, longest stall ` +
        `${longestStall.toFixed(2)} s, peak memory of this process ${(process.resourceUsage().maxRSS / 1000).toFixed(0)} MB\n`,
    );
  });
});
