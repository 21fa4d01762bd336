import { EtlError, ExitCode } from "../../errors.ts";

export interface FailureOptions {
  /** `EMBEDDED_POSTGRES_…`. */
  readonly code: `EMBEDDED_POSTGRES_${string}`;
  /** Default: {@link ExitCode.configuration}. */
  readonly exitCode?: ExitCode;
  /** What to do, where there is more to say than to bring a server of one's own. */
  readonly hint?: string;
  readonly cause?: unknown;
}

const OWN_SERVER = "set DATABASE_URL to a PostgreSQL server of your own";

/** The error of an embedded server that cannot run; the way out is always a server of one's own, and the hint says so. */
export function failure(message: string, { code, exitCode, hint, cause }: FailureOptions): EtlError {
  return new EtlError(message, {
    code,
    exitCode: exitCode ?? ExitCode.configuration,
    hint:
      hint === undefined
        ? `${OWN_SERVER.charAt(0).toUpperCase()}${OWN_SERVER.slice(1)}`
        : `${hint}, or ${OWN_SERVER}`,
    cause,
  });
}
