import { randomUUID } from "node:crypto";
import { access, constants, open, rm, stat } from "node:fs/promises";
import path from "node:path";
import { EtlError, ExitCode, errorCode } from "../errors.ts";
import { storageError } from "./storage-error.ts";

/** A landing folder as it stands, or the place where it would be made. */
export interface CheckedFolder {
  readonly exists: boolean;
  /** The folder; while it does not exist, the folder above it that does. */
  readonly nearest: string;
  /** The folder's permission bits; `undefined` while it does not exist, and on Windows. */
  readonly mode: number | undefined;
}

/**
 * Makes sure that files can land in `folder`: writes a file there and removes it; where there is no folder yet, that it can be
 * made. Leaves nothing behind. Throws `LANDING_IO` (74), `DISK_FULL` (73).
 */
export async function checkFolder(folder: string): Promise<CheckedFolder> {
  const wanted = path.resolve(folder);
  const nearest = await nearestExisting(wanted);
  const doing = `write to ${nearest}`;
  try {
    const status = await stat(nearest);
    if (!status.isDirectory()) {
      throw new EtlError(`Cannot land files in ${wanted}: ${nearest} is no folder`, {
        code: "LANDING_IO",
        exitCode: ExitCode.io,
        hint: "Set AB2D_LANDING_DIR to a folder.",
      });
    }
    if (nearest !== wanted) {
      await access(nearest, constants.W_OK | constants.X_OK);
      return { exists: false, nearest, mode: undefined };
    }
    await writeAndRemove(path.join(wanted, `.doctor-${randomUUID()}.part`));
    return { exists: true, nearest, mode: process.platform === "win32" ? undefined : status.mode & 0o777 };
  } catch (error) {
    throw storageError(error, { doing });
  }
}

async function writeAndRemove(file: string): Promise<void> {
  const handle = await open(file, "wx", 0o600);
  try {
    await handle.write("ab2d doctor\n");
    await handle.sync();
  } finally {
    await handle.close();
    await rm(file, { force: true });
  }
}

async function nearestExisting(folder: string): Promise<string> {
  for (let candidate = folder; ; candidate = path.dirname(candidate)) {
    try {
      await stat(candidate);
      return candidate;
    } catch (error) {
      if (errorCode(error) === "ENOENT" && path.dirname(candidate) !== candidate) continue;
      if (errorCode(error) === "ENOTDIR") continue;
      throw storageError(error, { doing: `look for ${candidate}` });
    }
  }
}
