import type { CommandSpec } from "../../src/commands/command.ts";
import { COMMANDS } from "../../src/commands/index.ts";
import { flagOf, SETTINGS, type SettingName } from "../../src/config.ts";
import { ExitCode } from "../../src/errors.ts";

const EXIT_MEANINGS: Readonly<Record<keyof typeof ExitCode, string>> = {
  ok: "Done, also when there was nothing new.",
  completeWithGaps:
    "Done, but claims may be missing: the watermark stays and the next run asks for the same window again.",
  usage: "The command line, or the SQL of `query`, is wrong.",
  unavailable: "AB2D, its identity provider or PostgreSQL did not answer, or AB2D's job failed. Run again.",
  invariantBroken:
    "Something that must hold does not. Nothing of the transaction was kept. Please report it.",
  diskFull: "The disk is full.",
  io: "A file could not be read or written.",
  tryAgainLater:
    "Not now: another run or a foreign export job is at work, maintenance, or files that expired. Run again later.",
  protocol:
    "What came is not what was promised: checksum, length, manifest, gzip or file format. Nothing of it was loaded.",
  refused: "Refused: credentials, contract, address or database rights.",
  configuration: "A setting, a credentials file, or the database's schema version is wrong.",
  interrupted: "Stopped by Ctrl-C. What was committed stays.",
  terminated: "Stopped by SIGTERM. What was committed stays.",
};

/** `docs/cli.md`, made from the commands, settings and exit codes as the program has them. */
export function cliReference(): string {
  return `${[
    "# Command line",
    "Made by `npm run docs` from the program itself; a test fails when it is out of date.",
    "`npm run -s ab2d -- COMMAND` in a checkout, `ab2d COMMAND` when installed. Results go to stdout, progress and log to stderr.",
    "Every command takes `--json` (the result as JSON on stdout, an error as JSON on stderr) and `--quiet` (no progress).",
    "## Commands",
    ...COMMANDS.map(commandSection),
    "## Settings",
    "A flag wins over the environment, the environment over `ab2d.yaml` in the working folder, that over the default.",
    settingsTable(),
    "`ab2d.yaml` holds the same settings by their names, and the contracts:",
    "```yaml\nenvironment: production\napiVersion: v2\ncontracts:\n  - number: Z0001\n    name: Harbor Rx Value\n    credentialsFile: /etc/ab2d/Z0001.credentials\n    attestedOn: 2024-03-01\n```",
    "A contract's own `apiVersion` and `credentialsFile` win over the variables of the environment, which are for all contracts; a flag wins over them. A credentials file holds one line, Base64 of `id:secret`; white space is ignored.",
    "## Exit codes",
    "An interface for schedulers. Treat a code that is not listed as a failure.",
    exitTable(),
  ].join("\n\n")}\n`;
}

function commandSection(spec: CommandSpec): string {
  const usage = [
    "ab2d",
    spec.name,
    ...spec.args.map(({ name }) => name),
    ...(spec.options.length > 0 ? ["[options]"] : []),
  ];
  const details = [
    ...spec.args.map(({ name, help }) => `| \`${name}\` | ${help} |`),
    ...spec.options.map(({ flags, help }) => `| \`${flags}\` | ${help} |`),
  ];
  const heeded = spec.settings.map((name) => `\`${flagOf(name)}\``).join(", ");
  return [
    `### ${spec.name}`,
    spec.summary,
    `\`${usage.join(" ")}\``,
    ...(details.length > 0
      ? [["| argument or option | meaning |", "| --- | --- |", ...details].join("\n")]
      : []),
    ...(heeded ? [`Settings with a flag: ${heeded}.`] : []),
    `\`\`\`sh\n${spec.examples.map((example) => `ab2d ${example}`).join("\n")}\n\`\`\``,
  ].join("\n\n");
}

function settingsTable(): string {
  const rows = (Object.keys(SETTINGS) as SettingName[]).map((name) => {
    const setting = SETTINGS[name];
    const flag = setting.flag ? `\`${flagOf(name)}\`` : "none: it may hold a password";
    const fallback = "fallback" in setting ? `\`${setting.fallback}\`` : "";
    const choices = "choices" in setting ? ` One of ${setting.choices.join(", ")}.` : "";
    return `| \`${name}\` | \`${setting.env}\` | ${flag} | ${fallback} | ${setting.help}${choices} |`;
  });
  return [
    "| setting | variable | flag | default | meaning |",
    "| --- | --- | --- | --- | --- |",
    ...rows,
  ].join("\n");
}

function exitTable(): string {
  const rows = Object.entries(ExitCode).map(
    ([name, code]) => `| ${code} | ${EXIT_MEANINGS[name as keyof typeof ExitCode]} |`,
  );
  return ["| code | meaning |", "| ---: | --- |", ...rows].join("\n");
}
