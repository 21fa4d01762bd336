import type { CommandSpec } from "./command.ts";
import { demoCommand } from "./demo.ts";
import { historyCommand } from "./history.ts";
import { loadCommand } from "./load.ts";
import { migrateCommand } from "./migrate.ts";
import { queryCommand } from "./query.ts";
import { simulateCommand } from "./simulate.ts";
import { statusCommand } from "./status.ts";
import { syncCommand } from "./sync.ts";

/** Every command, in the order in which people meet them. */
export const COMMANDS: readonly CommandSpec[] = [
  demoCommand,
  simulateCommand,
  migrateCommand,
  syncCommand,
  loadCommand,
  statusCommand,
  historyCommand,
  queryCommand,
];
