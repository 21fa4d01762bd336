import type { CommandSpec } from "./command.ts";
import { EXPORT_SETTINGS } from "./contract-access.ts";
import { DRY_RUN, FROM, GIVE_UP, RESTART, runSeries } from "./series-command.ts";

export const reconcileCommand: CommandSpec = {
  name: "reconcile",
  summary:
    "Export everything again and say what incremental exports had missed, and which claims are no longer delivered.",
  args: [{ name: "[contract...]", help: "Contract numbers; without any, those of ab2d.yaml." }],
  options: [
    FROM,
    {
      flags: "--window <length>",
      help: "Bring it in windows of this length, such as P1M. Default: everything in one export job.",
    },
    RESTART,
    GIVE_UP,
    DRY_RUN,
  ],
  settings: [...EXPORT_SETTINGS, "apiVersion", "contractsAtOnce"],
  examples: ["reconcile Z0001", "reconcile Z0001 --window P1M", "reconcile"],
  run: (args, options, door) =>
    runSeries("reconcile", args[0] as readonly string[], { options, door, length: undefined }),
};
