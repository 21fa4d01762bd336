import { EtlError, ExitCode, errorCode, sqlstate } from "./errors.ts";

/**
 * Any error as one that may be shown. What PostgreSQL, Node and libraries say can quote rows, so of their errors only the code,
 * the table, the constraint and the place in our source are kept.
 */
export function asEtlError(error: unknown): EtlError {
  if (error instanceof EtlError) return error;
  const state = sqlstate(error);
  if (state !== undefined) return databaseError(state, error as object);
  const code = errorCode(error);
  if (isConnectionLoss(error, code)) {
    return new EtlError(`Cannot go on: the connection to PostgreSQL is lost (${code ?? "closed"})`, {
      code: "DATABASE_LOST",
      exitCode: ExitCode.unavailable,
      hint: "What was committed stays. Run the same command again.",
    });
  }
  if (code === "ENOSPC" || code === "EDQUOT") {
    return new EtlError(`Cannot write: the disk is full (${code})`, {
      code: "DISK_FULL",
      exitCode: ExitCode.diskFull,
      hint: "Make room, then run the same command again.",
    });
  }
  if (code !== undefined && error instanceof Error && "path" in error && typeof error.path === "string") {
    return new EtlError(`Cannot use a file or folder: ${code}${placeOf(error)}`, {
      code: "FILE_ACCESS",
      exitCode: ExitCode.io,
      hint: "Check that this user may read and write there, or work in another folder.",
    });
  }
  const kind = error instanceof Error ? error.constructor.name : typeof error;
  return new EtlError(`Something unexpected happened: ${kind}${code ? ` ${code}` : ""}${placeOf(error)}`, {
    code: "UNEXPECTED",
    exitCode: ExitCode.invariantBroken,
    hint: "What was committed stays. Please report this; the message holds no data.",
  });
}

function databaseError(code: string, error: object): EtlError {
  if (code === "25006") {
    return new EtlError(
      "Cannot write to the database: the server is a standby, or the session is read only",
      {
        code: "DATABASE_READ_ONLY",
        exitCode: ExitCode.configuration,
        hint: "DATABASE_URL has to name the primary, and default_transaction_read_only has to be off there; `ab2d doctor` tells which.",
      },
    );
  }
  const where = (["schema", "table", "constraint"] as const)
    .flatMap((part) =>
      part in error && typeof error[part as keyof typeof error] === "string"
        ? [`${part} ${error[part as keyof typeof error]}`]
        : [],
    )
    .join(", ");
  const isRefusal = code === "42501" || code.startsWith("28");
  const isInvariant = code.startsWith("23");
  return new EtlError(`PostgreSQL refused a statement: ${code}${where ? `, ${where}` : ""}`, {
    code: isInvariant ? "INVARIANT_BROKEN" : isRefusal ? "DATABASE_REFUSED" : "DATABASE_ERROR",
    exitCode: isInvariant ? ExitCode.invariantBroken : isRefusal ? ExitCode.refused : ExitCode.unavailable,
    hint:
      code === "42501"
        ? "The role lacks a right: `ab2d migrate` needs create on the database, loading needs to be a member of ab2d_loader or to own the ab2d schemas."
        : code === "53100"
          ? "The server's disk is full. Nothing of the transaction was kept: make room there, then run the same command again."
          : "Nothing of the transaction was kept. The PostgreSQL manual, appendix A, says what the code means.",
  });
}

function isConnectionLoss(error: unknown, code: string | undefined): boolean {
  if (code !== undefined && ["ECONNRESET", "ECONNREFUSED", "EPIPE", "ETIMEDOUT", "ENOTFOUND"].includes(code))
    return true;
  return (
    error instanceof Error &&
    /^(Connection terminated|timeout exceeded when trying to connect|Client (has encountered a connection error|was closed) and is not queryable)/.test(
      error.message,
    )
  );
}

/** The first frame of the stack that is ours, as file and line. */
function placeOf(error: unknown): string {
  if (!(error instanceof Error)) return "";
  for (const line of (error.stack ?? "").split("\n")) {
    // The lines before the frames are the message, which may quote a row.
    if (!/^ +at /.test(line)) continue;
    const frame = /[\\/]((?:src|dist)[\\/][\w\\/.-]+:\d+):\d+/.exec(line);
    if (frame) return ` at ${frame[1]}`;
  }
  return "";
}
