import type { ContractSettings, Settings } from "../config.ts";
import { parseContractNumber } from "../domain/contract-number.ts";
import { usageError } from "./command.ts";

/** The contracts that the command line names, with their settings; without any, those of `ab2d.yaml`. */
export function chooseContracts(
  numbers: readonly string[],
  settings: Settings,
  { doing, example }: { readonly doing: string; readonly example: string },
): readonly ContractSettings[] {
  if (numbers.length === 0) {
    if (settings.contracts.length > 0) return settings.contracts;
    throw usageError(`Cannot ${doing}: no contract is named, neither here nor in ab2d.yaml`, example);
  }
  const chosen = new Map<string, ContractSettings>();
  for (const text of numbers) {
    const number = parseContractNumber(text);
    if (number === undefined)
      throw usageError(`Cannot ${doing}: an argument is no contract number such as Z0001`, example);
    chosen.set(number, settings.contracts.find((contract) => contract.number === number) ?? { number });
  }
  return [...chosen.values()];
}
