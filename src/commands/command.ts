import type { Clock } from "../clock.ts";
import type { SettingName, Settings } from "../config.ts";
import { EtlError, ExitCode } from "../errors.ts";
import type { Log } from "../log.ts";
import { migrate, pendingMigrations } from "../postgres/migrate.ts";
import { type OpenDatabase, openDatabase } from "../postgres/open-database.ts";
import type { Progress } from "../progress.ts";

/** What a command gives back. The program prints it; a command itself never prints. */
export interface CommandResult {
  /** For people, on stdout. */
  readonly text: string;
  /** For programs, on stdout with `--json`. */
  readonly json: unknown;
  readonly exitCode: ExitCode;
}

/** What the program hands to a command. */
export interface Door {
  readonly settings: Settings;
  /** Settings that came by flag. */
  readonly flags: Readonly<Partial<Record<SettingName, string>>>;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
  readonly log: Log;
  readonly progress: Progress;
  /** Aborts on SIGINT and SIGTERM. */
  readonly signal: AbortSignal;
  /** Shows a line while the command goes on: on stdout, before the result. */
  readonly say: (line: string) => void;
}

/** A command-line option: `--since <time>`. */
export interface OptionSpec {
  readonly flags: string;
  readonly help: string;
  /** May be given several times. */
  readonly repeats?: boolean;
}

/** One verb of the command line. `docs/cli.md` is made from these. */
export interface CommandSpec {
  readonly name: string;
  readonly summary: string;
  readonly args: readonly { readonly name: string; readonly help: string }[];
  readonly options: readonly OptionSpec[];
  /** Command lines that work, without the program's name. */
  readonly examples: readonly string[];
  run(
    args: readonly (string | readonly string[] | undefined)[],
    options: OptionValues,
    door: Door,
  ): Promise<CommandResult>;
}

export type OptionValues = Readonly<Record<string, string | boolean | readonly string[] | undefined>>;

/** The folder of the embedded server of this working folder. */
export const EMBEDDED_FOLDER = ".ab2d/postgres";

/** Opens the database of the settings for `work`, its schema up to date, and closes it afterwards. */
export async function withDatabase<T>(
  { settings, log }: Pick<Door, "settings" | "log">,
  work: (database: OpenDatabase) => Promise<T>,
): Promise<T> {
  const database = await openDatabase({ url: settings.databaseUrl, folder: EMBEDDED_FOLDER });
  try {
    await makeCurrent(database, settings.databaseUrl === undefined, log);
    return await work(database);
  } finally {
    await database.close();
  }
}

/** The embedded server is ours to migrate; on another's server that is a step of its own. */
async function makeCurrent(database: OpenDatabase, isOurs: boolean, log: Log): Promise<void> {
  const pending = await pendingMigrations(database.pool);
  if (pending.length === 0) return;
  if (!isOurs && pending[0] !== "0001_control.sql") {
    throw new EtlError(
      `Cannot use this database: its schema lacks ${pending.length} migrations, the first is ${pending[0]}`,
      {
        code: "SCHEMA_OLDER",
        exitCode: ExitCode.configuration,
        hint: "Back it up as you are used to, then run `ab2d migrate`.",
      },
    );
  }
  const ran = await migrate(database.pool);
  log.info("schema_migrated", { migrations: ran.length });
}

/** A mistake on the command line, with a line that works. */
export function usageError(problem: string, example: string): EtlError {
  return new EtlError(problem, { code: "USAGE", exitCode: ExitCode.usage, hint: `Try: ab2d ${example}` });
}
