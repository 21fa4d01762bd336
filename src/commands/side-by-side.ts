import pLimit from "p-limit";
import { asEtlError } from "../as-etl-error.ts";
import type { ContractSettings } from "../config.ts";
import type { ContractNumber } from "../domain/contract-number.ts";
import { type EtlError, ExitCode } from "../errors.ts";
import type { CommandResult, Door } from "./command.ts";

/**
 * Does `work` for several contracts side by side, as many at once as the settings say, and joins what comes back in the order
 * of the contracts. The trouble of one does not keep the others from their claims; alone, its error is thrown as it is. Throws
 * the reason of `signal` once it aborts, when all that had begun have ended: what they use is closed after that.
 */
export async function sideBySide(
  contracts: readonly ContractSettings[],
  { settings, signal }: Pick<Door, "settings" | "signal">,
  work: (contract: ContractSettings) => Promise<CommandResult>,
): Promise<CommandResult> {
  const [only] = contracts;
  if (only !== undefined && contracts.length === 1) return work(only);
  const limit = pLimit(settings.contractsAtOnce);
  const results = await Promise.allSettled(
    contracts.map((contract) =>
      limit(async () => {
        signal.throwIfAborted();
        try {
          return await work(contract);
        } catch (error) {
          signal.throwIfAborted();
          return failureReport(contract.number, asEtlError(error));
        }
      }),
    ),
  );
  return joined(
    results.map((result) => {
      if (result.status === "rejected") throw result.reason;
      return result.value;
    }),
  );
}

/** Several results as one. Its exit code is the worst: a failure says more than a gap. */
export function joined(results: readonly CommandResult[]): CommandResult {
  const [first] = results;
  if (results.length === 1 && first) return first;
  return {
    text: results.map(({ text }) => text).join("\n\n"),
    json: results.map(({ json }) => json),
    exitCode: results.reduce<ExitCode>(
      (worst, { exitCode }) => (exitCode > worst ? exitCode : worst),
      ExitCode.ok,
    ),
  };
}

function failureReport(contract: ContractNumber, { message, hint, code, exitCode }: EtlError): CommandResult {
  const advice = hint === undefined ? "" : `\n  ${hint}`;
  return {
    text: `${contract}  failed: ${message}${advice}\n  (${code}, exit ${exitCode})`,
    json: { contract, error: { code, message, hint: hint ?? null, exit_code: exitCode } },
    exitCode,
  };
}
