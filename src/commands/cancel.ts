import { cancelJobs } from "../pipeline/cancel-jobs.ts";
import { cancelReport } from "./cancel-report.ts";
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
      return cancelReport(jobs, contract.number);
    });
  },
};
