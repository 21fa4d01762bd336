import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGunzip, createGzip } from "node:zlib";
import type { Clock } from "../clock.ts";
import { EtlError, ExitCode, errorCode } from "../errors.ts";
import { retry, TransientError } from "../retry.ts";
import type { LandedFile } from "./landed-file.ts";
import { landedPath } from "./landing-folder.ts";
import { type Measurement, measure } from "./measure.ts";
import { type Pace, SLOWEST_PACE, watchPace } from "./pace.ts";
import { openPartFile, type PartFile } from "./part-file.ts";

/** What to land, and what the manifest says of its uncompressed bytes. */
export interface WantedFile {
  readonly name: string;
  /** In hex. */
  readonly sha256: string | undefined;
  readonly byteLength: number | undefined;
}

export interface OpenedBody {
  readonly body: Readable;
  readonly encoding: "gzip" | "identity";
}

export interface DownloadOptions {
  /** The export job's folder, from `landingFolder`. */
  readonly folder: string;
  /** Begins the transfer. Its errors end the download, `TransientError`s apart. */
  readonly open: () => Promise<OpenedBody>;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly random?: () => number;
  /** Transfers in all. AB2D gives a file six times, so a few must be left for another day. Default: 3. */
  readonly attempts?: number;
  /** The slowest transfer that is borne. Default: 4 KiB a second over a minute. */
  readonly pace?: Pace;
  /** Told the uncompressed bytes as they come, and their negative sum when an attempt is discarded: the sum is always true. */
  readonly onBytes?: (bytes: number) => void;
  /** Told why a transfer was discarded, before the next one. */
  readonly onRetry?: (error: unknown) => void;
}

/** Where the manifest tells no length: AB2D rolls files over at 200 MiB, and a batch of 100 members is never split. */
const MOST_BYTES = 2 * 1024 ** 3;
const FULL_CHUNK = 256 * 1024;
const WORTH_ANOTHER_TRANSFER = new Set(["TRUNCATED", "TOO_SLOW", "LENGTH_MISMATCH", "CHECKSUM_MISMATCH"]);

/**
 * Lands one output file: writes it as gzip to `name.gz.part`, and gives it the name `name.gz` only when a strict gunzip of those
 * very bytes has the manifest's length and SHA-256 and the file is durable. Stops as soon as there are more bytes than wanted.
 *
 * A manifest of 2020 tells neither: then only the gzip stream's own end and checksum, or the transfer's, stand for the content.
 *
 * Throws, after the last attempt, `TRUNCATED`, `LENGTH_MISMATCH` or `CHECKSUM_MISMATCH` (76), `TOO_SLOW` (69); at once `DISK_FULL`
 * (73), `LANDING_IO` (74), and what `open` throws.
 */
export function download(
  file: WantedFile,
  {
    folder,
    open,
    clock,
    signal,
    random,
    attempts = 3,
    pace = SLOWEST_PACE,
    onBytes,
    onRetry,
  }: DownloadOptions,
): Promise<LandedFile> {
  return retry(() => land(file, { folder, open, signal, pace, onBytes }), {
    clock,
    signal,
    random,
    attempts,
    onRetry: (error) => onRetry?.(error),
    shouldRetry: (error) =>
      error instanceof TransientError ||
      (error instanceof EtlError && WORTH_ANOTHER_TRANSFER.has(error.code)),
  });
}

type LandOptions = Pick<DownloadOptions, "folder" | "open" | "signal"> & {
  readonly pace: Pace;
  readonly onBytes: DownloadOptions["onBytes"];
};

async function land(
  file: WantedFile,
  { folder, open, signal, pace, onBytes }: LandOptions,
): Promise<LandedFile> {
  const target = landedPath(folder, file.name);
  const doing = `land output file "${file.name}"`;
  const part = await openPartFile(target, { doing });
  let received = 0;
  try {
    const opened = await open();
    const measured = await receive(opened, part, {
      signal,
      doing,
      pace,
      limit: file.byteLength ?? MOST_BYTES,
      onBytes(bytes) {
        received += bytes;
        onBytes?.(bytes);
      },
    });
    compare(measured, file, doing);
    await part.land();
    return { path: target, ...measured };
  } catch (error) {
    if (received > 0) onBytes?.(-received);
    await part.discard();
    throw error;
  }
}

interface ReceiveOptions {
  readonly signal: AbortSignal;
  readonly doing: string;
  readonly pace: Pace;
  /** Uncompressed bytes. */
  readonly limit: number;
  readonly onBytes: (bytes: number) => void;
}

/** Writes the transfer to `part` and measures what a reader of it will see. */
async function receive(
  { body, encoding }: OpenedBody,
  part: PartFile,
  { signal, doing, pace, limit, onBytes }: ReceiveOptions,
): Promise<Measurement> {
  // What a stage of ours throws is kept here: leaving a `for await` destroys the stage before it with an AbortError, and
  // pipeline() may report that one instead.
  let failed: unknown;
  function fail(error: unknown): never {
    failed ??= error;
    throw error;
  }
  const watch = watchPace(pace, () => {
    failed ??= tooSlow(`Cannot ${doing}: less than ${pace.bytes} bytes came in ${pace.over / 1000} seconds`);
    body.destroy();
  });
  // Before anything packs or holds back what came.
  async function* counted(source: AsyncIterable<Buffer>) {
    for await (const chunk of source) {
      watch.count(chunk.length);
      yield chunk;
    }
  }
  async function* write(source: AsyncIterable<Buffer>) {
    for await (const chunk of source) {
      await part.write(chunk).catch(fail);
      yield chunk;
    }
  }
  const weigh = (source: AsyncIterable<Buffer>) =>
    measure(source, {
      onBytes(bytes, total) {
        if (total > limit) {
          fail(
            failure(
              `Cannot ${doing}: more than ${limit} uncompressed bytes came, wanted ${limit}`,
              "LENGTH_MISMATCH",
            ),
          );
        }
        onBytes(bytes);
      },
    });
  const gunzip = createGunzip({ chunkSize: FULL_CHUNK });
  gunzip.once("error", (error) => {
    if (errorCode(error)?.startsWith("Z_")) failed ??= transferError(error, doing);
  });
  try {
    return encoding === "gzip"
      ? await pipeline(body, counted, write, gunzip, weigh, { signal })
      : await pipeline(body, counted, createGzip({ level: 1 }), write, gunzip, weigh, { signal });
  } catch (error) {
    signal.throwIfAborted();
    throw failed ?? transferError(error, doing);
  } finally {
    watch.stop();
  }
}

function tooSlow(message: string): EtlError {
  return new EtlError(message, {
    code: "TOO_SLOW",
    exitCode: ExitCode.unavailable,
    hint: "Run again when the network is faster: files that have landed are not downloaded again",
  });
}

/** A failed body or a broken gzip stream. The original is no cause: an HTTP parser's error holds bytes of the body. */
function transferError(error: unknown, doing: string): EtlError {
  const code = errorCode(error) ?? "unknown error";
  if (code === "UND_ERR_BODY_TIMEOUT") return tooSlow(`Cannot ${doing}: the transfer fell silent`);
  return code === "Z_DATA_ERROR"
    ? failure(`Cannot ${doing}: its gzip stream is damaged`, "CHECKSUM_MISMATCH")
    : failure(`Cannot ${doing}: the transfer ended before the file did (${code})`, "TRUNCATED");
}

function compare({ byteLength, sha256 }: Measurement, wanted: WantedFile, doing: string): void {
  if (wanted.byteLength !== undefined && byteLength !== wanted.byteLength) {
    throw failure(
      `Cannot ${doing}: it has ${byteLength} uncompressed bytes, the manifest says ${wanted.byteLength}`,
      "LENGTH_MISMATCH",
    );
  }
  if (wanted.sha256 !== undefined && sha256 !== wanted.sha256.toLowerCase()) {
    throw failure(
      `Cannot ${doing}: its SHA-256 is ${sha256}, the manifest says ${wanted.sha256.toLowerCase()}`,
      "CHECKSUM_MISMATCH",
    );
  }
}

function failure(message: string, code: string): EtlError {
  return new EtlError(message, {
    code,
    exitCode: ExitCode.protocol,
    hint: "Nothing of it was kept. Run again; if it stays so, start a new export, and check the proxy",
  });
}
