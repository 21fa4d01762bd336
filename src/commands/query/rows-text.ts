import pg from "pg";
import { table } from "../table.ts";
import type { Result } from "./read-only.ts";

/** How rows can be shown. */
export const FORMATS = ["table", "csv", "json"] as const;

export type Format = (typeof FORMATS)[number];

/** PostgreSQL's types whose values JSON has too: boolean, the integers and floats, json and jsonb, arrays of text. */
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
  texts: 1009,
};
const NUMBERS: readonly number[] = [OID.int8, OID.int2, OID.int4, OID.float4, OID.float8, OID.numeric];

/** The rows as objects of what JSON has. */
export function rowObjects({ fields, rows }: Result): readonly object[] {
  return rows.map((row) =>
    Object.fromEntries(
      fields.map(({ name, dataTypeID }, index) => [name, jsonValue(row[index] ?? null, dataTypeID)]),
    ),
  );
}

/** The rows as text, without a newline at its end. On a terminal long cells of a table are cut. */
export function rowsText(
  { fields, rows }: Result,
  { format, isTerminal }: { readonly format: Format; readonly isTerminal: boolean },
): string {
  if (format === "json") return JSON.stringify(rowObjects({ fields, rows }), undefined, 2);
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

/** A value as JSON has it; a number that JSON's readers would round stays text. */
function jsonValue(text: string | null, type: number): unknown {
  if (text === null) return null;
  if (type === OID.boolean) return text === "t";
  if (type === OID.json || type === OID.jsonb) return JSON.parse(text);
  if (type === OID.texts) return pg.types.getTypeParser(OID.texts as never)(text);
  if (!NUMBERS.includes(type) || type === OID.numeric) return text;
  const value = Number(text);
  return Number.isSafeInteger(value) || (type !== OID.int8 && Number.isFinite(value)) ? value : text;
}

function cellText(text: string | null, type: number): string {
  if (type === OID.boolean && text !== null) return text === "t" ? "true" : "false";
  return text ?? "";
}

function csvField(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
