import { authenticate } from "../ab2d/authenticate.ts";
import type { Session } from "../ab2d/session.ts";
import { registerContract } from "../control/contracts.ts";
import { jobsOf } from "../control/export-jobs.ts";
import { jobsWithKeptFiles } from "../control/rejected-lines.ts";
import { takeRunLock } from "../control/run-lock.ts";
import type { ApiVersion } from "../domain/api-version.ts";
import type { ContractNumber } from "../domain/contract-number.ts";
import { sweep } from "../landing/landing-folder.ts";
import { type Transaction, transaction } from "../postgres/transaction.ts";
import type { Context, LandAndLoadOptions } from "./land-and-load.ts";

/** How to export a contract's claims, whatever the window. */
export interface ExportRequest extends LandAndLoadOptions {
  readonly contract: ContractNumber;
  readonly apiVersion: ApiVersion;
  /** The contract's attestation date (`YYYY-MM-DD`), where it is known. */
  readonly attestedOn: string | undefined;
  /** What people call the contract, where it was told. */
  readonly contractName?: string | undefined;
  readonly apiUrl: string;
  readonly tokenUrl: string;
  readonly credentials: { readonly clientId: string; readonly clientSecret: string };
  /** Seconds between two status calls. */
  readonly pollInterval: number;
}

/** All that a run of one contract reaches for, while its lock is held. */
export interface ContractSession {
  readonly session: Session;
  readonly request: ExportRequest;
  /** Its signal also aborts when the run lock is lost. */
  readonly context: Context;
}

interface Work<Plan, Result> {
  /** Asks the ledger what is to be done, in which API version. */
  plan(tx: Transaction): Promise<Plan & { readonly apiVersion: ApiVersion }>;
  /** Does it, authenticated. */
  carryOut(plan: Plan, at: ContractSession): Promise<Result>;
}

/**
 * Takes the contract's run lock, plans, removes what nobody needs from the landing folder, authenticates, and lets go of
 * everything afterwards, however the work ends. Throws RUN_LOCKED (75), what planning and {@link authenticate} throw.
 */
export async function withContract<Plan, Result>(
  request: ExportRequest,
  outer: Context,
  { plan, carryOut }: Work<Plan, Result>,
): Promise<Result> {
  const lock = await takeRunLock(request.contract, outer.pool);
  const context = { ...outer, signal: AbortSignal.any([outer.signal, lock.lost]) };
  try {
    const { planned, keep } = await transaction(context.pool, async (tx) => {
      await registerContract(request.contract, request, tx);
      return { planned: await plan(tx), keep: await foldersToKeep(request, tx) };
    });
    await sweep(request.landingDir, { contract: request.contract, keep });
    context.progress.report({ contract: request.contract, phase: "authenticating" });
    const session = await authenticate({ ...request, apiVersion: planned.apiVersion, ...context });
    try {
      return await carryOut(planned, { session, request, context });
    } finally {
      await session.close();
    }
  } finally {
    context.progress.end(request.contract);
    await lock.release();
  }
}

/** The export jobs whose landed files are still needed, or are wanted. */
async function foldersToKeep(
  { contract, keepLanded }: ExportRequest,
  tx: Transaction,
): Promise<ReadonlySet<string>> {
  const jobs = await jobsOf(contract, tx);
  const wanted = keepLanded
    ? jobs
    : jobs.filter(({ state, runState }) => runState === "open" && ["started", "complete"].includes(state));
  return new Set([...(await jobsWithKeptFiles(contract, tx)), ...wanted.map(({ jobId }) => jobId)]);
}
