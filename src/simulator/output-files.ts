import { createHash } from "node:crypto";
import { createWriteStream } from "node:fs";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { createGzip } from "node:zlib";

/** A file of a completed job, on the simulator's disk. */
export interface OutputFile {
  /** `Z0001_0001.ndjson`; error files end in `_error.ndjson`. */
  readonly name: string;
  /** Where the gzip of it lies. */
  readonly path: string;
  /** Lower-case hexadecimal, of the uncompressed bytes. */
  readonly sha256: string;
  /** Uncompressed bytes. */
  readonly length: number;
  readonly isError: boolean;
  /** Completed downloads so far. */
  downloads: number;
}

export interface WriteOutputFilesOptions {
  /** An existing folder. */
  readonly folder: string;
  readonly contract: string;
  /** A batch that would take a file beyond this many bytes begins the next one; no batch is split. */
  readonly rollOverBytes: number;
  /** The number in the first file's name; default 1. */
  readonly firstNumber?: number;
  readonly isError?: boolean;
  readonly signal?: AbortSignal;
}

/**
 * Writes batches of NDJSON to numbered files, gzipped, as AB2D stores them. No batches, no files.
 *
 * @throws the system's error when a file can't be written, or the signal's reason
 */
export async function writeOutputFiles(
  batches: AsyncIterable<Buffer> | Iterable<Buffer>,
  options: WriteOutputFilesOptions,
): Promise<OutputFile[]> {
  const { folder, contract, rollOverBytes, firstNumber = 1, isError = false, signal } = options;
  const iterator = iterate(batches);
  const files: OutputFile[] = [];
  let next = await iterator.next();
  while (!next.done) {
    const number = String(firstNumber + files.length).padStart(4, "0");
    const name = `${contract}_${number}${isError ? "_error" : ""}.ndjson`;
    const path = join(folder, `${name}.gz`);
    const hash = createHash("sha256");
    let length = 0;
    async function* batchesOfFile(): AsyncGenerator<Buffer> {
      while (!next.done && (length === 0 || length + next.value.length <= rollOverBytes)) {
        signal?.throwIfAborted();
        hash.update(next.value);
        length += next.value.length;
        yield next.value;
        next = await iterator.next();
      }
    }
    await pipeline(batchesOfFile(), createGzip({ level: 1 }), createWriteStream(path, { mode: 0o600 }));
    files.push({ name, path, sha256: hash.digest("hex"), length, isError, downloads: 0 });
  }
  return files;
}

async function* iterate(batches: AsyncIterable<Buffer> | Iterable<Buffer>): AsyncGenerator<Buffer> {
  yield* batches;
}
