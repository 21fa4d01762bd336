import { createHash } from "node:crypto";
import { sql } from "kysely";
import { API_VERSIONS, type ApiVersion } from "../../domain/api-version.ts";
import { type Instant, MINUS_INFINITY } from "../../domain/instant.ts";
import type { Columns } from "../../postgres/columns.ts";
import { copyEncoder } from "../../postgres/copy-encoder.ts";
import type { Transaction } from "../../postgres/transaction.ts";
import { contentSha256 } from "../content-sha256.ts";
import { mapEob } from "../map-eob.ts";
import { parseEob } from "../parse-eob.ts";
import { rankedAt } from "../rank.ts";
import type { Claim } from "../read-news.ts";
import {
  CLAIM_DIAGNOSIS,
  CLAIM_LINE,
  CLAIM_PROCEDURE,
  CLAIM_PROVIDER,
  CLAIM_VERSION,
  type ClaimChildren,
} from "../rows.ts";
import { compareRows, type RowDifference } from "./compare-rows.ts";

/** Bytes of EOBs, and their number, that are compared at once. */
const BYTES_AT_ONCE = 4 * 1024 * 1024;
const EOBS_AT_ONCE = 500;

/** An EOB as it is stored, and the claim that it maps to. */
export interface StoredClaim {
  readonly eobId: string;
  /** `undefined` when the text is no claim any more, or waits to be delivered again. */
  readonly claim: Claim | undefined;
  readonly contentSha256: Buffer | undefined;
  /** The id that the text has, where it is another one, and the text is the one that was loaded. */
  readonly itsId: string | undefined;
  /** Of its header; `null` without one. */
  readonly isCurrent: boolean | null;
  readonly firstSeenAt: Instant | null;
  readonly supersededAt: Instant | null;
}

/** What a batch of EOBs showed. */
export interface ComparedBatch {
  readonly stored: ReadonlyMap<string, StoredClaim>;
  readonly differences: readonly RowDifference[];
}

/** The columns of claim_version that follow from the EOB. */
const { is_current: _c, version_number: _n, first_seen_at: _f, superseded_at: _s, ...HEADER } = CLAIM_VERSION;

/**
 * Maps every stored EOB again and compares each column of each row that follows from it with the tables, batch by batch in the
 * order of the ids. Memory holds one batch: {@link BYTES_AT_ONCE} bytes of EOBs, or one EOB if that is larger, and their rows.
 * Rows without an EOB come out as extra ones.
 */
export async function* compareStored(tx: Transaction): AsyncGenerator<ComparedBatch> {
  let after: string | undefined;
  for await (const eobIds of batchesOf(tx)) {
    const rows = await tx.run<StoredRow>("claims/verify_eobs", { eob_ids: eobIds });
    yield await compareBatch(rows, { after, through: eobIds.at(-1) }, tx);
    after = eobIds.at(-1);
  }
  // What comes after the last EOB has none.
  yield await compareBatch([], { after, through: undefined }, tx);
}

async function* batchesOf(tx: Transaction): AsyncGenerator<readonly string[]> {
  await tx.execute(
    `declare stored_eob no scroll cursor for
    select eob_id, octet_length(resource::text) as length from ab2d_etl.eob order by eob_id`,
  );
  let batch: string[] = [];
  let bytes = 0;
  for (;;) {
    const fetched = await sql<{
      eob_id: string;
      length: number;
    }>`fetch ${sql.raw(String(EOBS_AT_ONCE))} from stored_eob`.execute(tx.db);
    for (const { eob_id, length } of fetched.rows) {
      if (batch.length === EOBS_AT_ONCE || (batch.length > 0 && bytes + length > BYTES_AT_ONCE)) {
        yield batch;
        batch = [];
        bytes = 0;
      }
      batch.push(eob_id);
      bytes += length;
    }
    if (fetched.rows.length < EOBS_AT_ONCE) break;
  }
  if (batch.length > 0) yield batch;
  await tx.execute("close stored_eob");
}

interface StoredRow {
  readonly eob_id: string;
  readonly api_version: ApiVersion;
  readonly ranked_at: string | null;
  readonly exported_at: string | null;
  readonly line_sha256: Buffer;
  readonly is_awaited: boolean;
  readonly mbis: readonly string[];
  readonly mbi_currencies: readonly string[];
  readonly resource: string;
  readonly is_current: boolean | null;
  readonly first_seen_at: string | null;
  readonly superseded_at: string | null;
}

interface Range {
  readonly after: string | undefined;
  readonly through: string | undefined;
}

async function compareBatch(
  rows: readonly StoredRow[],
  range: Range,
  tx: Transaction,
): Promise<ComparedBatch> {
  const differences: RowDifference[] = [];
  const stored = new Map<string, StoredClaim>();
  for (const row of rows) {
    const { claim, content, edited, itsId } = readStored(row);
    if (edited.length > 0)
      differences.push({ table: "ab2d_etl.eob", eobId: row.eob_id, kind: "edited", columns: edited });
    stored.set(row.eob_id, {
      eobId: row.eob_id,
      claim,
      contentSha256: content,
      itsId,
      isCurrent: row.is_current,
      firstSeenAt: row.first_seen_at === null ? null : BigInt(row.first_seen_at),
      supersededAt: row.superseded_at === null ? null : BigInt(row.superseded_at),
    });
  }
  await tx.execute(
    "select set_config('ab2d.verify_after', $1, true), set_config('ab2d.verify_through', $2, true)",
    [range.after ?? "", range.through ?? ""],
  );
  const claims = [...stored.values()];
  const headers = claims.flatMap(({ claim, contentSha256: content_sha256 }) =>
    claim === undefined || content_sha256 === undefined ? [] : { ...claim.header, content_sha256 },
  );
  const children = <Kind extends keyof ClaimChildren>(
    kind: Kind,
    order: string,
  ): ClaimChildren[Kind][number][] =>
    claims.flatMap(({ claim, isCurrent }) =>
      claim !== undefined && isCurrent === true
        ? [...claim.children[kind]].sort((a, b) => numberIn(a, order) - numberIn(b, order))
        : [],
    );
  const compare = (table: string, columns: Columns, wanted: Buffer, keyLength: number) =>
    compareTable({ table, columns: Object.keys(columns), wanted, keyLength }, range, tx);
  differences.push(
    ...(await compare("ab2d.claim_version", HEADER, encode(HEADER, headers), 1)),
    ...(await compare(
      "ab2d.claim_line",
      CLAIM_LINE,
      encode(CLAIM_LINE, children("lines", "line_number")),
      2,
    )),
    ...(await compare(
      "ab2d.claim_diagnosis",
      CLAIM_DIAGNOSIS,
      encode(CLAIM_DIAGNOSIS, children("diagnoses", "diagnosis_number")),
      2,
    )),
    ...(await compare(
      "ab2d.claim_procedure",
      CLAIM_PROCEDURE,
      encode(CLAIM_PROCEDURE, children("procedures", "procedure_number")),
      2,
    )),
    ...(await compare(
      "ab2d.claim_provider",
      CLAIM_PROVIDER,
      encode(CLAIM_PROVIDER, children("providers", "provider_number")),
      2,
    )),
  );
  // Of a text that is no claim, or waits for its line, nothing is known of the rows.
  return {
    stored,
    differences: differences.filter(
      ({ table, eobId }) =>
        table === "ab2d_etl.eob" || !stored.has(eobId) || stored.get(eobId)?.claim !== undefined,
    ),
  };
}

function numberIn(row: object, column: string): number {
  return (row as Readonly<Record<string, number>>)[column]!;
}

function encode<T extends Columns>(
  columns: T,
  rows: readonly Parameters<ReturnType<typeof copyEncoder<T>>["add"]>[0][],
): Buffer {
  const encoder = copyEncoder(columns);
  for (const row of rows) encoder.add(row);
  return encoder.finish();
}

interface WantedRows {
  readonly table: string;
  readonly columns: readonly string[];
  readonly wanted: Buffer;
  readonly keyLength: number;
}

async function compareTable(
  { table, columns, wanted, keyLength }: WantedRows,
  { after, through }: Range,
  tx: Transaction,
): Promise<RowDifference[]> {
  const bounds = [
    ...(after === undefined ? [] : ["eob_id > current_setting('ab2d.verify_after')"]),
    ...(through === undefined ? [] : ["eob_id <= current_setting('ab2d.verify_through')"]),
  ];
  const found = await tx.copyOut(
    `select ${columns.join(", ")} from ${table} ${bounds.length > 0 ? `where ${bounds.join(" and ")}` : ""} order by ${columns.slice(0, keyLength).join(", ")}`,
  );
  return compareRows({ table, columns, keyLength, wanted, found });
}

interface ReadStored {
  readonly claim: Claim | undefined;
  readonly content: Buffer | undefined;
  /** The columns of ab2d_etl.eob that contradict the text. */
  readonly edited: readonly string[];
  readonly itsId?: string;
}

function readStored(row: StoredRow): ReadStored {
  if (row.is_awaited) return { claim: undefined, content: undefined, edited: [] };
  if (!API_VERSIONS.includes(row.api_version))
    return { claim: undefined, content: undefined, edited: ["api_version"] };
  const isText = createHash("sha256").update(row.resource).digest().equals(row.line_sha256);
  const eob = parseEob(row.resource);
  const mapped = mapEob(eob, { apiVersion: row.api_version });
  if (mapped.kind !== "claim") return { claim: undefined, content: undefined, edited: ["resource"] };
  const { eob_id: itsId } = mapped.header;
  if (itsId !== row.eob_id) {
    return { claim: undefined, content: undefined, edited: ["eob_id"], ...(isText ? { itsId } : {}) };
  }
  const exportedAt = row.exported_at === null ? MINUS_INFINITY : BigInt(row.exported_at);
  const ranked = row.ranked_at === null ? MINUS_INFINITY : BigInt(row.ranked_at);
  const { mbis } = mapped;
  return {
    claim: mapped,
    content: contentSha256(eob),
    edited: [
      ...(isText ? [] : ["resource"]),
      ...(ranked === rankedAt(mapped.header.last_updated, exportedAt) ? [] : ["ranked_at"]),
      ...(isEqual(
        row.mbis,
        mbis.map(({ mbi }) => mbi),
      )
        ? []
        : ["mbis"]),
      ...(isEqual(
        row.mbi_currencies,
        mbis.map(({ currency }) => currency),
      )
        ? []
        : ["mbi_currencies"]),
    ],
  };
}

function isEqual(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((value, index) => value === b[index]);
}
