import { createWriteStream, readFileSync } from "node:fs";
import { stat } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGzip, gzipSync } from "node:zlib";
import { afterAll, describe, expect, it } from "vitest";
import { generatedSource } from "../src/simulator/generated-source.ts";
import { startAb2d } from "./support/ab2d-program.ts";
import { eob } from "./support/eob.ts";
import { type FreshDatabase, freshDatabase } from "./support/fresh-database.ts";
import { temporaryFolder } from "./support/load-lines.ts";

/** How large the file of the long form is: `npm run campaign:memory`. Absent: the short form alone. */
const GIGABYTES = process.env["AB2D_TEST_MEMORY_GB"] ? Number(process.env["AB2D_TEST_MEMORY_GB"]) : undefined;
/** What the program promises to stay below, in megabytes, whatever the size of line or file. */
const MOST = 300;
const MEGABYTE = 1_000_000;

interface Loaded {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly seconds: number;
  /** As the program says, and as the system says while it runs (Linux), in megabytes. */
  readonly said: number;
  readonly seen: number;
}

/** What was measured, in megabytes, in the order of the tests. */
const peaks: number[] = [];

/** Runs `ab2d load` of one file as a process of its own. */
async function loadApart(
  file: string,
  { url }: FreshDatabase,
  env: Readonly<Record<string, string>> = {},
): Promise<Loaded> {
  const startedAt = performance.now();
  const { child, ended } = startAb2d(
    ["load", "--contract", "Z9999", "--api-version", "v2", "--quiet", file],
    { env: { DATABASE_URL: url, ...env }, cwd: await temporaryFolder() },
  );
  let seen = 0;
  const timer = setInterval(() => {
    seen = Math.max(seen, highWaterMark(child.pid!));
  }, 50);
  const { code, stdout, stderr } = await ended;
  clearInterval(timer);
  const said = Number(/Peak memory of this process: (\d+) MB/.exec(stdout)?.[1] ?? Number.NaN);
  if (!Number.isNaN(said)) peaks.push(Math.max(said, Math.round(seen)));
  return { code, stdout, stderr, said, seen, seconds: (performance.now() - startedAt) / 1000 };
}

/** The most memory that a process has had, in megabytes; 0 where the system does not say so. */
function highWaterMark(pid: number): number {
  try {
    const [, kibibytes] = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8")) ?? [];
    return (Number(kibibytes ?? 0) * 1024) / MEGABYTE;
  } catch {
    return 0;
  }
}

/** Writes what `pieces` yields into a file, without holding it. Returns the bytes before compression. */
async function write(
  file: string,
  pieces: Iterable<string>,
  { gzip = false }: { readonly gzip?: boolean } = {},
): Promise<number> {
  let bytes = 0;
  function* counted() {
    for (const piece of pieces) {
      bytes += Buffer.byteLength(piece);
      yield piece;
    }
  }
  const source = Readable.from(counted());
  if (gzip) await pipeline(source, createGzip({ level: 1 }), createWriteStream(file));
  else await pipeline(source, createWriteStream(file));
  return bytes;
}

/** Writes a large gzip. Returns the bytes before compression. */
async function writeLarge(file: string, models: readonly string[], length: number): Promise<number> {
  let bytes = 0;
  function* members() {
    for (const member of largeFile(models, length)) {
      bytes += member.bytes;
      yield member.gzip;
    }
  }
  await pipeline(Readable.from(members()), createWriteStream(file));
  return bytes;
}

const good = (number: number): string =>
  `${JSON.stringify(eob({ claimId: `-${number}`, claimGroup: `-${number}` }))}\n`;

/** An EOB with a text of about so many bytes in it, piece by piece. */
function* longLine(length: number): Generator<string> {
  const [head, tail] = good(2).split(',"status"');
  yield `${head},"disposition":"`;
  const piece = "all work and no play ".repeat(50_000);
  for (let written = 0; written < length; written += piece.length) yield piece;
  yield `","status"${tail}`;
}

describe("ab2d load stays below 300 MB", () => {
  it("with a line of 100 MB between two good ones, which it keeps aside by its place", {
    timeout: 180_000,
  }, async () => {
    for (const gzip of [false, true]) {
      const database = await freshDatabase();
      const file = join(await temporaryFolder(), gzip ? "long.ndjson.gz" : "long.ndjson");
      function* lines() {
        yield good(1);
        yield* longLine(100 * MEGABYTE);
        yield good(3);
      }
      const bytes = await write(file, lines(), { gzip });
      const { code, said, seen } = await loadApart(file, database);
      expect(code).toBe(3);
      expect(said).toBeLessThan(MOST);
      expect(seen).toBeLessThan(MOST);
      const [loaded] = await database.rows<Record<string, number>>(
        "select byte_count::int, line_count::int, new_count::int, rejected_count::int from ab2d_etl.output_file",
      );
      expect(loaded).toEqual({ byte_count: bytes, line_count: 3, new_count: 2, rejected_count: 1 });
      const place = Buffer.byteLength(good(1));
      expect(
        await database.rows(
          "select line_number::int, byte_offset::int, byte_length::int, reason, line from ab2d_etl.rejected_line",
        ),
      ).toEqual([
        {
          line_number: 2,
          byte_offset: place,
          byte_length: bytes - place - Buffer.byteLength(good(3)) - 1,
          reason: "line_too_long",
          line: null,
        },
      ]);
    }
  });

  it("with a line of 15 MB, which it loads", async () => {
    const database = await freshDatabase();
    const file = join(await temporaryFolder(), "long.ndjson");
    await write(file, [good(1), ...longLine(15 * MEGABYTE), good(3)]);
    const { code, said, seen } = await loadApart(file, database);
    expect({ code, rows: (await database.rows("select from ab2d.claim")).length }).toEqual({
      code: 0,
      rows: 3,
    });
    expect(said).toBeLessThan(MOST);
    expect(seen).toBeLessThan(MOST);
  });

  it.each([
    ["brackets", "nested_too_deeply", ["[".repeat(15 * MEGABYTE)]],
    ["brackets closed again", "nested_too_deeply", ["[".repeat(7 * MEGABYTE), "]".repeat(7 * MEGABYTE)]],
    ["empty objects", "too_many_values", ["[", "{},".repeat(5 * MEGABYTE), "{}]"]],
    ["quantities", "too_many_values", ["[", '{"value":1},'.repeat(1_250_000), "{}]"]],
  ])("with 15 MB of %s on a line", async (_, reason, line) => {
    const database = await freshDatabase();
    const file = join(await temporaryFolder(), "dense.ndjson");
    await write(file, [good(1), ...line, "\n", good(3)]);
    const { code, said, seen } = await loadApart(file, database);
    expect(code).toBe(3);
    expect(await database.rows("select reason from ab2d_etl.rejected_line")).toEqual([{ reason }]);
    expect(said).toBeLessThan(MOST);
    expect(seen).toBeLessThan(MOST);
  });

  it("dies whole when it has too little, and loads everything when it has enough", async () => {
    const database = await freshDatabase();
    const file = join(await temporaryFolder(), "long.ndjson");
    await write(file, [good(1), ...longLine(15 * MEGABYTE), good(3)]);
    const starved = await loadApart(file, database, { NODE_OPTIONS: "--max-old-space-size=16" });
    expect([0, 3]).not.toContain(starved.code);
    expect(await database.rows("select from ab2d.claim_version")).toEqual([]);
    expect(await loadApart(file, database)).toMatchObject({ code: 0 });
    expect(await database.rows("select from ab2d.claim")).toHaveLength(3);
  });

  const sizes = GIGABYTES === undefined ? [] : [1, GIGABYTES];
  it.each(sizes)("with a file of %d GB", { timeout: 7_200_000 }, async (gigabytes) => {
    const database = await freshDatabase();
    const file = join(await temporaryFolder(), "large.ndjson.gz");
    const bytes = await writeLarge(file, await linesOfRealSize(), gigabytes * 1000 * MEGABYTE);
    const { size } = await stat(file);
    const { code, said, seen, seconds } = await loadApart(file, database);
    expect(code).toBe(0);
    const [counts] = await database.rows<Record<string, number>>(
      `select byte_count::float8 as bytes, line_count::int as lines, new_count::int as new, newer_count::int as newer,
        duplicate_count::int as duplicate from ab2d_etl.output_file`,
    );
    expect(counts).toMatchObject({ bytes });
    expect(counts!["lines"]).toBe(counts!["new"]! + counts!["duplicate"]!);
    process.stdout.write(
      `memory campaign, ${gigabytes} GB (${(size / MEGABYTE).toFixed(0)} MB as gzip): ` +
        `${JSON.stringify(counts)}, loaded in ${seconds.toFixed(0)} s, peak memory ${said} MB, by the system ${seen.toFixed(0)} MB\n`,
    );
    expect(said).toBeLessThan(MOST);
    expect(seen).toBeLessThan(MOST);
  });

  afterAll(() => {
    process.stdout.write(`memory of ab2d load, in MB: ${peaks.join(", ")}\n`);
  });
});

async function linesOfRealSize(): Promise<string[]> {
  const source = generatedSource({ seed: 1, contract: "Z9999" }, { patients: 40, attestedOn: "2020-01-01" });
  const window = { after: undefined, until: undefined, serviceDates: [], asOf: Date.UTC(2026, 10, 1) };
  const lines: string[] = [];
  for await (const batch of source.batches({ ...window, apiVersion: "v2" }))
    lines.push(...batch.toString().trimEnd().split("\n"));
  return lines;
}

/** One line in so many is a claim that the file has not had yet. */
const NEW_IN = 20;

/**
 * About `length` bytes of lines, gzipped: the models as they are, then a twentieth of them as other claims, with ids and claim
 * groups of their own, and so on. What repeats is compressed once: a gzip may have any number of members.
 */
function* largeFile(
  models: readonly string[],
  length: number,
): Generator<{ readonly gzip: Buffer; readonly bytes: number }> {
  const member = (lines: readonly string[]) => {
    const text = Buffer.from(lines.map((line) => `${line}\n`).join(""));
    return { gzip: gzipSync(text, { level: 1 }), bytes: text.length };
  };
  const repeated = member(models);
  const others = Math.floor(models.length / (NEW_IN - 1));
  let written = 0;
  for (let number = 1; written < length; number += others) {
    const asOthers = member(
      Array.from({ length: others }, (_, index) =>
        asAnother(models[(number + index) % models.length]!, number + index),
      ),
    );
    yield repeated;
    yield asOthers;
    written += repeated.bytes + asOthers.bytes;
  }
}

function asAnother(line: string, number: number): string {
  const { id, identifier } = JSON.parse(line) as {
    id: string;
    identifier: { system?: string; value: string }[];
  };
  const group = identifier.find(({ system }) => system?.endsWith("claim-group"))!.value;
  const claim = id.replace(/^[a-z]+-/, "");
  return line.replaceAll(`${claim}"`, `${claim}${number}"`).replaceAll(`"${group}"`, `"${group}${number}"`);
}
