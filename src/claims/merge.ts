import { type ApiVersion, sourceSystemOf } from "../domain/api-version.ts";
import type { FileOrigin } from "../domain/file-origin.ts";
import {
  addChanges,
  type ChangeColumns,
  changesIn,
  type FingerprintChanges,
} from "../domain/fingerprint-changes.ts";
import { type Instant, instantOf, MINUS_INFINITY } from "../domain/instant.ts";
import { copyEncoder } from "../postgres/copy-encoder.ts";
import type { Transaction } from "../postgres/transaction.ts";
import { claimCopy } from "./claim-copy.ts";
import { lineFingerprint } from "./fingerprint.ts";
import { isMbi } from "./is-mbi.ts";
import { compareRank, isAfterExport, type Rank } from "./rank.ts";
import type { Candidate, ReadNews } from "./read-news.ts";

/** What became of a batch of news. */
export interface MergedBatch {
  readonly newCount: number;
  readonly newerCount: number;
  readonly staleCount: number;
  readonly duplicateCount: number;
  /** What the batch adds to the fingerprint, not yet reduced modulo 2^64. */
  readonly fingerprintDelta: bigint;
  /** What the batch adds to the sums over the tables' rows. */
  readonly changes: FingerprintChanges;
  /** Places that are not as the mapper knows them, each with the number of EOBs that have it. */
  readonly drift: ReadonlyMap<string, number>;
}

interface HeldRow {
  readonly eob_id: string;
  readonly api_version: ApiVersion;
  readonly ranked_at: string | null;
  readonly exported_at: string | null;
  readonly line_sha256: Buffer;
  readonly output_file_id: number;
  readonly claim_family_key: string;
  readonly beneficiary_id: string;
  readonly is_current: boolean;
  readonly first_seen_at: string;
  readonly superseded_at: string | null;
}

/**
 * Chooses the newest text of every EOB among a batch of news and what is held, and writes the winners. A line that failed was
 * rejected before, so that it can't displace a good one. A claim whose family has no other version is current at once, which
 * saves mapping it again; which version of a family is current is settled by `resolveCurrent` at the end of the file.
 */
export async function merge(read: ReadNews, file: FileOrigin, tx: Transaction): Promise<MergedBatch> {
  const { candidates } = read;
  const winners = newestByEob(candidates);
  const ids = [...winners.keys()];
  const held = new Map(
    ids.length === 0
      ? []
      : (await tx.run<HeldRow>("claims/lock_held", { eob_ids: ids })).map(
          (row) => [row.eob_id, row] as const,
        ),
  );

  let newCount = 0;
  let newerCount = 0;
  let staleCount = 0;
  let duplicateCount = 0;
  let fingerprintDelta = 0n;
  const written: Candidate[] = [];
  for (const candidate of candidates) {
    const row = held.get(candidate.claim.header.eob_id);
    const isOlder = row !== undefined && compareRank(candidate.rank, rankOf(row)) <= 0;
    if (isOlder) {
      if (row.output_file_id === file.outputFileId) duplicateCount += 1;
      else staleCount += 1;
    } else if (winners.get(candidate.claim.header.eob_id) !== candidate) {
      duplicateCount += 1;
    } else {
      written.push(candidate);
      fingerprintDelta += lineFingerprint(candidate.line.sha256);
      if (row) fingerprintDelta -= lineFingerprint(row.line_sha256);
      // A text that this file brought before keeps its outcome for the winner; the line it loses to it is the duplicate.
      if (row?.output_file_id === file.outputFileId) duplicateCount += 1;
      else if (row) newerCount += 1;
      else newCount += 1;
    }
  }

  await stageMbis(
    candidates,
    written.flatMap(({ claim }) => held.get(claim.header.eob_id)?.beneficiary_id ?? []),
    file,
    tx,
  );
  let changes: FingerprintChanges = written.length > 0 ? await write(written, held, file, tx) : {};
  if (candidates.length > 0) {
    const holding = await tx.run<ChangeColumns>("claims/hold_for_contract", {
      eob_ids: [...new Set(candidates.map(({ claim }) => claim.header.eob_id))].sort(),
      contract_number: file.contractNumber,
      run_id: file.runId,
      output_file_id: file.outputFileId,
    });
    changes = addChanges(changes, changesIn(holding));
  }
  return {
    newCount,
    newerCount,
    staleCount,
    duplicateCount,
    fingerprintDelta,
    changes,
    drift: driftOf(read, file),
  };
}

function driftOf({ drift, candidates }: ReadNews, file: FileOrigin): ReadonlyMap<string, number> {
  const afterExport = candidates.filter(({ claim }) =>
    isAfterExport(claim.header.last_updated, file.exportedAt),
  ).length;
  const malformed = candidates.filter(({ claim }) => claim.mbis.some(({ mbi }) => !isMbi(mbi))).length;
  return new Map([
    ...drift,
    ...(afterExport > 0 ? [["meta.lastUpdated after the export", afterExport] as const] : []),
    ...(malformed > 0 ? [["MBI that does not look like one", malformed] as const] : []),
  ]);
}

function newestByEob(candidates: readonly Candidate[]): Map<string, Candidate> {
  const newest = new Map<string, Candidate>();
  for (const candidate of candidates) {
    const id = candidate.claim.header.eob_id;
    const best = newest.get(id);
    if (!best || compareRank(candidate.rank, best.rank) > 0) newest.set(id, candidate);
  }
  return newest;
}

function rankOf(row: HeldRow): Rank {
  return {
    rankedAt: row.ranked_at === null ? MINUS_INFINITY : BigInt(row.ranked_at),
    apiVersion: row.api_version,
    exportedAt: row.exported_at === null ? MINUS_INFINITY : BigInt(row.exported_at),
    sha256: row.line_sha256,
  };
}

async function write(
  written: readonly Candidate[],
  held: ReadonlyMap<string, HeldRow>,
  file: FileOrigin,
  tx: Transaction,
): Promise<FingerprintChanges> {
  const replaced = written.flatMap(({ claim }) => held.get(claim.header.eob_id) ?? []);
  let removed: readonly ChangeColumns[] = [];
  if (replaced.length > 0) {
    const eob_ids = replaced.map((row) => row.eob_id).sort();
    removed = await tx.run<ChangeColumns>("claims/remove_replaced", { eob_ids });
    await tx.run("claims/remove_children", { eob_ids });
  }
  const soleFamilies = await familiesWithOneVersion(written, tx);
  const isActiveSource = await isSourceActive(file, tx);
  const touched = new Set(replaced.map((row) => row.claim_family_key));
  const copy = claimCopy();
  const now = instantOf(new Date());
  for (const { line, claim, rank, contentSha256 } of written) {
    const { header, children, mbis } = claim;
    const isCurrent = header.is_final && isActiveSource && soleFamilies.has(header.claim_family_key);
    // hold_for_contract touches the families of claims that the contract did not hold. It may have held this one before, without
    // the claim: when that had been lost.
    if (held.has(header.eob_id) || !soleFamilies.has(header.claim_family_key))
      touched.add(header.claim_family_key);
    copy.addEob({
      eob_id: header.eob_id,
      api_version: file.apiVersion,
      ranked_at: rank.rankedAt,
      exported_at: file.exportedAt,
      stamped_at: file.exportedAt,
      line_sha256: line.sha256,
      output_file_id: BigInt(file.outputFileId),
      line_number: BigInt(line.lineNumber),
      mbis: mbis.map(({ mbi }) => mbi),
      mbi_currencies: mbis.map(({ currency }) => currency),
      resource: line.bytes,
    });
    const before = held.get(header.eob_id);
    copy.addVersion({
      ...header,
      is_current: isCurrent,
      version_number: 1,
      content_sha256: contentSha256,
      first_seen_at: before === undefined ? now : BigInt(before.first_seen_at),
      superseded_at: isCurrent ? null : supersededAt(before, now),
    });
    if (isCurrent) copy.addChildren(children);
  }
  await copy.send(tx);
  if (touched.size > 0) {
    await tx.run("claims/touch_families", {
      output_file_id: file.outputFileId,
      claim_family_keys: [...touched].sort(),
    });
  }
  const copied = await tx.run<ChangeColumns>("claims/sum_written", {
    eob_ids: written.map(({ claim }) => claim.header.eob_id),
  });
  return changesIn([...removed, ...copied]);
}

/** Since when a version whose text is replaced is not current; `promote_current` clears it where it becomes current again. */
function supersededAt(before: HeldRow | undefined, now: Instant): Instant | null {
  if (before?.is_current) return now;
  return before?.superseded_at ? BigInt(before.superseded_at) : null;
}

/** The families among `written` that have no version but one of these. */
async function familiesWithOneVersion(
  written: readonly Candidate[],
  tx: Transaction,
): Promise<ReadonlySet<string>> {
  const versions = new Map<string, number>();
  for (const { claim } of written) {
    const family = claim.header.claim_family_key;
    versions.set(family, (versions.get(family) ?? 0) + 1);
  }
  const known = await tx.run<{ claim_family_key: string }>("claims/known_families", {
    claim_family_keys: [...versions.keys()],
  });
  for (const { claim_family_key } of known) versions.delete(claim_family_key);
  return new Set([...versions].flatMap(([family, count]) => (count === 1 ? family : [])));
}

async function isSourceActive({ contractNumber, apiVersion }: FileOrigin, tx: Transaction): Promise<boolean> {
  const contract = await tx.db
    .selectFrom("ab2d.contract")
    .select("active_source_system")
    .where("contract_number", "=", contractNumber)
    .executeTakeFirstOrThrow();
  return contract.active_source_system === sourceSystemOf(apiVersion);
}

const STAGED_MBI = {
  output_file_id: "int8",
  beneficiary_id: "text",
  mbi: "text?",
  currency: "text?",
} as const;

/** Stages the MBIs of every good line, stale ones too, and the beneficiaries that a replaced claim leaves. */
async function stageMbis(
  candidates: readonly Candidate[],
  leftBeneficiaries: readonly string[],
  file: FileOrigin,
  tx: Transaction,
): Promise<void> {
  const stamps = new Map<string, { beneficiary_id: string; mbi: string | null; currency: string | null }>();
  const add = (beneficiary_id: string, mbi: string | null, currency: string | null): void => {
    stamps.set(`${beneficiary_id}\n${mbi}\n${currency}`, { beneficiary_id, mbi, currency });
  };
  for (const { claim } of candidates) {
    add(claim.header.beneficiary_id, null, null);
    for (const { mbi, currency } of claim.mbis) add(claim.header.beneficiary_id, mbi, currency);
  }
  for (const beneficiary of leftBeneficiaries) add(beneficiary, null, null);
  if (stamps.size === 0) return;
  const encoder = copyEncoder(STAGED_MBI);
  for (const stamp of stamps.values()) encoder.add({ output_file_id: BigInt(file.outputFileId), ...stamp });
  await tx.copy("ab2d_etl.staged_mbi", Object.keys(STAGED_MBI), encoder.finish());
}
