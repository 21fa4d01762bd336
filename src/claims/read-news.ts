import { isUtf8 } from "node:buffer";
import { setImmediate as others } from "node:timers/promises";
import type { FileOrigin } from "../domain/file-origin.ts";
import type { KeyedLine, RejectedLine } from "../domain/ndjson-line.ts";
import { contentSha256 } from "./content-sha256.ts";
import { type DriftTally, driftTally } from "./drift/drift-tally.ts";
import { jsonExtent } from "./json-extent.ts";
import { mapEob } from "./map-eob.ts";
import { parseEob } from "./parse-eob.ts";
import { type Rank, rankedAt } from "./rank.ts";
import type { MappedEob, MappingRejection } from "./rows.ts";

/** PostgreSQL's JSON parser is recursive; real EOBs nest about 10 levels. */
const MAX_NESTING = 256;

/** Parsed, each takes up to 200 bytes. Real EOBs have some thousand, in at most 101 KB. */
const MAX_VALUES = 250_000;

/** A mapped EOB that is to be loaded. */
export type Claim = Extract<MappedEob, { kind: "claim" }>;

/** A line of news that may replace what is held. */
export interface Candidate {
  readonly line: KeyedLine;
  readonly claim: Claim;
  readonly rank: Rank;
  readonly contentSha256: Buffer;
}

export interface ReadNews {
  readonly candidates: readonly Candidate[];
  readonly rejected: readonly RejectedLine[];
  readonly excludedCount: number;
  /** Places that are not as the mapper knows them, each with the number of EOBs that have it. */
  readonly drift: ReadonlyMap<string, number>;
}

/** What is no claim of the file's version: its places are not drift. */
const FOREIGN: ReadonlySet<MappingRejection> = new Set<MappingRejection>([
  "not_an_object",
  "not_an_eob",
  "api_version_mismatch",
]);

/**
 * Parses and maps news, and sorts out what is rejected and what policy excludes. Others have their turn after every line: rows go to
 * the server in small pieces, and a statement follows the answer to the one before it.
 */
export async function readNews(news: readonly KeyedLine[], file: FileOrigin): Promise<ReadNews> {
  const candidates: Candidate[] = [];
  const rejected: RejectedLine[] = [];
  const tally = driftTally(file.apiVersion);
  let excludedCount = 0;
  for (const line of news) {
    await others();
    const read = readLine(line, file, tally);
    if (typeof read === "string") rejected.push(rejectedLine(line, read));
    else if (read === undefined) excludedCount += 1;
    else candidates.push(read);
  }
  return { candidates, rejected, excludedCount, drift: tally.places() };
}

/** A candidate, `undefined` for a line excluded by policy, or the reason why the line is rejected. */
function readLine(line: KeyedLine, file: FileOrigin, tally: DriftTally): Candidate | string | undefined {
  if (!isUtf8(line.bytes)) return "not_utf8";
  // Before the parser sees it: memory is bounded for any line.
  const { nesting, values } = jsonExtent(line.bytes);
  if (nesting > MAX_NESTING) return "nested_too_deeply";
  if (values > MAX_VALUES) return "too_many_values";
  const eob = parseEob(line.bytes.toString("utf8"));
  if (eob === undefined) return "not_json";
  const mapped = mapEob(eob, { apiVersion: file.apiVersion });
  if (mapped.kind === "excluded") return undefined;
  // A rejected claim too: what made it unreadable may be what has changed.
  if (mapped.kind === "claim" || !FOREIGN.has(mapped.reason)) tally.note(eob);
  if (mapped.kind === "rejected") return mapped.reason;
  const { eob_id, last_updated } = mapped.header;
  const isKeyAgreed =
    (line.eobId === null || line.eobId === eob_id) &&
    (line.lastUpdated === null || line.lastUpdated === last_updated);
  if (!isKeyAgreed) return "key_ambiguous";
  return {
    line,
    claim: mapped,
    rank: {
      rankedAt: rankedAt(last_updated, file.exportedAt),
      apiVersion: file.apiVersion,
      exportedAt: file.exportedAt,
      sha256: line.sha256,
    },
    contentSha256: contentSha256(eob),
  };
}

function rejectedLine({ lineNumber, byteOffset, bytes }: KeyedLine, reason: string): RejectedLine {
  return { lineNumber, byteOffset, byteLength: bytes.length, reason, line: bytes };
}
