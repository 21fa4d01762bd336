import type pg from "pg";
import { asEtlError } from "../as-etl-error.ts";
import { EtlError, ExitCode, sqlstate } from "../errors.ts";
import { type CommandSpec, usageError, withDatabase } from "./command.ts";
import { table } from "./table.ts";

const EXAMPLE = `query "select claim_type, count(*) from ab2d.claim group by 1"`;
const FORMATS = ["table", "csv", "json"];
/** PostgreSQL's types whose values JSON has too: boolean, the integers and floats, json and jsonb. */
const OID = {
  boolean: 16,
  int8: 20,
  int2: 21,
  int4: 23,
  float4: 700,
  float8: 701,
  numeric: 1700,
  json: 114,
  jsonb: 3802,
};
const NUMBERS: readonly number[] = [OID.int8, OID.int2, OID.int4, OID.float4, OID.float8, OID.numeric];

export const queryCommand: CommandSpec = {
  name: "query",
  summary: "Run SQL on the claims, read only.",
  args: [{ name: "<sql>", help: "One statement. Tables and columns: docs/data-dictionary.md." }],
  options: [
    { flags: "--format <format>", help: `How rows are shown: ${FORMATS.join(", ")}. Default: table.` },
  ],
  settings: [],
  examples: [EXAMPLE, `query "select * from ab2d.claim limit 5" --format csv`],
  async run([sql], options, door) {
    const format = String(options["format"] ?? "table");
    if (!FORMATS.includes(format)) {
      throw usageError(`Cannot show rows as asked: --format is one of ${FORMATS.join(", ")}`, EXAMPLE);
    }
    return withDatabase(door, { schema: "trust" }, async ({ pool }) => {
      const { fields, rows } = await readOnly(String(sql), pool, door.signal);
      const objects = rows.map((row) =>
        Object.fromEntries(
          fields.map(({ name, dataTypeID }, index) => [name, jsonValue(row[index] ?? null, dataTypeID)]),
        ),
      );
      return {
        text: show(fields, rows, { format, objects, isTerminal: door.isTerminal }),
        json: objects,
        exitCode: ExitCode.ok,
      };
    });
  },
};

type Row = readonly (string | null)[];

interface Result {
  readonly fields: readonly pg.FieldDef[];
  readonly rows: readonly Row[];
}

/** Runs one statement that can't change anything; its values come as PostgreSQL writes them. Stops when `signal` aborts. */
async function readOnly(sql: string, pool: pg.Pool, signal: AbortSignal): Promise<Result> {
  const client = await pool.connect();
  const cancel = (): void => {
    const { processID } = client as pg.PoolClient & { readonly processID: number };
    // If the server is gone there is nothing to cancel, and the statement fails by itself.
    pool.query("select pg_cancel_backend($1)", [processID]).catch(() => {});
  };
  signal.addEventListener("abort", cancel, { once: true });
  try {
    // The session is read only too: a statement could end the transaction. The extended protocol takes one statement at a time.
    await client.query("set default_transaction_read_only = on");
    await client.query("begin transaction read only");
    const statement = {
      text: sql,
      rowMode: "array",
      queryMode: "extended",
      types: { getTypeParser: () => String as never },
    } as const;
    const { fields, rows }: Result = await client.query<(string | null)[]>(statement);
    if (fields.length === 0) throw usageError("Cannot run the query: it returns no rows", EXAMPLE);
    return { fields, rows };
  } catch (error) {
    signal.throwIfAborted();
    throw queryError(error);
  } finally {
    signal.removeEventListener("abort", cancel);
    // Closing the session ends its transaction.
    client.release(true);
  }
}

/** SQLSTATE class 42 is about the statement itself, which the asker wrote; other messages can quote rows. */
function queryError(error: unknown): EtlError {
  if (error instanceof EtlError) return error;
  const state = sqlstate(error);
  if (state === undefined) return asEtlError(error);
  const isReadOnly = state === "25006";
  const isAboutStatement = state.startsWith("42") && error instanceof Error;
  const reason = isReadOnly ? "query only reads" : isAboutStatement ? error.message : "PostgreSQL refused it";
  return new EtlError(`Cannot run the query: ${reason} (${state})`, {
    code: "QUERY_FAILED",
    exitCode: isReadOnly || isAboutStatement ? ExitCode.usage : ExitCode.unavailable,
    hint: `Try: ab2d ${EXAMPLE}`,
  });
}

/** A value as JSON has it; a number that JSON's readers would round stays text. */
function jsonValue(text: string | null, type: number): unknown {
  if (text === null) return null;
  if (type === OID.boolean) return text === "t";
  if (type === OID.json || type === OID.jsonb) return JSON.parse(text);
  if (!NUMBERS.includes(type) || type === OID.numeric) return text;
  const value = Number(text);
  return Number.isSafeInteger(value) || (type !== OID.int8 && Number.isFinite(value)) ? value : text;
}

interface Shown {
  readonly format: string;
  readonly objects: readonly object[];
  readonly isTerminal: boolean;
}

function show(
  fields: readonly pg.FieldDef[],
  rows: readonly Row[],
  { format, objects, isTerminal }: Shown,
): string {
  if (format === "json") return JSON.stringify(objects, undefined, 2);
  const cells = rows.map((row) => row.map((text, index) => cellText(text, fields[index]!.dataTypeID)));
  if (format === "csv") {
    return [fields.map(({ name }) => name), ...cells].map((row) => row.map(csvField).join(",")).join("\n");
  }
  const columns = fields.map(({ name, dataTypeID }) => ({
    heading: name,
    align: NUMBERS.includes(dataTypeID) ? ("right" as const) : ("left" as const),
  }));
  const oneLine = cells.map((row) => row.map((text) => text.replaceAll(/\s*\n\s*/g, " ")));
  const maxWidth = isTerminal ? 60 : Number.POSITIVE_INFINITY;
  return `${table(columns, oneLine, { maxWidth })}\n(${rows.length} ${rows.length === 1 ? "row" : "rows"})`;
}

function cellText(text: string | null, type: number): string {
  if (type === OID.boolean && text !== null) return text === "t" ? "true" : "false";
  return text ?? "";
}

function csvField(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
