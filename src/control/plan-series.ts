import type { Duration } from "luxon";
import { type ApiVersion, sourceSystemOf } from "../domain/api-version.ts";
import type { ContractNumber } from "../domain/contract-number.ts";
import type { ExportWindow } from "../domain/export-window.ts";
import { clampSince, firstSince, midnightOf, nextSince } from "../domain/since.ts";
import { EtlError, ExitCode } from "../errors.ts";
import type { Transaction } from "../postgres/transaction.ts";
import { attestationDate } from "./contracts.ts";
import {
  type LedgerSeries,
  type NewSeries,
  newestSeries,
  type SeriesCommand,
  type WindowsLeft,
  windowsLeft,
} from "./series.ts";
import { readWatermark } from "./watermark.ts";

export interface SeriesRequest {
  readonly contract: ContractNumber;
  readonly command: SeriesCommand;
  readonly apiVersion: ApiVersion;
  readonly attestedOn: string | undefined;
  /** Where to begin instead of at the attestation date: a date (`YYYY-MM-DD`) or a date-time with an offset. */
  readonly from?: string | undefined;
  /** The longest window; absent: everything in one. */
  readonly length?: Duration | undefined;
  readonly overlapDays: number;
  /** Whether an unfinished or complete series is passed over and everything is asked for anew. */
  readonly restarts?: boolean | undefined;
}

/** What a series is going to do, and what the operator should know about it. */
export interface SeriesPlan {
  /** An unfinished series that goes on; absent: `opens` starts. */
  readonly resumes: LedgerSeries | undefined;
  /** A backfill of this start and API version that is complete: nothing is left to bring. */
  readonly done: LedgerSeries | undefined;
  readonly opens: NewSeries;
  /** What is left to bring, in order. */
  readonly windows: readonly ExportWindow[];
  readonly notes: readonly string[];
}

/**
 * Asks the ledger what a backfill or reconciliation has to bring: what is left of the unfinished one, or everything. A backfill
 * that is complete is not brought again.
 *
 * Throws SERIES_START_UNKNOWN (64) where windows would need the attestation date, SERIES_START_IN_FUTURE (64), and
 * SERIES_STARTS_ELSEWHERE (64) where an unfinished series began at another instant than asked for.
 */
export async function planSeries(
  request: SeriesRequest,
  { now }: { readonly now: Date },
  tx: Transaction,
): Promise<SeriesPlan> {
  const { contract, command, apiVersion, overlapDays } = request;
  const attestedOn = request.attestedOn ?? (await attestationDate(contract, tx));
  const { since, notes } = chooseStart(request, { attestedOn, now });
  const isCut = request.length !== undefined && apiVersion !== "v1";
  const newest = request.restarts ? undefined : await newestSeries(request, tx);
  if (newest?.state === "open") {
    if (request.from !== undefined && !isSame(since, newest.requestedSince)) throw startsElsewhere(newest);
    // It may have begun in one window, which needs no date.
    const beginsAtFloor = isSame(newest.requestedSince, firstSince(newest.apiVersion, undefined));
    if (isCut && attestedOn === undefined && request.from === undefined && beginsAtFloor)
      throw startUnknown(contract);
    const opened = newest.openedAt.toISOString();
    const goesOn = `The ${command} of ${newest.apiVersion.toUpperCase()} that was opened at ${opened} goes on.`;
    const left = await windowsLeft(newest, { ...request, now }, tx);
    return {
      resumes: newest,
      done: undefined,
      opens: newest,
      windows: inOrder(left),
      notes: [goesOn, ...notes],
    };
  }
  // V1 and V2 are one source: that all of V1 is in says nothing of V2.
  const isDone =
    newest?.state === "complete" &&
    command === "backfill" &&
    newest.apiVersion === apiVersion &&
    isSame(since, newest.requestedSince);
  if (newest && isDone) {
    const note = `It was complete at ${newest.completedAt?.toISOString()}; --restart asks for everything again.`;
    return { resumes: undefined, done: newest, opens: newest, windows: [], notes: [note] };
  }
  if (isCut && attestedOn === undefined && request.from === undefined) throw startUnknown(contract);
  const watermark = await readWatermark(contract, sourceSystemOf(apiVersion), tx);
  const opens: NewSeries = {
    contractNumber: contract,
    command,
    apiVersion,
    requestedSince: since,
    incrementalSince:
      watermark && nextSince({ apiVersion, attestedOn, overlapDays, watermark: watermark.exportedAt }),
  };
  const left = await windowsLeft(opens, { ...request, now }, tx);
  return { resumes: undefined, done: undefined, opens, windows: inOrder(left), notes };
}

function inOrder({ bounded, unconfirmed, open }: WindowsLeft): readonly ExportWindow[] {
  return [...bounded, ...unconfirmed, ...(open ? [open] : [])];
}

function chooseStart(
  { from, apiVersion, command }: SeriesRequest,
  { attestedOn, now }: { readonly attestedOn: string | undefined; readonly now: Date },
): { readonly since: string | undefined; readonly notes: readonly string[] } {
  if (from === undefined) return { since: firstSince(apiVersion, attestedOn), notes: [] };
  const asked = /^\d{4}-\d\d-\d\d$/.test(from) ? midnightOf(from) : from;
  const since = clampSince(asked, { apiVersion, attestedOn });
  if (new Date(since) > now) {
    throw new EtlError(`Cannot ${command} from ${since}: that is in the future`, {
      code: "SERIES_START_IN_FUTURE",
      exitCode: ExitCode.usage,
      hint: "Give --from a date that has passed, such as the contract's attestation date.",
    });
  }
  const notes =
    since === asked
      ? [`Claims last updated before ${from} are not asked for.`]
      : [
          `AB2D has nothing from before ${since}: the ${apiVersion.toUpperCase()} exports start there, not at ${from}.`,
        ];
  return { since, notes };
}

function isSame(a: string | undefined, b: string | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  return new Date(a).getTime() === new Date(b).getTime();
}

function startsElsewhere({ command, requestedSince }: LedgerSeries): EtlError {
  const start = requestedSince ?? "the beginning";
  return new EtlError(`Cannot start another ${command}: one that starts at ${start} is not finished`, {
    code: "SERIES_STARTS_ELSEWHERE",
    exitCode: ExitCode.usage,
    hint: "Leave --from out to go on with it, or give it up with --restart: what it brought stays.",
  });
}

function startUnknown(contract: ContractNumber): EtlError {
  return new EtlError(
    `Cannot cut the exports of contract ${contract} into windows: its attestation date is not known`,
    {
      code: "SERIES_START_UNKNOWN",
      exitCode: ExitCode.usage,
      hint: "Set attestedOn for the contract in ab2d.yaml, or give --from. AB2D ignores the end of a window that ends before the attestation, and would export everything again for each.",
    },
  );
}
