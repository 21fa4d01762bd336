import { asEtlError } from "../../as-etl-error.ts";
import type { ContractNumber } from "../../domain/contract-number.ts";
import { ExitCode } from "../../errors.ts";

/** What doctor found out about one thing. */
export interface Check {
  readonly name: string;
  /** The contract that it is about; absent: all of them. */
  readonly contract?: ContractNumber;
  readonly outcome: "ok" | "warning" | "failure" | "skipped";
  readonly found: string;
  /** What to do, for warnings and failures. */
  readonly cure?: string;
  /** What the program exits with if this is its first failure. */
  readonly exitCode: ExitCode;
}

export function ok(name: string, found: string): Check {
  return { name, outcome: "ok", found, exitCode: ExitCode.ok };
}

export function warning(name: string, found: string, cure: string): Check {
  return { name, outcome: "warning", found, cure, exitCode: ExitCode.ok };
}

export function failure(
  name: string,
  found: string,
  { cure, exitCode }: { readonly cure: string; readonly exitCode: ExitCode },
): Check {
  return { name, outcome: "failure", found, cure, exitCode };
}

/** A check that could not be made, because another one that it needs is not ok. */
export function skipped(name: string, needs: string): Check {
  return { name, outcome: "skipped", found: `needs ${needs}`, exitCode: ExitCode.ok };
}

/** A failure that came as an error; only what may be shown of it is kept. */
export function failureOf(name: string, error: unknown): Check {
  const { message, hint, exitCode } = asEtlError(error);
  return failure(name, message, { cure: hint ?? "Run doctor again; if it stays so, report it.", exitCode });
}
