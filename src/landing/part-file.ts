import { constants } from "node:fs";
import { type FileHandle, lstat, mkdir, open, rename, rm } from "node:fs/promises";
import path from "node:path";
import { EtlError, ExitCode } from "../errors.ts";
import { storageError } from "./storage-error.ts";

/** A file being written under a name that nobody takes for complete. */
export interface PartFile {
  /** Appends all of `chunk`. */
  write(chunk: Buffer): Promise<void>;
  /** Makes the content durable, then gives the file its final name, then makes the name durable. */
  land(): Promise<void>;
  /** Removes the file, as far as possible: it is called when something has failed already, and `sweep` comes later. */
  discard(): Promise<void>;
}

// Windows has no such flag; there a link needs an administrator's right.
const NO_FOLLOW = constants.O_NOFOLLOW ?? 0;

/**
 * Opens `target` + `.part`, readable by this user only, in a folder that is made if need be; a stale one is removed before.
 * All three steps throw `DISK_FULL` (73) or `LANDING_IO` (74).
 */
export async function openPartFile(target: string, { doing }: { readonly doing: string }): Promise<PartFile> {
  const folder = path.dirname(target);
  const part = `${target}.part`;
  const file = await orStorageError(doing, async () => {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    if (!(await lstat(folder)).isDirectory()) {
      throw new EtlError(`Cannot ${doing}: its landing folder is a link`, {
        code: "LANDING_IO",
        exitCode: ExitCode.io,
        hint: "Replace the link by a folder; only the landing folder's root may be elsewhere",
      });
    }
    await rm(part, { force: true });
    const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | NO_FOLLOW;
    return open(part, flags, 0o600);
  });

  return {
    write: (chunk) =>
      orStorageError(doing, async () => {
        for (let offset = 0; offset < chunk.length; ) {
          offset += (await file.write(chunk, offset)).bytesWritten;
        }
      }),
    land: () =>
      orStorageError(doing, async () => {
        await file.sync();
        await file.close();
        await rename(part, target);
        await syncFolder(folder);
      }),
    async discard() {
      await close(file);
      await rm(part, { force: true }).catch(() => {});
    },
  };
}

async function syncFolder(folder: string): Promise<void> {
  if (process.platform === "win32") return; // Windows can't open a folder; NTFS logs the rename by itself.
  const handle = await open(folder, constants.O_RDONLY);
  try {
    await handle.sync();
  } finally {
    await close(handle);
  }
}

/** Closes a handle whose content no longer matters or is durable already. */
async function close(handle: FileHandle): Promise<void> {
  await handle.close().catch(() => {});
}

async function orStorageError<T>(doing: string, operation: () => Promise<T>): Promise<T> {
  try {
    return await operation();
  } catch (error) {
    throw storageError(error, { doing });
  }
}
