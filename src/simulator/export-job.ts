import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import type { ApiVersion } from "../domain/api-version.ts";
import { errorCode } from "../errors.ts";
import type { ExportWindow } from "./claim-source.ts";
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
  readonly completesAt: number;
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

export interface StartJobOptions {
  readonly id: string;
  readonly contract: ServedContract;
  readonly window: ExportWindow;
  readonly request: string;
}

/** Starts a job: its files are written in the background while its time, by the server's clock, runs. */
export function startJob(
  simulation: Simulation,
  { id, contract, window, request }: StartJobOptions,
): ExportJob {
  const controller = new AbortController();
  const signal = AbortSignal.any([controller.signal, simulation.signal]);
  const { jobSeconds } = simulation.settings;
  const job: ExportJob = {
    id,
    contract,
    apiVersion: window.apiVersion,
    createdAt: window.asOf,
    completesAt: window.asOf + Math.round(jobSeconds * 1000),
    request,
    isCancelled: false,
    polledAt: undefined,
    files: undefined,
    hasFailed: false,
    written: writeFiles(simulation, { contract, window, id, signal })
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
  if (now >= job.createdAt + STUCK_AFTER_HOURS * 3_600_000 && job.completesAt > now) return "CANCELLED";
  if (now < job.completesAt) return "IN_PROGRESS";
  if (job.hasFailed) return "FAILED";
  return job.files ? "SUCCESSFUL" : "IN_PROGRESS";
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

interface WriteFilesOptions {
  readonly id: string;
  readonly contract: ServedContract;
  readonly window: ExportWindow;
  readonly signal: AbortSignal;
}

async function writeFiles(
  simulation: Simulation,
  { id, contract, window, signal }: WriteFilesOptions,
): Promise<readonly OutputFile[]> {
  const folder = join(simulation.folder, id);
  const { rollOverBytes } = simulation.settings;
  const { behaviour } = simulation.faults;
  await mkdir(folder, { mode: 0o700 });
  const options = { folder, contract: contract.number, rollOverBytes, signal };
  const batches = contract.source.batches(window);
  const files = await writeOutputFiles(behaviour.duplicateLines ? withDuplicates(batches) : batches, options);
  if (!behaviour.errorFile) return files;
  return [...files, ...(await writeOutputFiles([errorLines()], { ...options, isError: true }))];
}

async function* withDuplicates(batches: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  for await (const batch of batches) {
    const lines = batch.toString("latin1").split(/(?<=\n)/);
    yield Buffer.from(
      lines.flatMap((line, index) => (index % 3 === 0 ? [line, line] : [line])).join(""),
      "latin1",
    );
  }
}

function errorLines(): Buffer {
  const issue = {
    severity: "error",
    code: "invalid",
    details: { text: "Unable to serialize an ExplanationOfBenefit" },
  };
  const line = `${JSON.stringify({ resourceType: "OperationOutcome", issue: [issue] })}\n`;
  return Buffer.from(line + line);
}
