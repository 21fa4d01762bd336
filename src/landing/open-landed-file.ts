import { createReadStream } from "node:fs";
import { open } from "node:fs/promises";
import { basename } from "node:path";
import { pipeline, type Readable } from "node:stream";
import { createGunzip } from "node:zlib";
import { EtlError, ExitCode, errorCode } from "../errors.ts";

const READ_BYTES = 1024 * 1024;

/**
 * Opens a file on disk and reads its uncompressed bytes, whether it is gzipped or not (told by its first bytes). A gzip that
 * breaks off is an error: the gunzip is strict. Opening throws FILE_NOT_READABLE (exit 74), reading also FILE_TRUNCATED and
 * FILE_CORRUPT (exit 76).
 */
export async function openLandedFile(path: string): Promise<AsyncIterable<Buffer>> {
  const isGzip = await isGzipFile(path);
  const bytes = createReadStream(path, { highWaterMark: READ_BYTES });
  const uncompressed: Readable = isGzip
    ? pipeline(bytes, createGunzip({ chunkSize: READ_BYTES }), () => {})
    : bytes;
  return namingFaults(uncompressed, basename(path));
}

/** Whether the file at `path` begins as gzip does. Throws an EtlError FILE_NOT_READABLE (exit 74) when it can't be read. */
export async function isGzipFile(path: string): Promise<boolean> {
  try {
    const file = await open(path, "r");
    try {
      const { buffer, bytesRead } = await file.read(Buffer.alloc(2), 0, 2, 0);
      return bytesRead === 2 && buffer[0] === 0x1f && buffer[1] === 0x8b;
    } finally {
      await file.close();
    }
  } catch (error) {
    throw notReadable(basename(path), error);
  }
}

async function* namingFaults(bytes: Readable, name: string): AsyncGenerator<Buffer> {
  try {
    for await (const chunk of bytes) yield chunk as Buffer;
  } catch (error) {
    const code = errorCode(error);
    if (code === "Z_BUF_ERROR")
      throw spoilt(name, "FILE_TRUNCATED", "its gzip stream breaks off before its end");
    if (code?.startsWith("Z_")) throw spoilt(name, "FILE_CORRUPT", `its gzip stream is damaged (${code})`);
    throw notReadable(name, error);
  }
}

function spoilt(name: string, code: string, what: string): EtlError {
  return new EtlError(`Cannot read the file ${name}: ${what}`, {
    code,
    exitCode: ExitCode.protocol,
    hint: "Nothing of it was loaded. Get the file again.",
  });
}

function notReadable(name: string, error: unknown): EtlError {
  return new EtlError(`Cannot read the file ${name}: ${errorCode(error) ?? "it can't be opened"}`, {
    code: "FILE_NOT_READABLE",
    exitCode: ExitCode.io,
    hint: "Check the path and that this user may read it.",
    cause: error,
  });
}
