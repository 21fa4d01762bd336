#!/usr/bin/env -S node --max-semi-space-size=4
import { Command, CommanderError, Option } from "commander";
import pino from "pino";
import { asEtlError } from "./as-etl-error.ts";
import { systemClock } from "./clock.ts";
import { askTerminal } from "./commands/ask-terminal.ts";
import type { CommandResult, CommandSpec, OptionValues } from "./commands/command.ts";
import { COMMANDS } from "./commands/index.ts";
import { flagOf, readSettingsFile, SETTINGS, type SettingName, settle } from "./config.ts";
import { EtlError, ExitCode, errorCode } from "./errors.ts";
import type { Log, LogFields } from "./log.ts";
import { progressOn, silentProgress } from "./progress.ts";
import { PROGRAM_VERSION } from "./version.ts";

process.exitCode = await main(process.argv.slice(2));

/** Runs the program for `argv` and returns its exit code. The only place that prints. */
async function main(argv: readonly string[]): Promise<ExitCode> {
  const interrupt = new AbortController();
  const stopOn = (signal: "SIGINT" | "SIGTERM", exitCode: ExitCode): void => {
    process.once(signal, () => {
      interrupt.abort(
        new EtlError(`Stopped by ${signal}`, {
          code: "INTERRUPTED",
          exitCode,
          hint: "What was committed stays. Run the same command again to go on.",
        }),
      );
    });
  };
  stopOn("SIGINT", ExitCode.interrupted);
  stopOn("SIGTERM", ExitCode.terminated);
  let outputError: Error | undefined;
  process.stdout.on("error", (error) => {
    // A reader that has seen enough, as `head` does, is no error; a full disk is.
    if (errorCode(error) !== "EPIPE") outputError = error;
  });

  const program = new Command("ab2d")
    .description(
      "Brings Medicare Part A and B claims from the CMS AB2D API into PostgreSQL and keeps them current.",
    )
    .version(PROGRAM_VERSION)
    .exitOverride()
    .configureOutput({ writeErr: () => {} })
    .showHelpAfterError(false);
  let wantsJson = argv.includes("--json");
  let result: CommandResult | undefined;
  for (const spec of COMMANDS) {
    addCommand(program, spec, async (args, options) => {
      wantsJson = options["json"] === true;
      result = await runCommand(spec, { args, options, signal: interrupt.signal });
    });
  }
  try {
    await program.parseAsync([...argv], { from: "user" });
    if (result === undefined) return ExitCode.ok;
    await written(wantsJson ? `${JSON.stringify(result.json, jsonValue, 2)}\n` : `${result.text}\n`);
    if (outputError) throw outputError;
    return result.exitCode;
  } catch (thrown) {
    if (thrown instanceof CommanderError && thrown.exitCode === 0) return ExitCode.ok;
    if (thrown instanceof CommanderError && thrown.code === "commander.help") {
      // Without a command: commander has the help ready for stderr.
      process.stdout.write(program.helpInformation());
      return ExitCode.usage;
    }
    const error = interrupt.signal.aborted
      ? asEtlError(interrupt.signal.reason)
      : thrown instanceof CommanderError
        ? commandLineError(thrown)
        : asEtlError(thrown);
    process.stderr.write(
      wantsJson ? `${JSON.stringify({ error: errorJson(error) })}\n` : `${errorText(error)}\n`,
    );
    return error.exitCode;
  }
}

/** Resolves when `text` has left the program, or could not. */
function written(text: string): Promise<void> {
  return new Promise((resolve) => {
    process.stdout.write(text, () => setImmediate(resolve));
  });
}

interface Invocation {
  readonly args: readonly (string | readonly string[] | undefined)[];
  readonly options: OptionValues;
  readonly signal: AbortSignal;
}

async function runCommand(spec: CommandSpec, { args, options, signal }: Invocation): Promise<CommandResult> {
  const flags: Partial<Record<SettingName, string>> = {};
  for (const name of Object.keys(SETTINGS) as SettingName[]) {
    const value = options[name];
    if (SETTINGS[name].flag && typeof value === "string") flags[name] = value;
  }
  const settings = settle({ flags, env: process.env, yaml: readSettingsFile("ab2d.yaml") });
  const isQuiet = options["quiet"] === true || options["json"] === true;
  const isAttended = !isQuiet && process.stdin.isTTY === true && process.stdout.isTTY === true;
  return spec.run(args, options, {
    settings,
    flags,
    env: process.env,
    clock: systemClock,
    log: stderrLog(settings.logLevel),
    isTerminal: process.stdout.isTTY === true,
    progress: isQuiet ? silentProgress : progressOn({ stream: process.stderr }),
    signal,
    say: (line) => {
      if (options["json"] !== true) process.stdout.write(`${line}\n`);
    },
    ...(isQuiet ? {} : { note: (line: string) => void process.stderr.write(`${line}\n`) }),
    ...(isAttended ? { ask: (question: string) => askTerminal(question, signal) } : {}),
  });
}

function addCommand(
  program: Command,
  spec: CommandSpec,
  action: (args: Invocation["args"], options: OptionValues) => Promise<void>,
): void {
  const command = program.command(spec.name).summary(spec.summary).description(spec.summary);
  for (const { name, help } of spec.args) command.argument(name, help);
  for (const { flags, help, repeats } of spec.options) {
    const option = new Option(flags, help);
    if (repeats) option.argParser((value: string, all: string[] | undefined) => [...(all ?? []), value]);
    command.addOption(option);
  }
  for (const name of spec.settings) command.addOption(settingOption(name));
  command.option("--json", "Result as JSON on stdout.").option("-q, --quiet", "No progress.");
  command.addHelpText(
    "after",
    `\nExamples:\n${spec.examples.map((example) => `  ab2d ${example}`).join("\n")}`,
  );
  command.action(async (...received: unknown[]) => {
    const options = received[spec.args.length] as OptionValues;
    await action(received.slice(0, spec.args.length) as Invocation["args"], options);
  });
}

function settingOption(name: SettingName): Option {
  const setting = SETTINGS[name];
  const choices = "choices" in setting ? ` One of ${setting.choices.join(", ")}.` : "";
  const fallback = "fallback" in setting ? ` Default: ${setting.fallback}.` : "";
  return new Option(`${flagOf(name)} <value>`, `${setting.help}${choices}${fallback} (${setting.env})`);
}

function commandLineError(error: CommanderError): EtlError {
  return new EtlError(error.message.replace(/^error: /, ""), {
    code: "USAGE",
    exitCode: ExitCode.usage,
    hint: "`ab2d --help` lists the commands, `ab2d COMMAND --help` its options with examples.",
  });
}

function errorText(error: EtlError): string {
  return [
    `ab2d: ${error.message}`,
    ...(error.hint ? [`      ${error.hint}`] : []),
    `      (${error.code}, exit ${error.exitCode})`,
  ].join("\n");
}

function errorJson({ code, message, hint, exitCode }: EtlError): object {
  return { code, message, hint: hint ?? null, exit_code: exitCode };
}

function jsonValue(_key: string, value: unknown): unknown {
  return typeof value === "bigint" ? value.toString() : value;
}

/** Log events as JSON lines on stderr, with the level's name. */
function stderrLog(level: string): Log {
  const logger = pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    pino.destination({ dest: 2, sync: true }),
  );
  const write = (at: "debug" | "info" | "warn") => (event: string, fields?: LogFields) =>
    logger[at]({ event, ...fields });
  return { debug: write("debug"), info: write("info"), warn: write("warn") };
}
