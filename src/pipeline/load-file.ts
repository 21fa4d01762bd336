import { Readable } from "node:stream";
import { addDrift } from "../claims/drift/add-drift.ts";
import { reduceFingerprint } from "../claims/fingerprint.ts";
import { keepSourcesAsTheyAre } from "../claims/loading-lock.ts";
import { type MergedBatch, merge } from "../claims/merge.ts";
import { type ReadNews, readNews } from "../claims/read-news.ts";
import { resolveCurrent } from "../claims/resolve-current.ts";
import { addToFingerprints } from "../control/fingerprints.ts";
import type { LedgerFile, LoadedFile } from "../control/output-files.ts";
import { keepRejectedLines } from "../control/rejected-lines.ts";
import { countDrift } from "../control/schema-drift.ts";
import type { FileOrigin } from "../domain/file-origin.ts";
import {
  addChanges,
  type ChangeColumns,
  changesIn,
  type FingerprintChanges,
} from "../domain/fingerprint-changes.ts";
import type { Instant } from "../domain/instant.ts";
import { addLineCounts, NO_LINES } from "../domain/line-counts.ts";
import type { RejectedLine } from "../domain/ndjson-line.ts";
import { openLandedFile } from "../landing/open-landed-file.ts";
import { planByIndex } from "../postgres/plan-by-index.ts";
import type { Transaction } from "../postgres/transaction.ts";
import { BATCH_BYTES, type LineBatch } from "../staging/line-batch.ts";
import { readJson } from "../staging/read-json.ts";
import { readNdjson } from "../staging/read-ndjson.ts";
import { type StagedBatch, stage } from "../staging/stage.ts";

export interface LoadFileOptions {
  /** Ends the waiting for a switch of sources. */
  readonly signal?: AbortSignal;
  /** Told the lines and the uncompressed bytes read so far, after every batch. */
  readonly onBatch?: (progress: { readonly lines: number; readonly bytes: number }) => void;
}

/**
 * Loads one landed file inside one transaction: its lines are staged by key, what is news is parsed and merged, and the
 * current claims of the families it touched are chosen. Memory holds two batches of lines, whatever the size of the file: one is
 * parsed here while the server writes the one before it.
 * `isReferredTo` tells that a line too long for the database was rejected: its text is in this file only, which has to stay.
 */
export async function loadFile(
  file: LedgerFile & { readonly landedPath: string },
  origin: FileOrigin,
  tx: Transaction,
  { onBatch, signal }: LoadFileOptions = {},
): Promise<LoadedFile & { readonly isReferredTo: boolean }> {
  const startedAt = performance.now();
  await keepSourcesAsTheyAre(tx, signal);
  await planByIndex(tx);
  const loaded = new Loaded();
  let parsed: ParsedBatch | undefined;
  const write = async (batch: ParsedBatch): Promise<void> => {
    loaded.add(batch, await merge(batch.news, origin, tx));
    await keepRejectedLines(file.outputFileId, batch.rejected, tx);
    onBatch?.({ lines: batch.lineCount, bytes: batch.bytesRead });
  };
  for await (const batch of readBatches(file.fileName, await openLandedFile(file.landedPath))) {
    // Of two batches that hold a very long line each, one at a time is in memory.
    if (parsed && batch.bytesRead - parsed.bytesRead > 2 * BATCH_BYTES) {
      await write(parsed);
      parsed = undefined;
    }
    // Which of a batch's lines are news is asked before the one before it is written. A line that both have counts as news
    // then, and `merge` finds out that it is a duplicate.
    const staged = await stage(batch, origin, tx);
    const [news] = await bothOf(readNews(staged.news, origin), parsed && write(parsed));
    parsed = parsedBatch(batch, { staged, news });
  }
  if (parsed) await write(parsed);
  const noted = await tx.run<ChangeColumns>("claims/note_delivery", {
    output_file_id: file.outputFileId,
    contract_number: origin.contractNumber,
  });
  const changes = addChanges(loaded.changes, changesIn(noted), await resolveCurrent(file.outputFileId, tx));
  await addToFingerprints(changes, tx);
  await countDrift(loaded.drift, origin, tx);
  await tx.run("staging/clear", { output_file_id: file.outputFileId });
  return {
    outputFileId: file.outputFileId,
    byteLength: loaded.byteLength,
    lineCount: loaded.lineCount,
    isReferredTo: loaded.isReferredTo,
    newestLastUpdated: loaded.newestLastUpdated,
    counts: loaded.counts,
    fingerprintDelta: reduceFingerprint(loaded.fingerprintDelta),
    seconds: Math.round(performance.now() - startedAt) / 1000,
  };
}

/** A batch whose lines are staged and whose news is parsed: what is left is to write it. */
interface ParsedBatch {
  readonly lineCount: number;
  readonly blankCount: number;
  readonly bytesRead: number;
  readonly hasOversize: boolean;
  readonly staged: Omit<StagedBatch, "news">;
  readonly news: ReadNews;
  readonly rejected: readonly RejectedLine[];
}

function parsedBatch(
  { lines, oversize, blankCount, bytesRead }: LineBatch,
  { staged, news }: { readonly staged: StagedBatch; readonly news: ReadNews },
): ParsedBatch {
  // Without the lines themselves: `news` has those that are still needed.
  const { news: _, ...counted } = staged;
  return {
    lineCount: lines.length,
    blankCount,
    bytesRead,
    hasOversize: oversize.length > 0,
    staged: counted,
    news,
    rejected: [...staged.rejected, ...news.rejected],
  };
}

/** What a file's batches add up to. */
class Loaded {
  counts = NO_LINES;
  fingerprintDelta = 0n;
  changes: FingerprintChanges = {};
  readonly drift = new Map<string, number>();
  byteLength = 0;
  lineCount = 0;
  isReferredTo = false;
  newestLastUpdated: Instant | undefined;

  add(batch: ParsedBatch, merged: MergedBatch): void {
    const { staged, news, rejected } = batch;
    this.counts = addLineCounts(this.counts, {
      new: merged.newCount,
      newer: merged.newerCount,
      unchanged: staged.unchangedCount,
      stale: merged.staleCount,
      duplicate: staged.duplicateCount + merged.duplicateCount,
      excluded: news.excludedCount,
      rejected: rejected.length,
      blank: batch.blankCount,
    });
    this.fingerprintDelta += merged.fingerprintDelta;
    this.changes = addChanges(this.changes, staged.changes, merged.changes);
    addDrift(this.drift, merged.drift);
    this.byteLength = batch.bytesRead;
    this.newestLastUpdated = laterOf(this.newestLastUpdated, staged.newestLastUpdated);
    this.isReferredTo ||= batch.hasOversize;
    this.lineCount += batch.lineCount + staged.rejected.length + batch.blankCount;
  }
}

/** Waits for both, also when one fails: what is left must not run on in a transaction that is rolled back. */
async function bothOf<A, B>(a: Promise<A>, b: Promise<B> | undefined): Promise<readonly [A, B | undefined]> {
  const [first, second] = await Promise.allSettled([a, b]);
  if (first.status === "rejected") throw first.reason;
  if (second.status === "rejected") throw second.reason;
  return [first.value, second.value];
}

function laterOf(a: Instant | undefined, b: Instant | undefined): Instant | undefined {
  return a === undefined || (b !== undefined && b > a) ? b : a;
}

function readBatches(fileName: string, bytes: AsyncIterable<Buffer>): AsyncGenerator<LineBatch> {
  return /\.json(\.gz)?$/i.test(fileName) ? readJson(Readable.from(bytes)) : readNdjson(bytes);
}
