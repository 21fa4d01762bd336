import type { ApiVersion } from "../domain/api-version.ts";
import { type Instant, MINUS_INFINITY } from "../domain/instant.ts";

/** What decides which of two texts of one EOB is the newest, whatever the order of their arrival. */
export interface Rank {
  /** meta.lastUpdated, or the start of its export if that is earlier; without one, before everything. */
  readonly rankedAt: Instant;
  readonly apiVersion: ApiVersion;
  /** The start of the export that delivered the text. */
  readonly exportedAt: Instant;
  readonly sha256: Buffer;
}

/** Positive when `a` is the newer text, negative when `b` is, zero for one and the same. */
export function compareRank(a: Rank, b: Rank): number {
  if (a.rankedAt !== b.rankedAt) return a.rankedAt > b.rankedAt ? 1 : -1;
  if (a.apiVersion !== b.apiVersion) return a.apiVersion > b.apiVersion ? 1 : -1;
  if (a.exportedAt !== b.exportedAt) return a.exportedAt > b.exportedAt ? 1 : -1;
  return a.sha256.compare(b.sha256);
}

/**
 * The instant by which a text is ranked. A lastUpdated after the start of its export ranks as that start: a claim updated
 * while the job ran is delivered again by the next export, and a clock gone wrong must not pin a text for ever. A stray
 * file's export start is unknown (−infinity) and bounds nothing.
 */
export function rankedAt(lastUpdated: Instant | null, exportedAt: Instant): Instant {
  if (lastUpdated === null) return MINUS_INFINITY;
  return isAfterExport(lastUpdated, exportedAt) ? exportedAt : lastUpdated;
}

/** Whether a lastUpdated lies in the future of its export. */
export function isAfterExport(lastUpdated: Instant | null, exportedAt: Instant): boolean {
  return lastUpdated !== null && exportedAt !== MINUS_INFINITY && lastUpdated > exportedAt;
}
