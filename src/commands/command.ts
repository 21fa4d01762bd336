import { mkdirSync } from "node:fs";
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
  /** Whether the result goes to a terminal. */
  readonly isTerminal: boolean;
  /** Shows a line while the command goes on: on stdout, before the result. */
  readonly say: (line: string) => void;
  /** Shows a line about the result on stderr; absent where nobody wants one. */
  readonly note?: (line: string) => void;
  /** Asks whoever sits at the terminal; absent where nobody does. Throws INTERRUPTED (130) when they leave. */
  readonly ask?: (question: string) => Promise<string>;
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
  /** The settings that it heeds and that have a flag. */
  readonly settings: readonly SettingName[];
  /** Command lines that work, without the program's name. */
  readonly examples: readonly string[];
  run(
    args: readonly (string | readonly string[] | undefined)[],
    options: OptionValues,
    door: Door,
  ): Promise<CommandResult>;
}

export type OptionValues = Readonly<Record<string, string | boolean | readonly string[] | undefined>>;

/** Where the program keeps what it makes, below the working folder. */
const WORKING_FOLDER = ".ab2d";
/** The folder of the embedded server of this working folder. */
export const EMBEDDED_FOLDER = `${WORKING_FOLDER}/postgres`;

/**
 * Makes sure that `.ab2d` is there. Others may pass through it, not look in: as root, the embedded server runs as another user.
 * Each folder inside is private.
 */
export function prepareWorkingFolder(): void {
  mkdirSync(WORKING_FOLDER, { recursive: true, mode: 0o711 });
}

/** What a command needs of the schema: `make` it where there is none, `have` it, or `trust` that what it asks for is there. */
type SchemaNeed = "make" | "have" | "trust";

/** Opens the database of the settings for `work`, its schema as `schema` says, and closes it afterwards. */
export async function withDatabase<T>(
  { settings, log }: Pick<Door, "settings" | "log">,
  { schema }: { readonly schema: SchemaNeed },
  work: (database: OpenDatabase) => Promise<T>,
): Promise<T> {
  const connections = connectionsWanted(settings);
  const database = await openDatabase({ url: settings.databaseUrl, folder: EMBEDDED_FOLDER, connections });
  try {
    if (schema !== "trust") {
      await checkSchema(database, {
        isOurs: settings.databaseUrl === undefined,
        makes: schema === "make",
        log,
      });
    }
    return await work(database);
  } finally {
    await database.close();
  }
}

/** The most connections that a command opens: for each contract one for every loader and download, the run lock, and short statements. */
export function connectionsWanted({ loaders, downloads, contractsAtOnce }: Settings): number {
  return contractsAtOnce * (loaders + downloads + 4);
}

interface SchemaCheck {
  /** Whether it is the embedded server, which nobody else looks after. */
  readonly isOurs: boolean;
  readonly makes: boolean;
  readonly log: Log;
}

/** On a server that is not ours, a schema is made by who loads into it first, and changed by `migrate` alone. */
async function checkSchema(database: OpenDatabase, { isOurs, makes, log }: SchemaCheck): Promise<void> {
  const pending = await pendingMigrations(database.pool);
  if (pending.length === 0) return;
  const isNew = pending[0] === "0001_control.sql";
  if (isOurs || (isNew && makes)) {
    const ran = await migrate(database.pool);
    log.info("schema_migrated", { migrations: ran.length });
    return;
  }
  throw new EtlError(
    isNew
      ? "Cannot use this database: it has no ab2d schema yet"
      : `Cannot use this database: its schema lacks ${pending.length} migrations, the first is ${pending[0]}`,
    {
      code: isNew ? "SCHEMA_MISSING" : "SCHEMA_OLDER",
      exitCode: ExitCode.configuration,
      hint: isNew
        ? "Run `ab2d migrate`, or load something."
        : "Back it up as you are used to, then run `ab2d migrate`.",
    },
  );
}

/** A mistake on the command line, with a line that works. */
export function usageError(problem: string, example: string): EtlError {
  return new EtlError(problem, { code: "USAGE", exitCode: ExitCode.usage, hint: `Try: ab2d ${example}` });
}
