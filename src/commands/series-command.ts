import { planSeries } from "../control/plan-series.ts";
import type { SeriesCommand } from "../control/series.ts";
import { parseInstant } from "../domain/instant.ts";
import { parseWindowLength } from "../domain/remaining-windows.ts";
import { withContract } from "../pipeline/contract-session.ts";
import { exportSeries, type SeriesExportRequest } from "../pipeline/export-series.ts";
import { giveUpSeries } from "../pipeline/give-up-series.ts";
import { transaction } from "../postgres/transaction.ts";
import { chooseContracts } from "./choose-contracts.ts";
import {
  type CommandResult,
  type Door,
  type OptionValues,
  prepareWorkingFolder,
  usageError,
  withDatabase,
} from "./command.ts";
import { apiVersionOf, contractAccess } from "./contract-access.ts";
import { givenUpReport, seriesPlanReport, seriesReport } from "./series-report.ts";
import { sideBySide } from "./side-by-side.ts";

export const FROM = {
  flags: "--from <date>",
  help: "Begin at this date, or instant with an offset, instead of the contract's attestation date.",
};
export const RESTART = {
  flags: "--restart",
  help: "Give up an unfinished one and start anew; what it brought stays.",
};
export const GIVE_UP = {
  flags: "--give-up",
  help: "Give up an unfinished one, and ask for nothing; what it brought stays.",
};
export const DRY_RUN = {
  flags: "--dry-run",
  help: "List the windows that would be asked for, and ask for nothing.",
};

/** Runs `backfill` or `reconcile` for the contracts that the command line names. */
export async function runSeries(
  command: SeriesCommand,
  numbers: readonly string[],
  {
    options,
    door,
    length,
  }: { readonly options: OptionValues; readonly door: Door; readonly length: string | undefined },
): Promise<CommandResult> {
  const example = `${command} Z0001 --from 2024-03-01 --window P1M`;
  const contracts = chooseContracts(numbers, door.settings, { doing: command, example });
  const asked = readOptions(options, { command, example, length });
  const isDryRun = options["dryRun"] === true;
  if (door.settings.landingDir.startsWith(".ab2d")) prepareWorkingFolder();
  return withDatabase(door, { schema: isDryRun ? "have" : "make" }, ({ pool }) =>
    sideBySide(contracts, door, async (contract) => {
      const apiVersion = apiVersionOf(contract, door);
      const { attestedOn } = contract;
      const { overlapDays } = door.settings;
      const request = { ...asked, command, contract: contract.number, apiVersion, attestedOn, overlapDays };
      if (isDryRun) {
        const plan = await transaction(pool, (tx) => planSeries(request, { now: door.clock.now() }, tx));
        return seriesPlanReport(plan);
      }
      const access = contractAccess(contract, door);
      const context = { ...door, pool };
      if (options["giveUp"] === true) {
        const series = await withContract({ ...request, ...access }, context, {
          plan: async () => ({ apiVersion }),
          carryOut: (_plan, at) => giveUpSeries(request, at),
        });
        return givenUpReport({ contract: contract.number, command }, series);
      }
      return seriesReport(await exportSeries({ ...request, ...access }, context));
    }),
  );
}

function readOptions(
  options: OptionValues,
  {
    command,
    example,
    length,
  }: { readonly command: SeriesCommand; readonly example: string; readonly length: string | undefined },
): Pick<SeriesExportRequest, "from" | "length" | "restarts"> {
  const from = options["from"] as string | undefined;
  const isDate = from !== undefined && parseInstant(`${from}T00:00:00Z`) !== undefined;
  if (from !== undefined && !isDate && parseInstant(from) === undefined)
    throw usageError(`Cannot ${command}: --from is no date, nor a date-time with an offset`, example);
  const text = (options["window"] as string | undefined) ?? length;
  const window = text === undefined ? undefined : parseWindowLength(text);
  if (text !== undefined && window === undefined)
    throw usageError(`Cannot ${command}: --window is no duration of a day or more, such as P1M`, example);
  return { from, length: window, restarts: options["restart"] === true };
}
