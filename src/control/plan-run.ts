import { type ApiVersion, type SourceSystem, sourceSystemOf } from "../domain/api-version.ts";
import type { ContractNumber } from "../domain/contract-number.ts";
import { clampSince, firstSince, nextSince } from "../domain/since.ts";
import { EtlError, ExitCode } from "../errors.ts";
import type { Transaction } from "../postgres/transaction.ts";
import { attestationDate } from "./contracts.ts";
import type { LedgerJob } from "./export-jobs.ts";
import type { LedgerRun } from "./runs.ts";
import { findOpenSeries } from "./series.ts";
import { findUnfinishedRun } from "./unfinished-run.ts";
import { readWatermark, type Watermark } from "./watermark.ts";

/** Where the next `_since` comes from: the start of the last complete run, or the Since-Datetime that it returned. */
export type SincePolicy = "run-start" | "since-datetime";

export interface RunRequest {
  readonly contract: ContractNumber;
  readonly apiVersion: ApiVersion;
  readonly attestedOn: string | undefined;
  /** Asked for explicitly, ISO 8601 with an offset. */
  readonly since?: string | undefined;
  readonly until?: string | undefined;
  /** From the beginning, whatever the watermark says. */
  readonly full?: boolean | undefined;
  readonly overlapDays: number;
  readonly sincePolicy: SincePolicy;
}

/** What a run is going to do, and what the operator should know about it. */
export interface RunPlan {
  /** An unfinished run that goes on; absent: a new one starts. */
  readonly resumes: LedgerRun | undefined;
  /** An unfinished run that can't go on: its job is gone, and the new one takes its place. */
  readonly givesUp: LedgerRun | undefined;
  readonly job: LedgerJob | undefined;
  readonly since: string | undefined;
  readonly until: string | undefined;
  readonly watermark: Watermark | undefined;
  readonly notes: readonly string[];
}

/** Asks the ledger what has to be done for a contract: the unfinished run if there is one, otherwise the next window. */
export async function planRun(
  asked: RunRequest,
  { now }: { readonly now: Date },
  tx: Transaction,
): Promise<RunPlan> {
  const attestedOn = asked.attestedOn ?? (await attestationDate(asked.contract, tx));
  const request = { ...asked, attestedOn };
  const watermark = await readWatermark(request.contract, sourceSystemOf(request.apiVersion), tx);
  const activeSource = await activeSourceOf(request.contract, tx);
  const sourceNotes =
    activeSource === undefined || activeSource === sourceSystemOf(request.apiVersion)
      ? []
      : [
          `Analysts see this contract's claims of ${activeSource === "ccw" ? "V1 and V2" : "V3"} only; those of ${request.apiVersion} are kept but not current.`,
        ];
  const unfinished = await findUnfinishedRun(request.contract, { seriesId: undefined, now }, tx);
  if (unfinished?.canGoOn) {
    const { run, job } = unfinished;
    return {
      resumes: run,
      givesUp: undefined,
      job,
      since: run.requestedSince,
      until: run.requestedUntil,
      watermark,
      notes: [`Run ${run.runId} was not finished and went on with its own window.`, ...sourceNotes],
    };
  }
  const series = await findOpenSeries({ ...request, command: "backfill" }, tx);
  if (series && watermark === undefined && request.since === undefined && !request.full) {
    throw new EtlError(`Cannot sync contract ${request.contract}: its backfill is not finished`, {
      code: "BACKFILL_UNFINISHED",
      exitCode: ExitCode.tryAgainLater,
      hint: `\`ab2d backfill ${request.contract}\` goes on with it; \`ab2d sync ${request.contract} --full\` exports everything in one job instead.`,
    });
  }
  const { since, notes } = chooseSince(request, watermark);
  return {
    resumes: undefined,
    givesUp: unfinished?.run,
    job: undefined,
    since,
    until: request.until,
    watermark,
    notes: [...notes, ...sourceNotes],
  };
}

async function activeSourceOf(contract: ContractNumber, tx: Transaction): Promise<SourceSystem | undefined> {
  const row = await tx.db
    .selectFrom("ab2d.contract")
    .select("active_source_system")
    .where("contract_number", "=", contract)
    .executeTakeFirst();
  return row?.active_source_system as SourceSystem | undefined;
}

function chooseSince(
  request: RunRequest,
  watermark: Watermark | undefined,
): { readonly since: string | undefined; readonly notes: readonly string[] } {
  const { apiVersion, attestedOn, overlapDays } = request;
  if (request.since !== undefined) {
    const since = clampSince(request.since, { apiVersion, attestedOn });
    const notes =
      since === request.since
        ? []
        : [`AB2D has nothing from before ${since}: the export starts there, not at ${request.since}.`];
    if (watermark ? new Date(since) > watermark.exportedAt : true) {
      notes.push("The watermark stays where it is unless this window joins what was brought before.");
    }
    return { since, notes };
  }
  if (request.full || watermark === undefined)
    return { since: firstSince(apiVersion, attestedOn), notes: [] };
  if (request.sincePolicy === "since-datetime") {
    if (watermark.sinceDatetime !== undefined) {
      return {
        since: clampSince(watermark.sinceDatetime, { apiVersion, attestedOn }),
        notes: [
          "The stored Since-Datetime is the lower bound of the last run: asked again as it is, the window never advances.",
        ],
      };
    }
    return {
      since: nextSince({ apiVersion, attestedOn, overlapDays, watermark: watermark.exportedAt }),
      notes: [
        "The server returned no Since-Datetime for the last run: the start of that run is used instead.",
      ],
    };
  }
  return {
    since: nextSince({ apiVersion, attestedOn, overlapDays, watermark: watermark.exportedAt }),
    notes: [],
  };
}
