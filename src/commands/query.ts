import { EtlError, ExitCode, sqlstate } from "../errors.ts";
import { type CommandSpec, usageError, withDatabase } from "./command.ts";
import { table } from "./table.ts";

const EXAMPLE = `query "select claim_type, count(*) from ab2d.claim group by 1"`;
const FORMATS = ["table", "csv", "json"];

export const queryCommand: CommandSpec = {
  name: "query",
  summary: "Run SQL on the claims, read only.",
  args: [{ name: "<sql>", help: "One statement. Tables and columns: docs/data-dictionary.md." }],
  options: [
    { flags: "--format <format>", help: `How rows are shown: ${FORMATS.join(", ")}. Default: table.` },
  ],
  examples: [EXAMPLE, `query "select * from ab2d.claim limit 5" --format csv`],
  async run([sql], options, door) {
    const format = String(options["format"] ?? "table");
    if (!FORMATS.includes(format))
      throw usageError(`Cannot show rows as asked: --format is one of ${FORMATS.join(", ")}`, EXAMPLE);
    return withDatabase(door, async ({ pool }) => {
      const client = await pool.connect();
      try {
        await client.query("begin transaction read only");
        const { fields, rows } = await client.query<unknown[]>({ text: String(sql), rowMode: "array" });
        await client.query("rollback");
        const headings = fields.map(({ name }) => name);
        const objects = rows.map((row) =>
          Object.fromEntries(headings.map((heading, index) => [heading, row[index]])),
        );
        return { text: show(headings, rows, { format, objects }), json: objects, exitCode: ExitCode.ok };
      } catch (error) {
        throw queryError(error);
      } finally {
        client.release(true);
      }
    });
  },
};

/** SQLSTATE class 42 is about the statement itself, which the asker wrote; other messages can quote rows. */
function queryError(error: unknown): unknown {
  const code = sqlstate(error);
  if (code === undefined) return error;
  const reason =
    code.startsWith("42") && error instanceof Error
      ? error.message
      : "see the SQLSTATE in the PostgreSQL manual";
  return new EtlError(`Cannot run the query: ${code}, ${reason}`, {
    code: "QUERY_FAILED",
    exitCode: code === "25006" || code.startsWith("42") ? ExitCode.usage : ExitCode.unavailable,
    hint: code === "25006" ? "query only reads." : `Try: ab2d ${EXAMPLE}`,
  });
}

interface Shown {
  readonly format: string;
  readonly objects: readonly object[];
}

function show(headings: readonly string[], rows: readonly unknown[][], { format, objects }: Shown): string {
  if (format === "json") return JSON.stringify(objects, undefined, 2);
  const cells = rows.map((row) => row.map(cellText));
  if (format === "csv") return [headings, ...cells].map((row) => row.map(csvField).join(",")).join("\n");
  const columns = headings.map((heading, index) => ({
    heading,
    align: rows.some((row) => typeof row[index] === "number") ? ("right" as const) : ("left" as const),
  }));
  return `${table(columns, cells)}\n(${rows.length} ${rows.length === 1 ? "row" : "rows"})`;
}

function cellText(value: unknown): string {
  if (value === null || value === undefined) return "";
  if (value instanceof Date) return value.toISOString();
  if (Buffer.isBuffer(value)) return `\\x${value.toString("hex")}`;
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

function csvField(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
