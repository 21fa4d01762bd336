import { EtlError, ExitCode, errorCode } from "../errors.ts";

const FULL = new Set(["ENOSPC", "EDQUOT", "EFBIG"]);

/** What a failed file operation means: `DISK_FULL` (73) or `LANDING_IO` (74). An `EtlError` is returned as it is. */
export function storageError(error: unknown, { doing }: { readonly doing: string }): EtlError {
  if (error instanceof EtlError) return error;
  const code = errorCode(error);
  if (code !== undefined && FULL.has(code)) {
    return new EtlError(
      `Cannot ${doing}: the disk, the quota or the file size limit is exhausted (${code})`,
      {
        code: "DISK_FULL",
        exitCode: ExitCode.diskFull,
        hint: "Free space in the landing folder, or set AB2D_LANDING_DIR to a larger disk, and run again",
        cause: error,
      },
    );
  }
  return new EtlError(`Cannot ${doing}: ${code ?? "a file operation failed"}`, {
    code: "LANDING_IO",
    exitCode: ExitCode.io,
    hint: "Check the landing folder: that it exists, is this user's, and its disk is sound",
    cause: error,
  });
}
