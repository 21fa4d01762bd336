import { constants } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { pipeline } from "node:stream/promises";
import { createGunzip } from "node:zlib";
import { errorCode } from "../errors.ts";
import type { LandedFile } from "./landed-file.ts";
import { measure } from "./measure.ts";
import { storageError } from "./storage-error.ts";

const NO_FOLLOW = constants.O_NOFOLLOW ?? 0; // Windows has no such flag.
const FULL_CHUNK = 256 * 1024;

/**
 * Whether a landed file is still on disk, whole and unchanged. A run that resumes asks before it trusts an earlier one's file.
 * Throws `LANDING_IO` (74) when the file can't be read, which says nothing of its content.
 */
export async function verifyLandedFile({ path, byteLength, sha256 }: LandedFile): Promise<boolean> {
  const doing = "verify a landed file";
  let file: FileHandle;
  try {
    file = await open(path, constants.O_RDONLY | NO_FOLLOW);
  } catch (error) {
    const code = errorCode(error);
    if (code === "ENOENT" || code === "ENOTDIR" || code === "ELOOP") return false;
    throw storageError(error, { doing });
  }
  let isDamaged = false;
  const gunzip = createGunzip({ chunkSize: FULL_CHUNK });
  gunzip.once("error", (error) => {
    isDamaged ||= errorCode(error)?.startsWith("Z_") ?? false;
  });
  try {
    const measured = await pipeline(
      file.createReadStream({ autoClose: false, highWaterMark: FULL_CHUNK }),
      gunzip,
      (source: AsyncIterable<Buffer>) =>
        measure(source, {
          onBytes(_bytes, total) {
            isDamaged ||= total > byteLength;
            if (isDamaged) throw new Error("too long");
          },
        }),
    );
    return measured.byteLength === byteLength && measured.sha256 === sha256;
  } catch (error) {
    // The error itself doesn't tell: pipeline() may report the AbortError of a stage that was left.
    if (isDamaged) return false;
    throw storageError(error, { doing });
  } finally {
    await file.close();
  }
}
