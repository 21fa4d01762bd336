import { ExitCode } from "../errors.ts";
import { migrate } from "../postgres/migrate.ts";
import { openDatabase } from "../postgres/open-database.ts";
import { type CommandSpec, EMBEDDED_FOLDER } from "./command.ts";

export const migrateCommand: CommandSpec = {
  name: "migrate",
  summary: "Bring the database's schema up to date.",
  args: [],
  options: [],
  settings: [],
  examples: ["migrate"],
  async run(_args, _options, { settings }) {
    const database = await openDatabase({ url: settings.databaseUrl, folder: EMBEDDED_FOLDER });
    try {
      const ran = await migrate(database.pool);
      return {
        text:
          ran.length === 0 ? "The schema is up to date." : ran.map((name) => `applied ${name}`).join("\n"),
        json: { applied: ran },
        exitCode: ExitCode.ok,
      };
    } finally {
      await database.close();
    }
  },
};
