import { Readable } from "node:stream";
import { addDrift } from "../claims/drift/add-drift.ts";
import { reduceFingerprint } from "../claims/fingerprint.ts";
import { keepSourcesAsTheyAre } from "../claims/loading-lock.ts";
import { merge } from "../claims/merge.ts";
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
import { openLandedFile } from "../landing/open-landed-file.ts";
import { planByIndex } from "../postgres/plan-by-index.ts";
import type { Transaction } from "../postgres/transaction.ts";
import type { LineBatch } from "../staging/line-batch.ts";
import { readJson } from "../staging/read-json.ts";
import { readNdjson } from "../staging/read-ndjson.ts";
import { stage } from "../staging/stage.ts";

export interface LoadFileOptions {
  /** Ends the waiting for a switch of sources. */
  readonly signal?: AbortSignal;
  /** Told the lines and the uncompressed bytes read so far, after every batch. */
  readonly onBatch?: (progress: { readonly lines: number; readonly bytes: number }) => void;
}

/**
 * Loads one landed file inside one transaction: its lines are staged by key, what is news is parsed and merged, and the
 * current claims of the families it touched are chosen. Memory holds one batch of lines, whatever the size of the file.
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
  let counts = NO_LINES;
  let fingerprintDelta = 0n;
  let changes: FingerprintChanges = {};
  const drift = new Map<string, number>();
  let byteLength = 0;
  let lineCount = 0;
  let isReferredTo = false;
  let newestLastUpdated: Instant | undefined;
  for await (const batch of readBatches(file.fileName, await openLandedFile(file.landedPath))) {
    const staged = await stage(batch, origin, tx);
    const merged = await merge(staged.news, origin, tx);
    const rejected = [...staged.rejected, ...merged.rejected];
    await keepRejectedLines(file.outputFileId, rejected, tx);
    counts = addLineCounts(counts, {
      new: merged.newCount,
      newer: merged.newerCount,
      unchanged: staged.unchangedCount,
      stale: merged.staleCount,
      duplicate: staged.duplicateCount + merged.duplicateCount,
      excluded: merged.excludedCount,
      rejected: rejected.length,
      blank: batch.blankCount,
    });
    fingerprintDelta += merged.fingerprintDelta;
    changes = addChanges(changes, staged.changes, merged.changes);
    addDrift(drift, merged.drift);
    byteLength = batch.bytesRead;
    newestLastUpdated = laterOf(newestLastUpdated, staged.newestLastUpdated);
    isReferredTo ||= batch.oversize.length > 0;
    lineCount += batch.lines.length + batch.oversize.length + batch.blankCount;
    onBatch?.({ lines: batch.lines.length, bytes: batch.bytesRead });
  }
  const noted = await tx.run<ChangeColumns>("claims/note_delivery", {
    output_file_id: file.outputFileId,
    contract_number: origin.contractNumber,
  });
  changes = addChanges(changes, changesIn(noted), await resolveCurrent(file.outputFileId, tx));
  await addToFingerprints(changes, tx);
  await countDrift(drift, origin, tx);
  await tx.run("staging/clear", { output_file_id: file.outputFileId });
  return {
    outputFileId: file.outputFileId,
    byteLength,
    lineCount,
    isReferredTo,
    newestLastUpdated,
    counts,
    fingerprintDelta: reduceFingerprint(fingerprintDelta),
    seconds: Math.round(performance.now() - startedAt) / 1000,
  };
}

function laterOf(a: Instant | undefined, b: Instant | undefined): Instant | undefined {
  return a === undefined || (b !== undefined && b > a) ? b : a;
}

function readBatches(fileName: string, bytes: AsyncIterable<Buffer>): AsyncGenerator<LineBatch> {
  return /\.json(\.gz)?$/i.test(fileName) ? readJson(Readable.from(bytes)) : readNdjson(bytes);
}
