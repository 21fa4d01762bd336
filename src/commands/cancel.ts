import type { ContractNumber } from "../domain/contract-number.ts";
import { ExitCode } from "../errors.ts";
import { type CancelledJob, cancelJobs } from "../pipeline/cancel-jobs.ts";
import { chooseContracts } from "./choose-contracts.ts";
import { type CommandSpec, usageError, withDatabase } from "./command.ts";
import { ACCESS_SETTINGS, apiVersionOf, contractAccess } from "./contract-access.ts";

const EXAMPLE = "cancel Z0001";

export const cancelCommand: CommandSpec = {
  name: "cancel",
  summary: "Cancel the export job that a contract's run waits for, at AB2D and in the ledger.",
  args: [{ name: "<contract>", help: "The contract's number." }],
  options: [
    {
      flags: "--job <id>",
      help: "Cancel this job instead. It may be somebody else's of your organization: ask them first.",
    },
  ],
  settings: [...ACCESS_SETTINGS, "apiVersion", "logLevel"],
  examples: [EXAMPLE, "cancel Z0001 --job 6e0f9d1c-0d51-4b6f-9d1c-8a2f7c1e5b10"],
  async run([number], options, door) {
    const [contract] = chooseContracts([String(number)], door.settings, {
      doing: "cancel",
      example: EXAMPLE,
    });
    if (contract === undefined) throw usageError("Cannot cancel: no contract is named", EXAMPLE);
    return withDatabase(door, { schema: "have" }, async ({ pool }) => {
      const jobs = await cancelJobs(
        {
          contract: contract.number,
          apiVersion: apiVersionOf(contract, door),
          ...contractAccess(contract, door),
          jobId: options["job"] as string | undefined,
        },
        { ...door, pool },
      );
      return {
        text:
          jobs.length === 0
            ? `${contract.number}  no run has an export job: nothing to cancel.`
            : jobs.map((job) => describe(job, contract.number)).join("\n"),
        json: {
          contract: contract.number,
          jobs: jobs.map(({ jobId, outcome, run, hasEndedRun }) => ({
            job_id: jobId,
            outcome,
            run_id: run?.runId ?? null,
            command: run?.command ?? null,
            run_ended: hasEndedRun,
          })),
        },
        exitCode: ExitCode.ok,
      };
    });
  },
};

const SAID: Readonly<Record<CancelledJob["outcome"], string>> = {
  cancelled: "is cancelled",
  finished: "had ended before",
  unknown: "is not known to AB2D",
  refused: "is another organization's by these credentials, and was not cancelled",
};

function describe({ jobId, outcome, run, hasEndedRun }: CancelledJob, contract: ContractNumber): string {
  const said = `${contract}  export job ${jobId} ${SAID[outcome]}`;
  if (run === undefined) return `${said}.`;
  if (hasEndedRun) return `${said}; run ${run.runId} (${run.command}) has ended, the next one starts anew.`;
  return outcome === "cancelled"
    ? `${said}; the process that waits for it ends by itself, and the next run asks for the window again.`
    : `${said}; another process is at work for run ${run.runId} (${run.command}): stop it first.`;
}
