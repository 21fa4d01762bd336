import { existsSync, readFileSync } from "node:fs";
import { parseDocument } from "yaml";
import { z } from "zod";
import { API_VERSIONS } from "./domain/api-version.ts";
import { parseContractNumber } from "./domain/contract-number.ts";
import { EtlError, ExitCode, errorCode } from "./errors.ts";

interface SettingSpec {
  /** Environment variable; also how people know the setting. */
  readonly env: string;
  /** Whether there is a flag of the same name in kebab case. What may hold a secret has none: argv is public. */
  readonly flag: boolean;
  readonly help: string;
  readonly fallback?: string;
  readonly choices?: readonly string[];
}

/** Every setting, declared once: its key in `ab2d.yaml`, its variable, its flag, its default and its help. */
export const SETTINGS = {
  databaseUrl: {
    env: "DATABASE_URL",
    flag: false,
    help: "PostgreSQL to load into. Without it: an embedded server in .ab2d/postgres.",
  },
  environment: {
    env: "AB2D_ENVIRONMENT",
    flag: true,
    choices: ["sandbox", "production"],
    help: "The AB2D environment; sets both addresses.",
  },
  apiUrl: { env: "AB2D_API_URL", flag: true, help: "Address of the API, without /api/v2." },
  tokenUrl: { env: "AB2D_TOKEN_URL", flag: true, help: "Address of the identity provider's token endpoint." },
  credentialsFile: {
    env: "AB2D_CREDENTIALS_FILE",
    flag: true,
    help: "File with one line: Base64 of id:secret.",
  },
  apiVersion: {
    env: "AB2D_API_VERSION",
    flag: true,
    choices: API_VERSIONS,
    fallback: "v2",
    help: "Version of the AB2D API.",
  },
  landingDir: {
    env: "AB2D_LANDING_DIR",
    flag: true,
    fallback: ".ab2d/landing",
    help: "Folder for downloaded files until they are loaded. Put it on an encrypted volume.",
  },
  pollInterval: {
    env: "AB2D_POLL_INTERVAL",
    flag: true,
    fallback: "30",
    help: "Seconds between two status calls; a longer Retry-After wins.",
  },
  overlapDays: {
    env: "AB2D_OVERLAP_DAYS",
    flag: true,
    fallback: "1",
    help: "Days that the next export reaches back before the watermark, on top of the rounding to a Tuesday.",
  },
  sincePolicy: {
    env: "AB2D_SINCE_POLICY",
    flag: true,
    choices: ["run-start", "since-datetime"],
    fallback: "run-start",
    help: "Where the next _since comes from: the start of the last complete run, or the Since-Datetime it returned.",
  },
  downloads: { env: "AB2D_DOWNLOADS", flag: true, fallback: "4", help: "Downloads at once." },
  loaders: { env: "AB2D_LOADERS", flag: true, fallback: "2", help: "Files loaded at once." },
  contractsAtOnce: {
    env: "AB2D_CONTRACTS_AT_ONCE",
    flag: true,
    fallback: "2",
    help: "Contracts brought side by side, each with its own downloads and loaders.",
  },
  keepLanded: {
    env: "AB2D_KEEP_LANDED",
    flag: true,
    choices: ["true", "false"],
    fallback: "false",
    help: "Whether downloaded files stay on disk after they are loaded. They hold PHI.",
  },
  rowLevelSecurity: {
    env: "AB2D_ROW_LEVEL_SECURITY",
    flag: true,
    choices: ["on", "off"],
    help: "Whether analysts see the claims of their own contracts only; `ab2d migrate --roles` puts it into the database. Not set: it stays as it is there.",
  },
  logLevel: {
    env: "AB2D_LOG_LEVEL",
    flag: true,
    choices: ["debug", "info", "warn", "silent"],
    fallback: "warn",
    help: "Which events are logged on stderr, as JSON lines.",
  },
} as const satisfies Record<string, SettingSpec>;

export type SettingName = keyof typeof SETTINGS;

/** The addresses of AB2D's two public environments. Source: AB2D's sample clients and current website. */
export const ENVIRONMENTS = {
  sandbox: {
    apiUrl: "https://sandbox.ab2d.cms.gov",
    tokenUrl: "https://test.idp.idm.cms.gov/oauth2/aus2r7y3gdaFMKBol297/v1/token",
  },
  production: {
    apiUrl: "https://api.ab2d.cms.gov",
    tokenUrl: "https://idm.cms.gov/oauth2/aus2ytanytjdaF9cr297/v1/token",
  },
} as const;

const count = z.coerce.number().int().min(1).max(64);
const url = z.string().refine((text) => URL.canParse(text), "is not a URL");
const text = z.string().min(1, "is empty");

const settingsSchema = z.object({
  databaseUrl: text.optional(),
  environment: z.enum(["sandbox", "production"]).optional(),
  apiUrl: url.optional(),
  tokenUrl: url.optional(),
  credentialsFile: text.optional(),
  apiVersion: z.enum(["v1", "v2", "v3"]),
  landingDir: text,
  pollInterval: z.coerce.number().positive().max(3600),
  overlapDays: z.coerce.number().min(0).max(3660),
  sincePolicy: z.enum(["run-start", "since-datetime"]),
  downloads: count,
  loaders: count,
  contractsAtOnce: count,
  keepLanded: z.enum(["true", "false"]).transform((word) => word === "true"),
  rowLevelSecurity: z.enum(["on", "off"]).optional(),
  logLevel: z.enum(["debug", "info", "warn", "silent"]),
});

const contractSchema = z.strictObject({
  number: z.string().transform((number, ctx) => {
    const contract = parseContractNumber(number);
    if (contract === undefined) {
      ctx.addIssue({ code: "custom", message: "is not a contract number such as Z0001" });
      return z.NEVER;
    }
    return contract;
  }),
  /** For people: AB2D knows contracts by their number. */
  name: text.optional(),
  credentialsFile: text.optional(),
  attestedOn: z.iso.date("is not a date such as 2024-03-01").optional(),
  apiVersion: z.enum(["v1", "v2", "v3"]).optional(),
});

/** Settings that have passed the door. */
export type Settings = z.infer<typeof settingsSchema> & {
  readonly contracts: readonly ContractSettings[];
};

export type ContractSettings = z.infer<typeof contractSchema>;

export interface SettingSources {
  /** From the command line, by setting. */
  readonly flags: Readonly<Partial<Record<SettingName, string>>>;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Text of `ab2d.yaml`; absent when there is none. */
  readonly yaml?: string | undefined;
}

/**
 * Settles every setting: flag, then environment, then `ab2d.yaml`, then default. Throws one EtlError CONFIGURATION_INVALID
 * (exit 78) that lists all problems together; values are not repeated, they may be secret.
 */
export function settle({ flags, env, yaml }: SettingSources): Settings {
  const problems: string[] = [];
  const file = readYaml(yaml, problems);
  const given: Record<string, unknown> = {};
  const origin: Record<string, string> = {};
  for (const [name, spec] of Object.entries(SETTINGS) as [SettingName, SettingSpec][]) {
    const variable = env[spec.env] === "" ? undefined : env[spec.env];
    const candidates = [
      [flags[name], flagOf(name)],
      [variable, spec.env],
      [file.values[name], `${name} in ab2d.yaml`],
      [spec.fallback, "default"],
    ] as const;
    const [value, from] = candidates.find(([candidate]) => candidate !== undefined) ?? [];
    if (value === undefined || from === undefined) continue;
    given[name] = value;
    origin[name] = from;
  }
  const settings = settingsSchema.safeParse(given);
  if (!settings.success) {
    for (const issue of settings.error.issues) {
      const name = String(issue.path[0]);
      const spec = (SETTINGS as Record<string, SettingSpec>)[name];
      const wanted = spec?.choices ? `must be one of ${spec.choices.join(", ")}` : issue.message;
      problems.push(`${origin[name] ?? name}: ${wanted}`);
    }
  }
  const contracts = z.array(contractSchema).safeParse(file.contracts);
  if (!contracts.success) {
    for (const issue of contracts.error.issues) {
      problems.push(`${["contracts", ...issue.path].join(".")} in ab2d.yaml: ${issue.message}`);
    }
  }
  if (problems.length > 0 || !settings.success || !contracts.success) {
    throw new EtlError(`Cannot use the settings: ${problems.join("; ")}`, {
      code: "CONFIGURATION_INVALID",
      exitCode: ExitCode.configuration,
      hint: "docs/cli.md lists every setting with its flag, variable and default.",
    });
  }
  return { ...settings.data, contracts: contracts.data };
}

/** The flag of a setting: `pollInterval` is `--poll-interval`. */
export function flagOf(name: SettingName): string {
  return `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

/** The text of `ab2d.yaml` at `path`, or `undefined` when there is no such file. */
export function readSettingsFile(path: string): string | undefined {
  if (!existsSync(path)) return undefined;
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    throw new EtlError(`Cannot read the settings file ${path}: ${errorCode(error) ?? "it can't be opened"}`, {
      code: "SETTINGS_NOT_READABLE",
      exitCode: ExitCode.configuration,
      hint: "This user must be able to read it, or it must not be there.",
    });
  }
}

interface SettingsFile {
  readonly contracts: unknown;
  readonly values: Record<string, string>;
}

function readYaml(yaml: string | undefined, problems: string[]): SettingsFile {
  const nothing: SettingsFile = { contracts: [], values: {} };
  if (yaml === undefined) return nothing;
  let parsed: unknown;
  try {
    const document = parseDocument(yaml, { prettyErrors: false });
    // `parse` prints a warning, such as an unknown tag's, with the line that it is about; that line may hold a password.
    if (document.errors.length > 0 || document.warnings.length > 0) throw new Error("not plain YAML");
    parsed = document.toJS() ?? {};
  } catch {
    // The parser's message quotes the text.
    problems.push("ab2d.yaml: is not YAML");
    return nothing;
  }
  if (typeof parsed !== "object" || parsed === null || Array.isArray(parsed)) {
    problems.push("ab2d.yaml: is not a list of settings");
    return nothing;
  }
  const known = [...Object.keys(SETTINGS), "contracts"];
  for (const key of Object.keys(parsed)) {
    if (!known.includes(key)) problems.push(`ab2d.yaml: ${key} is no setting; known are ${known.join(", ")}`);
  }
  const { contracts, ...values } = parsed as Record<string, unknown>;
  const file: SettingsFile = { contracts: contracts ?? [], values: {} };
  for (const name of Object.keys(SETTINGS)) {
    const value = values[name] ?? undefined; // A key without a value is null, and means that nothing is set.
    if (typeof value === "object") problems.push(`${name} in ab2d.yaml: must be a single value`);
    else if (value !== undefined) file.values[name] = String(value);
  }
  return file;
}
