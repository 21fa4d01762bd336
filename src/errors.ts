/** Exit codes, an interface for schedulers: sysexits numbers where one fits. Any code that a caller does not know is a failure. */
export const ExitCode = {
  ok: 0,
  completeWithGaps: 3,
  usage: 64,
  unavailable: 69,
  invariantBroken: 70,
  diskFull: 73,
  io: 74,
  tryAgainLater: 75,
  protocol: 76,
  refused: 77,
  configuration: 78,
  interrupted: 130,
  terminated: 143,
} as const;

export type ExitCode = (typeof ExitCode)[keyof typeof ExitCode];

export interface EtlErrorOptions {
  /** Stable name of the condition, in capitals: `CHECKSUM_MISMATCH`. */
  readonly code: string;
  /** What the process exits with when nobody handles the error. */
  readonly exitCode: ExitCode;
  /** What the operator does next. */
  readonly hint?: string;
  readonly cause?: unknown;
}

/**
 * The base of every error raised on purpose. The message says what could not be done, to what, what was found and what
 * was wanted. It never holds row text, an identifier, a token or a credential.
 */
export class EtlError extends Error {
  override readonly name: string = "EtlError";
  readonly code: string;
  readonly exitCode: ExitCode;
  readonly hint: string | undefined;

  constructor(message: string, { code, exitCode, hint, cause }: EtlErrorOptions) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
    this.exitCode = exitCode;
    this.hint = hint;
  }
}

/** The SQLSTATE of PostgreSQL's errors. No class of it starts with E; the system's own five letters do (EPERM, EROFS, EPIPE). */
export function sqlstate(error: unknown): string | undefined {
  if (error instanceof EtlError) return undefined;
  const code = errorCode(error);
  return code !== undefined && /^(?!E)[0-9A-Z]{5}$/.test(code) ? code : undefined;
}

/** The system's word for an error's kind (`ENOENT`, `ECONNREFUSED`, a SQLSTATE), or `undefined`. Safe to print. */
export function errorCode(error: unknown): string | undefined {
  if (typeof error !== "object" || error === null || !("code" in error)) return undefined;
  return typeof error.code === "string" && /^[A-Z0-9_]{3,40}$/.test(error.code) ? error.code : undefined;
}
