import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** A statement of `sql/`, ready for the driver. */
export interface SqlFile {
  /** Its path below `sql/`, without the ending: `claims/promote_current`. */
  readonly name: string;
  /** The statement with `$1`, `$2` … in place of `:parameter`. */
  readonly text: string;
  /** The parameters' names in the order of their numbers. */
  readonly parameters: readonly string[];
}

const ROOT = new URL("../../sql/", import.meta.url);
// What may hold a colon that is no parameter comes first: comments, quoted text, casts.
const TOKEN = /--[^\n]*|'(?:[^']|'')*'|"[^"]*"|::|:([a-z_][a-z0-9_]*)/g;
const loaded = new Map<string, SqlFile>();

/**
 * Reads `sql/NAME.sql`. `:parameter` becomes `$n`, so that the same file runs in psql with `-v parameter=…`.
 * Throws when there is no such file.
 */
export function sqlFile(name: string): SqlFile {
  const known = loaded.get(name);
  if (known) return known;
  const source = readFileSync(fileURLToPath(new URL(`${name}.sql`, ROOT)), "utf8");
  const file = { name, ...bindParameters(source) };
  loaded.set(name, file);
  return file;
}

/** Puts `$1`, `$2` … in place of `:parameter` in `source`, outside comments, quotes and casts. */
export function bindParameters(source: string): { text: string; parameters: readonly string[] } {
  const parameters: string[] = [];
  const text = source.replace(TOKEN, (token, name: string | undefined) => {
    if (name === undefined) return token;
    if (!parameters.includes(name)) parameters.push(name);
    return `$${parameters.indexOf(name) + 1}`;
  });
  return { text, parameters };
}
