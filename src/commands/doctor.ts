import { openDispatchers } from "../ab2d/dispatcher.ts";
import type { ContractSettings } from "../config.ts";
import { API_VERSIONS } from "../domain/api-version.ts";
import type { ContractNumber } from "../domain/contract-number.ts";
import { chooseContracts } from "./choose-contracts.ts";
import type { CommandSpec, Door } from "./command.ts";
import { ACCESS_SETTINGS, apiVersionOf, credentialsFileOf } from "./contract-access.ts";
import { type Check, failureOf, ok, skipped, warning } from "./doctor/check.ts";
import { checkAddresses } from "./doctor/check-addresses.ts";
import { checkContract } from "./doctor/check-contract.ts";
import { checkCredentials } from "./doctor/check-credentials.ts";
import { checkDatabase } from "./doctor/check-database.ts";
import { checkLanding } from "./doctor/check-landing.ts";
import { checkServer } from "./doctor/check-server.ts";
import { doctorReport } from "./doctor/doctor-report.ts";

const EXAMPLE = "doctor Z0001";
/** Milliseconds. Whoever waits at a terminal wants to know sooner than a night's run. */
const TIMEOUTS = { headers: 20_000, body: 20_000 };

export const doctorCommand: CommandSpec = {
  name: "doctor",
  summary: "Check everything that a run needs, and say what to do where something is wrong. Changes nothing.",
  args: [{ name: "[contract...]", help: "Contract numbers; without any, those of ab2d.yaml." }],
  options: [],
  settings: [...ACCESS_SETTINGS, "apiVersion", "landingDir", "downloads", "loaders", "logLevel"],
  examples: ["doctor", EXAMPLE, "doctor --json"],
  async run([numbers], _options, door) {
    const contracts = chosenContracts(numbers as readonly string[], door);
    const groups = await Promise.all([
      checkAb2d(contracts, door),
      checkDatabase(door),
      checkLanding(door.settings.landingDir),
    ]);
    door.signal.throwIfAborted();
    return doctorReport([contractsCheck(contracts), ...groups.flat()]);
  },
};

/** A contract to check for, or, where none is named, the settings that every contract has in common. */
type Subject = Partial<ContractSettings>;

function chosenContracts(numbers: readonly string[], { settings }: Door): readonly Subject[] {
  if (numbers.length === 0 && settings.contracts.length === 0) return [{}];
  return chooseContracts(numbers, settings, { doing: "check", example: EXAMPLE });
}

function contractsCheck(contracts: readonly Subject[]): Check {
  const named = contracts.flatMap(({ number }) => number ?? []);
  if (named.length > 0) return ok("contracts", named.join(", "));
  return warning(
    "contracts",
    "none is named, neither here nor in ab2d.yaml",
    `Write ab2d.yaml with \`ab2d init\`, or name one: ab2d ${EXAMPLE}`,
  );
}

async function checkAb2d(contracts: readonly Subject[], door: Door): Promise<readonly Check[]> {
  const { settings, clock, signal, env } = door;
  const { checks: addresses, apiUrl, tokenUrl } = checkAddresses(settings, env);
  const files = contracts.map((contract) => checkCredentials(credentialsFileOf(contract, door)));
  let dispatchers: ReturnType<typeof openDispatchers>;
  try {
    dispatchers = openDispatchers();
  } catch (error) {
    const fileChecks = files.flatMap(({ checks }, index) => of(contracts[index]?.number, checks));
    return [
      ...addresses,
      failureOf("proxy", error),
      skipped("health", "proxy"),
      ...fileChecks,
      skipped("token", "proxy"),
    ];
  }
  try {
    const exchangeOptions = { dispatchers, signal, timeouts: TIMEOUTS };
    const used = new Set(contracts.map((contract) => apiVersionOf(contract, door)));
    const apiVersions = API_VERSIONS.filter((version) => used.has(version));
    const server = await checkServer(apiUrl, { apiVersions, clock, ...exchangeOptions });
    const isReachable = server.some(({ name, outcome }) => name === "clock" && outcome !== "skipped");
    const perContract = await Promise.all(
      contracts.map(async (contract, index) => {
        const { checks, credentials } = files[index]!;
        const apiVersion = apiVersionOf(contract, door);
        const twin = files.findIndex((file) => file.credentials?.clientId === credentials?.clientId);
        const shared = credentials && twin < index ? [sharedCredentials(contracts[twin]?.number)] : [];
        const options = { ...door, apiUrl, tokenUrl, apiVersion, credentials, isReachable, exchangeOptions };
        return of(contract.number, [...checks, ...shared, ...(await checkContract(options))]);
      }),
    );
    return [...addresses, ...server, ...perContract.flat()];
  } finally {
    await dispatchers.destroy();
  }
}

function sharedCredentials(twin: ContractNumber | undefined): Check {
  return warning(
    "shared credentials",
    `they are those of ${twin}, too`,
    "AB2D gives each contract its own, and exports the one that they belong to: set credentialsFile for each contract in ab2d.yaml.",
  );
}

function of(contract: ContractNumber | undefined, checks: readonly Check[]): readonly Check[] {
  return contract === undefined ? checks : checks.map((check) => ({ ...check, contract }));
}
