import type { CommandSpec } from "./command.ts";
import { EXPORT_SETTINGS } from "./contract-access.ts";
import { DRY_RUN, FROM, GIVE_UP, RESTART, runSeries } from "./series-command.ts";

export const backfillCommand: CommandSpec = {
  name: "backfill",
  summary:
    "Bring a contract's claims from its attestation date on, window by window. Stopped at any moment, the same command goes on.",
  args: [{ name: "<contract>", help: "The contract's number." }],
  options: [
    FROM,
    {
      flags: "--window <length>",
      help: "Length of a window by lastUpdated, an ISO 8601 duration such as P1M or P2W. Default: P1M. V1 has one window.",
    },
    RESTART,
    GIVE_UP,
    DRY_RUN,
  ],
  settings: [...EXPORT_SETTINGS, "apiVersion"],
  examples: ["backfill Z0001", "backfill Z0001 --from 2024-03-01 --window P2W", "backfill Z0001 --dry-run"],
  run: (args, options, door) => runSeries("backfill", [args[0] as string], { options, door, length: "P1M" }),
};
