import { recordAuditEvent } from "../control/audit-events.ts";
import { ExitCode } from "../errors.ts";
import { grantRoles, type RowLevelSecurity, rolesState } from "../postgres/grant-roles.ts";
import { migrate } from "../postgres/migrate.ts";
import { openDatabase } from "../postgres/open-database.ts";
import { transaction } from "../postgres/transaction.ts";
import { type CommandSpec, EMBEDDED_FOLDER } from "./command.ts";

export const migrateCommand: CommandSpec = {
  name: "migrate",
  summary: "Bring the database's schema up to date.",
  args: [],
  options: [
    {
      flags: "--roles",
      help: "Also make the roles ab2d_owner, ab2d_loader and ab2d_analyst and set their rights anew. Once they are there, every upgrade does so.",
    },
  ],
  settings: ["rowLevelSecurity"],
  examples: ["migrate", "migrate --roles", "migrate --roles --row-level-security on"],
  async run(_args, options, { settings }) {
    const database = await openDatabase({ url: settings.databaseUrl, folder: EMBEDDED_FOLDER });
    try {
      const applied = await migrate(database.pool);
      const wanted = settings.rowLevelSecurity;
      const roles = await transaction(database.pool, async (tx) => {
        const { are_granted, has_additions, row_level_security } = await rolesState(tx);
        // What a migration adds belongs to whoever applied it, and nobody else may read it yet.
        if (options["roles"] !== true && !(are_granted && (applied.length > 0 || has_additions))) {
          return { granted: false, row_level_security };
        }
        const now = await grantRoles(tx, wanted);
        await recordAuditEvent({ action: "roles_granted", detail: { row_level_security: now } }, tx);
        return { granted: true, row_level_security: now };
      });
      return {
        text: [
          ...(applied.length === 0
            ? ["The schema is up to date."]
            : applied.map((name) => `applied ${name}`)),
          ...rolesText(roles, wanted),
        ].join("\n"),
        json: {
          applied,
          roles_granted: roles.granted,
          row_level_security: roles.row_level_security,
        },
        exitCode: ExitCode.ok,
      };
    } finally {
      await database.close();
    }
  },
};

function rolesText(
  {
    granted,
    row_level_security,
  }: { readonly granted: boolean; readonly row_level_security: RowLevelSecurity },
  wanted: RowLevelSecurity | undefined,
): readonly string[] {
  if (granted) return [`The roles are in place; row-level security is ${row_level_security}.`];
  if (wanted === undefined || wanted === row_level_security) return [];
  return [
    `Row-level security is ${row_level_security}, the setting says ${wanted}: run \`ab2d migrate --roles\`.`,
  ];
}
