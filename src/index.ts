/** The library's door: what the command line does, as functions. */
export { type Clock, systemClock } from "./clock.ts";
export type { RunSummary } from "./control/summarize-run.ts";
export { type ApiVersion, sourceSystemOf } from "./domain/api-version.ts";
export { type ContractNumber, parseContractNumber } from "./domain/contract-number.ts";
export type { LineCounts } from "./domain/line-counts.ts";
export { nextSince, roundDownToTuesday } from "./domain/since.ts";
export { EtlError, ExitCode } from "./errors.ts";
export { type Log, silentLog } from "./log.ts";
export { type CutOver, type CutOverRequest, cutOver } from "./pipeline/cut-over.ts";
export type { Context } from "./pipeline/land-and-load.ts";
export { type LoadRequest, load } from "./pipeline/load.ts";
export { type SyncRequest, sync } from "./pipeline.ts";
export { migrate } from "./postgres/migrate.ts";
export { type OpenDatabase, openDatabase } from "./postgres/open-database.ts";
export { type Progress, silentProgress } from "./progress.ts";
