import { compareSources, type SourceComparison } from "../claims/compare-sources.ts";
import { type SwitchedSource, switchSource } from "../claims/switch-source.ts";
import { recordAuditEvent } from "../control/audit-events.ts";
import { registerContract } from "../control/contracts.ts";
import { takeRunLock } from "../control/run-lock.ts";
import type { RunSummary } from "../control/summarize-run.ts";
import { readWatermark } from "../control/watermark.ts";
import { type SourceSystem, sourceSystemOf } from "../domain/api-version.ts";
import { totalLines } from "../domain/line-counts.ts";
import { EtlError, ExitCode, sqlstate } from "../errors.ts";
import { type SyncRequest, sync } from "../pipeline.ts";
import { type Transaction, transaction } from "../postgres/transaction.ts";
import { retry } from "../retry.ts";
import type { Context } from "./land-and-load.ts";

export interface CutOverRequest extends Omit<SyncRequest, "since" | "until" | "full"> {
  /** Bring the claims and compare the sources, but switch nothing. */
  readonly comparesOnly?: boolean;
  /** Claim families resolved at once; see {@link switchSource}. */
  readonly familiesAtOnce?: number;
}

/** What became of a cut-over. */
export interface CutOver {
  /** `has_gaps`: nothing was switched, because the target's last run may lack claims. */
  readonly outcome: "switched" | "already_active" | "has_gaps" | "compared";
  /** The active source before. */
  readonly from: SourceSystem;
  readonly to: SourceSystem;
  /** What was brought first, in turn; the last one is the target's. */
  readonly runs: readonly RunSummary[];
  readonly before: SourceComparison;
  /** The same as `before` where nothing was switched. */
  readonly after: SourceComparison;
  /** Only with the outcome `switched`. */
  readonly changed?: SwitchedSource & { readonly seconds: number };
}

/** An unfinished run of the other source, an unfinished one of the target with a window of its own, and a whole one, twice if empty. */
const MOST_RUNS = 4;

/**
 * Moves a contract to the source system of `request.apiVersion`: brings the claims of that version until a run is complete, then
 * makes them the ones that analysts see, in one transaction. With gaps nothing is switched. Safe to run again after any failure.
 * Throws what `sync` throws, and an EtlError CUT_OVER_NOT_WHOLE (exit 75).
 */
export async function cutOver(request: CutOverRequest, outer: Context): Promise<CutOver> {
  const to = sourceSystemOf(request.apiVersion);
  const runs = await bringWhole(request, outer);
  const last = runs.at(-1)!;
  const lock = await takeRunLock(request.contract, outer.pool);
  const context = { ...outer, signal: AbortSignal.any([outer.signal, lock.lost]) };
  try {
    const { from, before } = await transaction(context.pool, async (tx) => ({
      from: await registerContract(request.contract, request, tx),
      before: await compareSources(request.contract, tx),
    }));
    const stays = { from, to, runs, before, after: before };
    if (from === to) return { outcome: "already_active", ...stays };
    if (last.run.state !== "complete") return { outcome: "has_gaps", ...stays };
    if (request.comparesOnly) return { outcome: "compared", ...stays };
    const startedAt = performance.now();
    const changed = await retry(
      () => transaction(context.pool, (tx) => switchOver({ request, from, to, run: last }, tx, context)),
      {
        clock: context.clock,
        signal: context.signal,
        attempts: 5,
        // Loaders wait for the switch; what else writes to claims may still get in its way.
        shouldRetry: (error) => /^(40001|40P01)$/.test(sqlstate(error) ?? ""),
        onRetry: (error, { attempt }) =>
          context.log.info("source_switch_retried", { attempt, code: sqlstate(error) ?? null }),
      },
    );
    const seconds = Math.round(performance.now() - startedAt) / 1000;
    context.log.info("source_switched", { contract: request.contract, from, to, seconds, ...changed });
    const after = await transaction(context.pool, (tx) => compareSources(request.contract, tx));
    return { outcome: "switched", ...stays, after, changed: { ...changed, seconds } };
  } finally {
    context.progress.end(request.contract);
    await lock.release();
  }
}

/**
 * Syncs until a run of the wanted version has brought everything, or ended with gaps. `sync` goes on with an unfinished run first,
 * which may be another version's or one with a window of its own.
 */
async function bringWhole(request: CutOverRequest, context: Context): Promise<readonly RunSummary[]> {
  const runs: RunSummary[] = [];
  let wasEmpty = false;
  for (let left = MOST_RUNS; left > 0; left -= 1) {
    const summary = await sync(request, context);
    runs.push(summary);
    const { run } = summary;
    const watermark = await transaction(context.pool, (tx) =>
      readWatermark(request.contract, sourceSystemOf(request.apiVersion), tx),
    );
    const isWanted = run.apiVersion === request.apiVersion;
    // A resumed run may have had a window of its own: if it joined what was brought before, it moved the watermark. One without a
    // line moves none: AB2D ends a job that was interrupted so, and only a second such answer says that nothing is new.
    const hasMoved = watermark?.runId === run.runId;
    const isEmptyAgain = totalLines(summary.counts) === 0 && !summary.isResumed && wasEmpty;
    wasEmpty = isWanted && run.state === "complete" && totalLines(summary.counts) === 0 && !summary.isResumed;
    if (isWanted && run.state === "complete" && watermark && (hasMoved || isEmptyAgain)) return runs;
    if (isWanted && run.state !== "complete" && !summary.isResumed) return runs;
  }
  throw new EtlError(
    `Cannot cut over contract ${request.contract}: ${MOST_RUNS} runs did not bring all of ${request.apiVersion}`,
    {
      code: "CUT_OVER_NOT_WHOLE",
      exitCode: ExitCode.tryAgainLater,
      hint: "Nothing was switched. Look at `ab2d history`: if its exports came without a line, ask the AB2D team whether the contract is enabled for that version; otherwise run the same command again.",
    },
  );
}

interface Switch {
  readonly request: CutOverRequest;
  readonly from: SourceSystem;
  readonly to: SourceSystem;
  readonly run: RunSummary;
}

async function switchOver(
  { request, from, to, run: { run } }: Switch,
  tx: Transaction,
  { signal, progress }: Pick<Context, "signal" | "progress">,
): Promise<SwitchedSource> {
  const { contract, familiesAtOnce } = request;
  const changed = await switchSource({ contract, to }, tx, {
    ...(familiesAtOnce === undefined ? {} : { familiesAtOnce }),
    onPart: ({ families, of }) => {
      signal.throwIfAborted();
      progress.report({ contract, phase: "switching", familiesResolved: families, familiesTotal: of });
    },
  });
  await recordAuditEvent(
    {
      action: "source_switched",
      contractNumber: contract,
      runId: run.runId,
      detail: { from, to, ...changed },
    },
    tx,
  );
  signal.throwIfAborted();
  return changed;
}
