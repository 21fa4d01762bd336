import { parseContractNumber } from "../domain/contract-number.ts";
import { dateOf, parseInstant } from "../domain/instant.ts";
import { load } from "../pipeline/load.ts";
import { type CommandSpec, usageError, withDatabase } from "./command.ts";
import { runReport } from "./run-report.ts";

const EXAMPLE = "load --contract Z0001 --api-version v2 Z0001_0001.ndjson.gz";

export const loadCommand: CommandSpec = {
  name: "load",
  summary: "Load files that are on disk already. Never moves a watermark.",
  args: [{ name: "<file...>", help: ".ndjson, .ndjson.gz, or a FHIR Bundle or array as .json" }],
  options: [
    { flags: "--contract <number>", help: "The contract that the files were exported for." },
    {
      flags: "--exported-at <time>",
      help: "When the export was started, ISO 8601 with an offset. Without it any export counts as newer.",
    },
  ],
  settings: ["apiVersion", "loaders", "logLevel"],
  examples: [
    EXAMPLE,
    "load --contract Z0001 --api-version v1 --exported-at 2026-11-01T02:00:00Z old/*.ndjson",
  ],
  async run([files], options, door) {
    const contract = parseContractNumber(String(options["contract"] ?? ""));
    if (contract === undefined)
      throw usageError("Cannot load: --contract is missing or no contract number", EXAMPLE);
    if (door.flags.apiVersion === undefined) {
      throw usageError(
        "Cannot load: --api-version is missing, and a file does not say which version it is",
        EXAMPLE,
      );
    }
    const exported = options["exportedAt"] as string | undefined;
    const exportedAt = exported === undefined ? undefined : parseInstant(exported);
    if (exported !== undefined && exportedAt === undefined) {
      throw usageError("Cannot load: --exported-at is no date-time with an offset", EXAMPLE);
    }
    return withDatabase(door, { schema: "make" }, async ({ pool }) =>
      runReport(
        await load(
          {
            contract,
            apiVersion: door.settings.apiVersion,
            files: files as readonly string[],
            exportedAt: exportedAt === undefined ? undefined : dateOf(exportedAt),
            loaders: door.settings.loaders,
          },
          { ...door, pool },
        ),
      ),
    );
  },
};
