import { stringify } from "yaml";
import { type ContractSettings, SETTINGS, type SettingName } from "../config.ts";

/** What a new `ab2d.yaml` sets; everything else stays in it as a comment. */
export interface SettingsFileContent {
  readonly settings: Readonly<Partial<Record<SettingName, string>>>;
  readonly contracts: readonly Readonly<Partial<Record<keyof ContractSettings, string | undefined>>>[];
}

const HEADER = `# Settings of ab2d in this folder. All of them: docs/cli.md.
# A flag wins over the environment variable in parentheses, that over this file, that over the default.
# No secret belongs here: credentials are in files of their own, the database's password in DATABASE_URL.`;

const CONTRACTS_HELP = `# The contracts that \`ab2d sync\` and \`ab2d doctor\` take when none is named. AB2D gives each its own credentials.
#   name             What people call it; shown to analysts in ab2d.contract.
#   credentialsFile  ${SETTINGS.credentialsFile.help} Only this user may read it: chmod 600.
#   attestedOn       Day of the attestation, from which the first export starts. Without it: the earliest that AB2D allows.
#   apiVersion       Where it differs from the one above.`;

const CONTRACTS_EXAMPLE = `# contracts:
#   - number: Z0001
#     credentialsFile: /etc/ab2d/Z0001.credentials
#     attestedOn: 2024-03-01`;

/** The text of an `ab2d.yaml`: every setting with its help, those that are not set as comments with their defaults. */
export function settingsFile({ settings, contracts }: SettingsFileContent): string {
  const names = Object.keys(SETTINGS) as SettingName[];
  return `${[
    HEADER,
    ...names.map((name) => settingLines(name, settings[name])),
    `${CONTRACTS_HELP}\n${contracts.length === 0 ? CONTRACTS_EXAMPLE : stringify({ contracts: contracts.map(set) }).trimEnd()}`,
  ].join("\n\n")}\n`;
}

function settingLines(name: SettingName, value: string | undefined): string {
  const setting = SETTINGS[name];
  const choices = "choices" in setting ? ` One of ${setting.choices.join(", ")}.` : "";
  const help = `# ${setting.help}${choices} (${setting.env})`;
  // What may hold a password has no flag, and no place in a file that others read.
  if (!setting.flag) return `${help}\n# Set it in the environment.`;
  if (value !== undefined) return `${help}\n${stringify({ [name]: value }).trimEnd()}`;
  return `${help}\n# ${name}:${"fallback" in setting ? ` ${setting.fallback}` : ""}`;
}

function set(contract: Readonly<Record<string, string | undefined>>): object {
  return Object.fromEntries(Object.entries(contract).filter(([, value]) => value !== undefined));
}
