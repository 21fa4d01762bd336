import { existsSync, writeFileSync } from "node:fs";
import { ENVIRONMENTS, SETTINGS, type SettingName, settle } from "../config.ts";
import { API_VERSIONS } from "../domain/api-version.ts";
import { type ContractNumber, parseContractNumber } from "../domain/contract-number.ts";
import { EtlError, ExitCode, errorCode } from "../errors.ts";
import { type CommandSpec, type Door, type OptionValues, usageError } from "./command.ts";
import { type SettingsFileContent, settingsFile } from "./settings-file.ts";

const FILE = "ab2d.yaml";
const EXAMPLE =
  "init --environment production --contract Z0001 --credentials-file /etc/ab2d/Z0001.credentials --attested-on 2024-03-01";
/** Owner writes, all read: it holds no secret. */
const MODE = 0o644;

export const initCommand: CommandSpec = {
  name: "init",
  summary: `Write ${FILE} in this folder: asks on a terminal, or takes options. Never overwrites one.`,
  args: [],
  options: [
    { flags: "--contract <number>", help: "A contract; may be repeated.", repeats: true },
    { flags: "--attested-on <date>", help: "The contract's attestation date, as in 2024-03-01." },
  ],
  settings: (Object.keys(SETTINGS) as SettingName[]).filter((name) => SETTINGS[name].flag),
  examples: ["init", EXAMPLE],
  async run(_args, options, { flags, ask }) {
    if (existsSync(FILE)) throw existsAlready();
    const isAnswered = Object.keys(flags).length > 0 || options["contract"] || options["attestedOn"];
    const content = ask && !isAnswered ? await askContent(ask) : givenContent(options, flags);
    const text = settingsFile(content);
    settle({ flags: {}, env: {}, yaml: text }); // What can't be read back is not written.
    write(text);
    const contracts = content.contracts.map(({ number }) => number);
    const next = nextSteps(content);
    return {
      text: [
        `Wrote ${FILE} (mode ${MODE.toString(8).padStart(4, "0")}: it holds no secret).`,
        "",
        "Next:",
        ...next.map(listItem),
      ].join("\n"),
      json: { file: FILE, contracts, next },
      exitCode: ExitCode.ok,
    };
  },
};

function existsAlready(): EtlError {
  return new EtlError(`Cannot write ${FILE}: there is one in this folder`, {
    code: "SETTINGS_EXIST",
    exitCode: ExitCode.configuration,
    hint: "Nothing was changed. Edit it, or move it away first; docs/cli.md lists every setting.",
  });
}

function write(text: string): void {
  try {
    // Fails where a file has come in between.
    writeFileSync(FILE, text, { flag: "wx", mode: MODE });
  } catch (error) {
    if (errorCode(error) === "EEXIST") throw existsAlready();
    throw error;
  }
}

function givenContent(options: OptionValues, flags: Door["flags"]): SettingsFileContent {
  const numbers = ((options["contract"] as readonly string[] | undefined) ?? []).map((text) => {
    const number = parseContractNumber(text);
    if (number === undefined)
      throw usageError(`Cannot write ${FILE}: --contract is no contract number`, EXAMPLE);
    return number;
  });
  const attestedOn = options["attestedOn"] as string | undefined;
  if (attestedOn !== undefined && !isDate(attestedOn)) {
    throw usageError(`Cannot write ${FILE}: --attested-on is no date`, EXAMPLE);
  }
  if (numbers.length === 0 && attestedOn !== undefined) {
    throw usageError(`Cannot write ${FILE}: --attested-on belongs to a contract, and none is named`, EXAMPLE);
  }
  if (numbers.length > 1 && (attestedOn !== undefined || flags.credentialsFile !== undefined)) {
    throw usageError(
      `Cannot write ${FILE}: --credentials-file and --attested-on are one contract's, and ${numbers.length} are named`,
      EXAMPLE,
    );
  }
  const { credentialsFile, ...settings } = flags;
  if (numbers.length === 0) return { settings: flags, contracts: [] };
  return {
    settings,
    contracts: [...new Set(numbers)].map((number) => ({
      number,
      credentialsFile,
      attestedOn,
    })),
  };
}

async function askContent(ask: NonNullable<Door["ask"]>): Promise<SettingsFileContent> {
  const environments = Object.keys(ENVIRONMENTS);
  const environment = await askUntil(ask, {
    question: `AB2D environment: ${environments.join(" or ")} [sandbox] `,
    read: (text) => environments.find((name) => name === (text || "sandbox")),
    wanted: `Please answer ${environments.join(" or ")}.`,
  });
  const fallback = SETTINGS.apiVersion.fallback;
  const apiVersion = await askUntil(ask, {
    question: `API version: ${API_VERSIONS.join(", ")} [${fallback}] `,
    read: (text) => API_VERSIONS.find((name) => name === (text.toLowerCase() || fallback)),
    wanted: `Please answer ${API_VERSIONS.join(", ")}.`,
  });
  const numbers = await askUntil(ask, {
    question: "Contract numbers, as in Z0001 Z0002: ",
    read: readNumbers,
    wanted: "A contract number has five letters or digits; separate several with spaces.",
  });
  const contracts: SettingsFileContent["contracts"][number][] = [];
  for (const number of numbers) {
    const usual = `/etc/ab2d/${number}.credentials`;
    const credentialsFile = (await ask(`${number}: credentials file [${usual}] `)) || usual;
    const attestedOn = await askUntil(ask, {
      question: `${number}: attestation date, as in 2024-03-01 [not known] `,
      read: (text) => (text === "" || isDate(text) ? text : undefined),
      wanted: "Please write it as in 2024-03-01, or nothing.",
    });
    contracts.push({ number, credentialsFile, attestedOn: attestedOn || undefined });
  }
  return { settings: { environment, apiVersion }, contracts };
}

interface Question<T> {
  readonly question: string;
  /** The answer's meaning, or `undefined` for one that has none. */
  readonly read: (text: string) => T | undefined;
  readonly wanted: string;
}

async function askUntil<T>(
  ask: NonNullable<Door["ask"]>,
  { question, read, wanted }: Question<T>,
): Promise<T> {
  for (let prompt = question; ; prompt = `${wanted}\n${question}`) {
    const meaning = read(await ask(prompt));
    if (meaning !== undefined) return meaning;
  }
}

function readNumbers(text: string): readonly ContractNumber[] | undefined {
  const numbers = text
    .split(/[\s,;]+/)
    .filter((word) => word !== "")
    .map(parseContractNumber);
  const valid = numbers.filter((number) => number !== undefined);
  return valid.length > 0 && valid.length === numbers.length ? [...new Set(valid)] : undefined;
}

function isDate(text: string): boolean {
  const date = /^\d{4}-\d{2}-\d{2}$/.test(text) ? new Date(`${text}T00:00:00Z`) : undefined;
  return date !== undefined && !Number.isNaN(date.getTime()) && date.toISOString().startsWith(text);
}

function nextSteps({ settings, contracts }: SettingsFileContent): readonly string[] {
  const hasAddress = settings.environment !== undefined || settings.apiUrl !== undefined;
  const files = contracts.flatMap(({ credentialsFile }) => credentialsFile ?? []);
  const absent = files.filter((file) => !existsSync(file));
  const lacksFile = settings.credentialsFile === undefined && files.length < Math.max(1, contracts.length);
  return [
    ...(hasAddress ? [] : [`Say in ${FILE} which AB2D to ask: environment.`]),
    ...(contracts.length > 0 ? [] : [`List your contracts in ${FILE}.`]),
    ...(lacksFile ? [`Name each contract's credentials file in ${FILE}.`] : []),
    ...absent.map(
      (file) =>
        `Make ${file}: run the next line, type ID:SECRET, Enter, Ctrl-D.\n(umask 077; base64 > ${shellWord(file)})`,
    ),
    "For real claims name your PostgreSQL; without it an embedded one serves for trying out.\nexport DATABASE_URL=postgres://USER:PASSWORD@HOST/DATABASE",
    "Check everything:\nab2d doctor",
    "Bring the claims:\nab2d sync",
  ];
}

/** A path as a shell takes it. */
function shellWord(path: string): string {
  return /^[\w./:\\-]+$/.test(path) ? path : `'${path.replaceAll("'", `'\\''`)}'`;
}

function listItem(step: string, index: number): string {
  const [words, command] = step.split("\n");
  return `  ${index + 1}. ${words}${command ? `\n       ${command}` : ""}`;
}
