import { backfillCommand } from "./backfill.ts";
import { cancelCommand } from "./cancel.ts";
import type { CommandSpec } from "./command.ts";
import { cutOverCommand } from "./cut-over.ts";
import { demoCommand } from "./demo.ts";
import { doctorCommand } from "./doctor.ts";
import { historyCommand } from "./history.ts";
import { initCommand } from "./init.ts";
import { loadCommand } from "./load.ts";
import { migrateCommand } from "./migrate.ts";
import { queryCommand } from "./query.ts";
import { reconcileCommand } from "./reconcile.ts";
import { simulateCommand } from "./simulate.ts";
import { statusCommand } from "./status.ts";
import { syncCommand } from "./sync.ts";
import { verifyCommand } from "./verify.ts";

/** Every command, in the order in which people meet them. */
export const COMMANDS: readonly CommandSpec[] = [
  demoCommand,
  simulateCommand,
  initCommand,
  doctorCommand,
  migrateCommand,
  syncCommand,
  backfillCommand,
  reconcileCommand,
  cancelCommand,
  cutOverCommand,
  loadCommand,
  statusCommand,
  historyCommand,
  verifyCommand,
  queryCommand,
];
