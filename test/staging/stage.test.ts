import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import type { ApiVersion } from "../../src/domain/api-version.ts";
import { parseContractNumber } from "../../src/domain/contract-number.ts";
import type { FileOrigin } from "../../src/domain/file-origin.ts";
import { formatInstant, MINUS_INFINITY, parseInstant } from "../../src/domain/instant.ts";
import type { NdjsonLine } from "../../src/domain/ndjson-line.ts";
import { transaction } from "../../src/postgres/transaction.ts";
import type { LineBatch } from "../../src/staging/line-batch.ts";
import { type StagedBatch, stage } from "../../src/staging/stage.ts";
import { freshDatabase } from "../support/fresh-database.ts";

const EARLIER = parseInstant("2024-05-01T00:00:00Z")!;
const EXPORTED = parseInstant("2024-06-01T00:00:00Z")!;
const LATER = parseInstant("2024-07-01T00:00:00Z")!;
const LAST_UPDATED = "2024-03-01T10:20:30.456789Z";

interface HeldEob {
  readonly text: string;
  readonly eobId: string;
  readonly apiVersion?: ApiVersion;
  readonly exportedAt?: bigint;
  readonly rankedAt?: bigint;
  readonly outputFileId?: number;
  readonly contracts?: readonly string[];
}

async function setup() {
  const database = await freshDatabase();
  await database.rows(
    "insert into ab2d.contract values ('Z0001', null, null, 'ccw'), ('Z0002', null, null, 'ccw')",
  );
  return {
    ...database,
    stage: (batch: LineBatch, origin: Partial<FileOrigin> = {}): Promise<StagedBatch> =>
      transaction(database.pool, (tx) =>
        stage(
          batch,
          {
            outputFileId: 7,
            runId: 3,
            contractNumber: parseContractNumber("Z0001")!,
            apiVersion: "v2",
            exportedAt: EXPORTED,
            ...origin,
          },
          tx,
        ),
      ),
    async hold({
      text,
      eobId,
      apiVersion = "v2",
      exportedAt = EARLIER,
      rankedAt,
      outputFileId = 1,
      contracts = ["Z0001"],
    }: HeldEob) {
      await database.rows(
        "insert into ab2d_etl.eob values ($1, $2, $3, $4, $4, $5, $6, 1, '{1S00E00DP42}', '{current}', $7)",
        [
          eobId,
          apiVersion,
          formatInstant(rankedAt ?? parseInstant(LAST_UPDATED)!),
          formatInstant(exportedAt),
          sha256(text),
          outputFileId,
          text,
        ],
      );
      await database.rows(
        `insert into ab2d.claim_version (eob_id, source_system, api_version, claim_family_key, status, is_final, is_current,
           version_number, beneficiary_id, patient_id, claim_type, service_from, service_to, line_count, diagnosis_count,
           procedure_count, is_part2_restricted, content_sha256, first_seen_at)
         values ($1, 'ccw', $2, 'family of ' || $1, 'active', true, true, 1, 'ccw:-1', '-1', 'carrier', '2024-01-01', '2024-01-02',
           0, 0, 0, false, '', now())`,
        [eobId, apiVersion],
      );
      for (const contract of contracts) {
        await database.rows(
          "insert into ab2d.claim_contract (eob_id, contract_number, first_run_id) values ($1, $2, 1)",
          [eobId, contract],
        );
      }
    },
  };
}

function sha256(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}

function eobText(id: string, extra = ""): string {
  return JSON.stringify({ id, meta: { lastUpdated: LAST_UPDATED }, extra });
}

/** A batch of lines, numbered from `firstNumber`, as they stand in a file one after the other. */
function batchOf(
  texts: readonly string[],
  { firstNumber = 1 }: { readonly firstNumber?: number } = {},
): LineBatch {
  let byteOffset = 0;
  const lines: NdjsonLine[] = texts.map((text, index) => {
    const line = { lineNumber: firstNumber + index, byteOffset, bytes: Buffer.from(text) };
    byteOffset += line.bytes.length + 1;
    return line;
  });
  return { lines, oversize: [], blankCount: 0, bytesRead: byteOffset };
}

describe("stage()", () => {
  it("stages one row per line: its place, its key and its hash", async () => {
    const { stage: staged, rows } = await setup();
    const texts = [eobText("carrier-1"), '{"id":"a\\"b"}', "not JSON"];
    await staged(batchOf(texts));
    const found = await rows("select * from ab2d_etl.staged_line order by line_number");
    expect(found).toEqual([
      {
        output_file_id: 7,
        line_number: 1,
        byte_offset: 0,
        byte_length: texts[0]!.length,
        eob_id: "carrier-1",
        last_updated: new Date(LAST_UPDATED),
        line_sha256: sha256(texts[0]!),
      },
      expect.objectContaining({
        line_number: 2,
        byte_offset: texts[0]!.length + 1,
        eob_id: null,
        last_updated: null,
      }),
      expect.objectContaining({
        line_number: 3,
        byte_length: 8,
        eob_id: null,
        line_sha256: sha256("not JSON"),
      }),
    ]);
    const [micros] = await rows(
      "select to_char(last_updated at time zone 'utc', 'US') as us from ab2d_etl.staged_line where line_number = 1",
    );
    expect(micros).toEqual({ us: "456789" });
  });

  it("stages an entry of a Bundle, which has no offset", async () => {
    const { stage: staged, rows } = await setup();
    const batch = batchOf([eobText("carrier-1")]);
    await staged({ ...batch, lines: batch.lines.map((line) => ({ ...line, byteOffset: null })) });
    expect(await rows("select byte_offset from ab2d_etl.staged_line")).toEqual([{ byte_offset: null }]);
  });

  it("hands on every line that is not held byte for byte, with its key, as news", async () => {
    const { stage: staged, hold } = await setup();
    await hold({ eobId: "carrier-1", text: eobText("carrier-1") });
    await hold({ eobId: "carrier-2", text: eobText("carrier-2"), apiVersion: "v1" });
    await hold({ eobId: "carrier-9", text: eobText("carrier-3") });
    const texts = [eobText("carrier-1", "changed"), eobText("carrier-2"), eobText("carrier-3"), "not JSON"];
    const { news, changes, ...counts } = await staged(batchOf(texts));
    expect(changes).toEqual({});
    expect(counts).toEqual({
      rejected: [],
      unchangedCount: 0,
      duplicateCount: 0,
      newestLastUpdated: parseInstant(LAST_UPDATED),
    });
    expect(news).toEqual(
      batchOf(texts).lines.map((line, index) => ({
        ...line,
        eobId: [`carrier-1`, "carrier-2", "carrier-3", null][index],
        lastUpdated: index === 3 ? null : parseInstant(LAST_UPDATED),
        sha256: sha256(texts[index]!),
      })),
    );
  });

  it("counts lines held byte for byte as unchanged, each as often as it comes", async () => {
    const { stage: staged, hold, rows } = await setup();
    await hold({ eobId: "carrier-1", text: eobText("carrier-1"), contracts: ["Z0002"] });
    const result = await staged(batchOf([eobText("carrier-1"), eobText("carrier-2"), eobText("carrier-1")]));
    expect(result).toMatchObject({ unchangedCount: 2, duplicateCount: 0, rejected: [] });
    expect(result.news.map(({ lineNumber }) => lineNumber)).toEqual([2]);
    expect(await rows("select contract_number, first_run_id from ab2d.claim_contract order by 1")).toEqual([
      { contract_number: "Z0001", first_run_id: 3 },
      { contract_number: "Z0002", first_run_id: 1 },
    ]);
    expect(await rows("select * from ab2d_etl.touched_family")).toEqual([
      { output_file_id: 7, claim_family_key: "family of carrier-1" },
    ]);
  });

  it("counts lines that this same file brought before as duplicates", async () => {
    const { stage: staged, hold } = await setup();
    await hold({ eobId: "carrier-1", text: eobText("carrier-1"), outputFileId: 7 });
    await hold({ eobId: "carrier-2", text: eobText("carrier-2"), outputFileId: 6 });
    const result = await staged(batchOf([eobText("carrier-1"), eobText("carrier-2")], { firstNumber: 5 }));
    expect(result).toMatchObject({ news: [], unchangedCount: 1, duplicateCount: 1 });
  });

  it("touches no family when the contract holds the claim already", async () => {
    const { stage: staged, hold, rows } = await setup();
    await hold({ eobId: "carrier-1", text: eobText("carrier-1") });
    await staged(batchOf([eobText("carrier-1")]));
    expect(await rows("select * from ab2d_etl.touched_family")).toEqual([]);
    expect(await rows("select first_run_id from ab2d.claim_contract")).toEqual([{ first_run_id: 1 }]);
  });

  it("looks at the lines of its own batch and file only", async () => {
    const { stage: staged, hold } = await setup();
    await hold({ eobId: "carrier-1", text: eobText("carrier-1") });
    expect(await staged(batchOf([eobText("carrier-1"), "x"]))).toMatchObject({ unchangedCount: 1 });
    expect(await staged(batchOf([eobText("carrier-2"), "y"], { firstNumber: 3 }))).toMatchObject({
      unchangedCount: 0,
    });
    expect(await staged(batchOf([eobText("carrier-1"), "x"]), { outputFileId: 8 })).toMatchObject({
      unchangedCount: 1,
    });
  });

  it.each([
    ["a newer export", EXPORTED, EARLIER, { exported_at: EXPORTED, is_stamped: true }],
    ["an older export", EXPORTED, LATER, { exported_at: LATER, is_stamped: false }],
    ["the same export", EXPORTED, EXPORTED, { exported_at: EXPORTED, is_stamped: false }],
    ["a stray file of unknown age", MINUS_INFINITY, EARLIER, { exported_at: EARLIER, is_stamped: false }],
    [
      "a dated file, after a stray one",
      EXPORTED,
      MINUS_INFINITY,
      { exported_at: EXPORTED, is_stamped: true },
    ],
  ])(
    "notes %s that confirms a text, and its MBIs only if it is the newest",
    async (_, exportedAt, before, expected) => {
      const { stage: staged, hold, rows } = await setup();
      await hold({ eobId: "carrier-1", text: eobText("carrier-1"), exportedAt: before });
      await staged(batchOf([eobText("carrier-1")]), { exportedAt });
      const [held] = await rows("select exported_at = $1 as is_as_expected from ab2d_etl.eob", [
        formatInstant(expected.exported_at),
      ]);
      expect(held).toEqual({ is_as_expected: true });
      expect(await rows("select * from ab2d_etl.staged_mbi")).toEqual(
        expected.is_stamped
          ? [{ output_file_id: 7, beneficiary_id: "ccw:-1", mbi: "1S00E00DP42", currency: "current" }]
          : [],
      );
    },
  );

  it("lets a text that ranked by an early export rise to its lastUpdated, and never lets it fall", async () => {
    const { stage: staged, hold, rows } = await setup();
    const early = parseInstant("2024-02-01T00:00:00Z")!;
    await hold({ eobId: "carrier-1", text: eobText("carrier-1"), exportedAt: early, rankedAt: early });
    await hold({ eobId: "carrier-2", text: eobText("carrier-2"), exportedAt: early, rankedAt: EXPORTED });
    await staged(batchOf([eobText("carrier-1"), eobText("carrier-2")]), { exportedAt: LATER });
    expect(await rows("select eob_id, ranked_at from ab2d_etl.eob order by eob_id")).toEqual([
      { eob_id: "carrier-1", ranked_at: new Date("2024-03-01T10:20:30.456Z") },
      { eob_id: "carrier-2", ranked_at: new Date("2024-06-01T00:00:00Z") },
    ]);
  });

  it("rejects lines over the size limit by their place, and stages nothing when there is nothing else", async () => {
    const { stage: staged, rows } = await setup();
    const oversize = [{ lineNumber: 4, byteOffset: 100, byteLength: 17_000_000, sha256: sha256("long") }];
    const result = await staged({ lines: [], oversize, blankCount: 2, bytesRead: 17_000_101 });
    expect(result).toMatchObject({ news: [], unchangedCount: 0, duplicateCount: 0 });
    expect(result.rejected).toMatchObject([
      { lineNumber: 4, byteOffset: 100, byteLength: 17_000_000, reason: "line_too_long", line: null },
    ]);
    expect(await rows("select * from ab2d_etl.staged_line")).toEqual([]);
  });
});
