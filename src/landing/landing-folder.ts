import type { Dirent } from "node:fs";
import { lstat, readdir, rm } from "node:fs/promises";
import path from "node:path";
import { EtlError, ExitCode, errorCode } from "../errors.ts";
import { storageError } from "./storage-error.ts";

export interface LandingFolderKey {
  /** The contract's number, `Z0001`. */
  readonly contract: string;
  /** The export job's UUID: file names repeat from job to job. */
  readonly jobId: string;
}

const CONTRACT = /^[A-Z0-9]{5}$/;
const JOB_ID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const FILE_NAME = /^[A-Za-z0-9]{1,32}_\d{4,16}(?:_error)?\.ndjson$/;
const PART = /\.part$/;

/** The folder of one export job's files: `root/contract/jobId`. Throws `UNSAFE_PATH` (70). */
export function landingFolder(root: string, { contract, jobId }: LandingFolderKey): string {
  if (!JOB_ID.test(jobId)) throw unsafe("the export job's id is not a UUID in lower case");
  return path.join(contractFolder(root, contract), jobId);
}

/** Where an output file lands in its job's folder. Throws `UNSAFE_PATH` (70) unless `name` is one that AB2D makes. */
export function landedPath(folder: string, name: string): string {
  if (!FILE_NAME.test(name)) throw unsafe("the output file's name is not one that AB2D makes");
  return path.join(folder, `${name}.gz`);
}

/** Removes a landed file; one that isn't there is no error. Throws `LANDING_IO` (74). */
export async function removeLandedFile(landedFile: string): Promise<void> {
  try {
    await rm(landedFile, { force: true });
  } catch (error) {
    throw storageError(error, { doing: "remove a landed file" });
  }
}

export interface SweepOptions {
  readonly contract: string;
  /** Ids of the export jobs whose folders stay, less their unfinished downloads. */
  readonly keep: ReadonlySet<string>;
}

/**
 * Removes what runs of `contract` left behind: folders of jobs that nobody needs, and `.part` files in the others. What isn't
 * named like a job is left alone, and links are not followed. Only for the holder of the contract's lock. Throws `LANDING_IO` (74).
 */
export async function sweep(root: string, { contract, keep }: SweepOptions): Promise<void> {
  const folder = contractFolder(root, contract);
  try {
    for (const entry of await entriesOf(folder)) {
      if (!entry.isDirectory() || !JOB_ID.test(entry.name)) continue;
      const jobFolder = path.join(folder, entry.name);
      if (!keep.has(entry.name)) await rm(jobFolder, { recursive: true, force: true });
      else await removeParts(jobFolder);
    }
  } catch (error) {
    throw storageError(error, { doing: `sweep the landing folder of contract ${contract}` });
  }
}

async function removeParts(jobFolder: string): Promise<void> {
  for (const entry of await entriesOf(jobFolder)) {
    if (!entry.isDirectory() && PART.test(entry.name))
      await rm(path.join(jobFolder, entry.name), { force: true });
  }
}

async function entriesOf(folder: string): Promise<Dirent[]> {
  try {
    if (!(await lstat(folder)).isDirectory()) return [];
    return await readdir(folder, { withFileTypes: true });
  } catch (error) {
    if (errorCode(error) === "ENOENT") return [];
    throw error;
  }
}

function contractFolder(root: string, contract: string): string {
  if (!CONTRACT.test(contract)) throw unsafe("the contract's number is not five capitals or digits");
  return path.join(root, contract);
}

function unsafe(rule: string): EtlError {
  return new EtlError(`Cannot name a place in the landing folder: ${rule}`, {
    code: "UNSAFE_PATH",
    exitCode: ExitCode.invariantBroken,
  });
}
