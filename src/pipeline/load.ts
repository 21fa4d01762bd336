import { basename, resolve } from "node:path";
import { recordAuditEvent } from "../control/audit-events.ts";
import { registerContract } from "../control/contracts.ts";
import { filesOfRun, listFiles } from "../control/output-files.ts";
import { takeRunLock } from "../control/run-lock.ts";
import { endRun, failUnfinishedLoads, openRun } from "../control/runs.ts";
import { type RunSummary, summarizeRun } from "../control/summarize-run.ts";
import type { ApiVersion } from "../domain/api-version.ts";
import type { ContractNumber } from "../domain/contract-number.ts";
import { isGzipFile } from "../landing/open-landed-file.ts";
import { transaction } from "../postgres/transaction.ts";
import { watchFiles } from "./file-watch.ts";
import { type Context, finish, loadSideBySide } from "./land-and-load.ts";

export interface LoadRequest {
  readonly contract: ContractNumber;
  readonly apiVersion: ApiVersion;
  /** Paths of .ndjson, .ndjson.gz and .json (Bundle or array) files. */
  readonly files: readonly string[];
  /** The start of the export that the files came from; absent: unknown, so that any export is newer. */
  readonly exportedAt: Date | undefined;
  readonly loaders: number;
}

/**
 * Loads files that are on disk already, as `sync` loads what it downloads: a run and its files in the ledger, one transaction
 * a file. It never moves a watermark. Files that cannot be opened stop it before anything is loaded.
 */
export async function load(request: LoadRequest, outer: Context): Promise<RunSummary> {
  for (const path of request.files) await isGzipFile(path);
  const lock = await takeRunLock(request.contract, outer.pool);
  const context = { ...outer, signal: AbortSignal.any([outer.signal, lock.lost]) };
  try {
    const run = await transaction(context.pool, async (tx) => {
      await registerContract(request.contract, request, tx);
      await failUnfinishedLoads(request.contract, tx);
      const opened = await openRun(
        { contractNumber: request.contract, command: "load", apiVersion: request.apiVersion },
        tx,
      );
      await listFiles(
        request.files.map((path) => ({
          runId: opened.runId,
          kind: "data",
          fileName: basename(path),
          exportedAt: request.exportedAt,
          landedPath: resolve(path),
        })),
        tx,
      );
      await recordAuditEvent(
        {
          action: "load_started",
          contractNumber: request.contract,
          runId: opened.runId,
          detail: { files: request.files.length },
        },
        tx,
      );
      return opened;
    });
    try {
      const files = await transaction(context.pool, (tx) => filesOfRun(run.runId, tx));
      const watch = watchFiles(run, files, context.progress);
      await loadSideBySide(run, { loaders: request.loaders, keepLanded: true, watch }, context);
      await finish(run, { keepLanded: true }, context);
    } catch (error) {
      await transaction(context.pool, (tx) => endRun(run.runId, { state: "failed" }, tx));
      throw error;
    }
    return await transaction(context.pool, (tx) => summarizeRun(run.runId, {}, tx));
  } finally {
    context.progress.end(request.contract);
    await lock.release();
  }
}
