import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import type { ApiVersion } from "../domain/api-version.ts";
import { errorCode } from "../errors.ts";
import type { ClaimOfMember, ExportWindow } from "./claim-source.ts";
import { type OutputFile, writeOutputFiles } from "./output-files.ts";
import type { ServedContract, Simulation } from "./simulation.ts";

/** Jobs that run longer are cancelled by AB2D's hourly look-out (`stuck.job.cancel.threshold`). */
const STUCK_AFTER_HOURS = 48;

export type JobStatus = "IN_PROGRESS" | "SUCCESSFUL" | "FAILED" | "CANCELLED";

/** An accepted `$export`. Instants are epoch milliseconds. */
export interface ExportJob {
  readonly id: string;
  readonly contract: ServedContract;
  readonly apiVersion: ApiVersion;
  readonly createdAt: number;
  /** Until then it is queued. */
  readonly startsAt: number;
  readonly completesAt: number;
  readonly end: JobPlan["end"];
  /** The request's URL as received; the manifest shows it percent-encoded once more. */
  readonly request: string;
  isCancelled: boolean;
  /** Of the last poll that was not refused. */
  polledAt: number | undefined;
  /** Set when the files are written. */
  files: readonly OutputFile[] | undefined;
  hasFailed: boolean;
  /** Settles when the writing of the files has ended, one way or the other. */
  readonly written: Promise<void>;
  /** Stops the writing. */
  abort(): void;
}

/** A job that is about to start. */
export interface JobPlan {
  readonly id: string;
  readonly contract: ServedContract;
  readonly window: ExportWindow;
  /** The request's URL, as the manifest will echo it. */
  readonly request: string;
  /** Whether it is not the client's, but one that somebody else starts. */
  readonly isRival: boolean;
  readonly queuedMilliseconds: number;
  readonly runMilliseconds: number;
  /** How it ends when its time is up. */
  readonly end: "SUCCESSFUL" | "FAILED" | "CANCELLED";
  readonly rollOverBytes: number;
  /** The number of its first file. */
  readonly firstFileNumber: number;
}

export type StartJobOptions = Pick<JobPlan, "id" | "contract" | "window" | "request" | "isRival">;

/** Starts a job: its files are written in the background while its time, by the server's clock, runs. */
export function startJob(simulation: Simulation, options: StartJobOptions): ExportJob {
  const { jobSeconds, rollOverBytes } = simulation.settings;
  const plan = simulation.faults.job({
    ...options,
    queuedMilliseconds: 0,
    runMilliseconds: Math.round(jobSeconds * 1000),
    end: "SUCCESSFUL",
    rollOverBytes,
    firstFileNumber: 1,
  });
  const { id, contract, window, request, end } = plan;
  const controller = new AbortController();
  const signal = AbortSignal.any([controller.signal, simulation.signal]);
  const startsAt = window.asOf + plan.queuedMilliseconds;
  const job: ExportJob = {
    id,
    contract,
    apiVersion: window.apiVersion,
    createdAt: window.asOf,
    startsAt,
    completesAt: startsAt + plan.runMilliseconds,
    end,
    request,
    isCancelled: false,
    polledAt: undefined,
    files: undefined,
    hasFailed: false,
    written: writeFiles(simulation, plan, signal)
      .then((files) => {
        job.files = files;
      })
      .catch((error: unknown) => {
        job.hasFailed = true;
        if (!signal.aborted) {
          simulation.log.warn("simulator_job_failed", { job_id: id, reason: errorCode(error) });
        }
      }),
    abort: () => controller.abort(new Error("job cancelled")),
  };
  simulation.jobs.set(id, job);
  return job;
}

/** The job's status at `now`. A job is complete when its time is up and its files are written. */
export function statusOf(job: ExportJob, now: number): JobStatus {
  if (job.isCancelled) return "CANCELLED";
  if (now >= stuckAt(job) && job.completesAt > now) return "CANCELLED";
  if (now < job.completesAt) return "IN_PROGRESS";
  if (job.end === "CANCELLED") return "CANCELLED";
  if (job.hasFailed || job.end === "FAILED") return "FAILED";
  return job.files ? "SUCCESSFUL" : "IN_PROGRESS";
}

/** The look-out comes by once an hour and leaves queued jobs alone. */
function stuckAt({ createdAt, startsAt }: ExportJob): number {
  return Math.max(createdAt + STUCK_AFTER_HOURS * 3_600_000, startsAt + 3_600_000);
}

/** Waits for the files of a job whose time is up, for two real seconds at most: its status then follows the clock alone. */
export async function settleJob(job: ExportJob, now: number): Promise<void> {
  if (job.isCancelled || now < job.completesAt || job.files) return;
  let timer: NodeJS.Timeout | undefined;
  const patience = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, 2000);
  });
  await Promise.race([job.written, patience]);
  clearTimeout(timer);
}

/** The instant (epoch milliseconds) from which the job's files are gone. */
export function filesExpireAt(job: ExportJob, { fileHours }: { readonly fileHours: number }): number {
  return job.completesAt + fileHours * 3_600_000;
}

/** Removes the files of a job from the disk. */
export async function removeFiles(simulation: Simulation, job: ExportJob): Promise<void> {
  await job.written;
  await rm(join(simulation.folder, job.id), { recursive: true, force: true });
}

async function writeFiles(
  { folder: root, faults }: Simulation,
  plan: JobPlan,
  signal: AbortSignal,
): Promise<readonly OutputFile[]> {
  const { id, contract, window, rollOverBytes, firstFileNumber } = plan;
  const folder = join(root, id);
  const options = { folder, contract: contract.number, rollOverBytes, signal };
  const delivers = (claim: ClaimOfMember): boolean =>
    faults.enrolls(claim, window.asOf) && !faults.omits(claim, id);
  const batches = faults.batches(contract.source.batches({ ...window, delivers }), plan);
  const errors = faults.errorBatches([]);
  await mkdir(folder, { mode: 0o700 });
  return [
    ...(await writeOutputFiles(batches, { ...options, firstNumber: firstFileNumber })),
    ...(await writeOutputFiles(errors, { ...options, isError: true })),
  ];
}
