import { readdirSync, readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { bindParameters, sqlFile } from "../../src/postgres/sql-file.ts";
import { freshDatabase } from "../support/fresh-database.ts";

const ROOT = new URL("../../sql/", import.meta.url);

/** The statements: the files of the folders of `sql/`. What lies beside the folders is for psql alone. */
const NAMES = readdirSync(ROOT, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .flatMap(({ name: folder }) => readdirSync(new URL(folder, ROOT)).map((file) => `${folder}/${file}`))
  .map((path) => path.replace(/\.sql$/, ""));

function sourceOf(name: string): string {
  return readFileSync(new URL(`${name}.sql`, ROOT), "utf8");
}

function headerOf(source: string): string {
  return /^(--.*\n)+/.exec(source)?.[0] ?? "";
}

/** The statement alone: no comments, and nothing within quotes. */
function codeOf(source: string): string {
  return source.replaceAll(/--.*|'(?:[^']|'')*'|"[^"]*"/g, (token) =>
    token.startsWith("--") ? "" : token[0]!.repeat(2),
  );
}

describe("bindParameters()", () => {
  it.each([
    ["a parameter", "select :a", "select $1", ["a"]],
    ["each parameter once, in the order of the text", "select :b, :a, :b", "select $1, $2, $1", ["b", "a"]],
    ["a parameter and its cast", "select :a::text[]", "select $1::text[]", ["a"]],
    ["names that begin alike", "select :run, :run_id", "select $1, $2", ["run", "run_id"]],
    ["a parameter in parentheses", "any(:ids)", "any($1)", ["ids"]],
    ["parameters without a space between", ":a:b", "$1$2", ["a", "b"]],
  ])("binds %s", (_, source, text, parameters) => {
    expect(bindParameters(source)).toEqual({ text, parameters });
  });

  it.each([
    ["a cast", "select a::bigint, b::text[]"],
    ["a colon in quotes", "select split_part(id, ':', 1), ':a', 'it''s :a'"],
    ["a colon in a quoted name", 'select ":a" from "b:c"'],
    ["a colon in a comment", "select 1 -- as :a\n, 2"],
    ["a quote in a comment", "-- it's :a\nselect 1"],
    ["two dashes in quotes", "select '--', 'b:a'"],
    ["a slice", "select a[1:2]"],
    ["a time", "select timestamp '2024-01-01 10:20:30'"],
    ["a parameter of the driver", "select $1"],
    ["a capital, which no parameter has", "select :A"],
    ["nothing", ""],
  ])("leaves %s as it is", (_, source) => {
    expect(bindParameters(source)).toEqual({ text: source, parameters: [] });
  });

  it("binds what follows a comment or a quote", () => {
    expect(bindParameters("-- :no\nselect ':no', :yes -- :no\n, \":no\", :no_more")).toEqual({
      text: "-- :no\nselect ':no', $1 -- :no\n, \":no\", $2",
      parameters: ["yes", "no_more"],
    });
  });

  it("gives back the source when the names are put in again", () => {
    const piece = fc.constantFrom(
      ":a",
      ":b_1",
      "::",
      "'x:y'",
      '"q:r"',
      "-- c :d\n",
      " ",
      ",",
      "select",
      "(",
      "'it''s'",
    );
    fc.assert(
      fc.property(fc.array(piece), (pieces) => {
        const source = pieces.join(" ");
        const { text, parameters } = bindParameters(source);
        expect(text.replaceAll(/\$(\d+)/g, (_, number) => `:${parameters[Number(number) - 1]}`)).toBe(source);
        expect(new Set(parameters).size).toBe(parameters.length);
      }),
    );
  });
});

describe("sqlFile()", () => {
  it("reads a file by its name, once", () => {
    const file = sqlFile("claims/stored_resources");
    expect(file).toMatchObject({ name: "claims/stored_resources", parameters: ["eob_ids"] });
    expect(file.text).toContain("where eob_id = any($1::text[])");
    expect(sqlFile("claims/stored_resources")).toBe(file);
  });

  it("throws when there is no such file", () => {
    expect(() => sqlFile("claims/no_such_file")).toThrow(/ENOENT/);
  });
});

describe("sql/", () => {
  it("has statements", () => {
    expect(NAMES.length).toBeGreaterThan(15);
  });

  it.each(NAMES)("%s says its purpose, its parameters and its result", (name) => {
    const header = headerOf(sourceOf(name));
    expect(header).toMatch(/^-- [A-Z][^\n]{20,}/);
    expect(header).toMatch(/^-- Parameters?: /m);
    expect(header).toMatch(/^-- Result: /m);
    const { parameters } = sqlFile(name);
    const said = header.slice(header.search(/^-- Parameters?: /m), header.search(/^-- Result: /m));
    for (const parameter of parameters) expect(said).toMatch(new RegExp(`\\b${parameter}\\b`));
    expect(/^-- Parameters: /m.test(said)).toBe(parameters.length !== 1);
    expect(/: none\.$/m.test(said)).toBe(parameters.length === 0);
  });

  it.each(NAMES)("%s is one statement, in lower case, without tabs and long lines", (name) => {
    const source = sourceOf(name);
    const code = codeOf(source);
    expect(code).toBe(code.toLowerCase());
    expect(code.trim().indexOf(";")).toBe(code.trim().length - 1);
    expect(source).not.toMatch(/\t| \n|\/\*/);
    expect(source.endsWith(";\n")).toBe(true);
    for (const line of source.split("\n")) expect(line.length).toBeLessThanOrEqual(130);
  });

  it.each(NAMES)("%s has one clause a line", (name) => {
    for (const line of codeOf(sourceOf(name)).split("\n")) {
      // What stands in parentheses on one line belongs to an expression; these pairs of words are one clause.
      let rest = line;
      for (let before = ""; before !== rest; ) {
        before = rest;
        rest = rest.replaceAll(/\([^()]*\)/g, "()");
      }
      rest = rest.replaceAll(/delete from|is (not )?distinct from|for update|do update/g, "…");
      const clauses = rest.match(
        /\b(select|from|where|(left |cross )?join|group by|having|order by|limit|returning|set|values|union)\b/g,
      );
      expect(clauses?.length ?? 0, line).toBeLessThanOrEqual(1);
    }
  });

  it("holds statements that PostgreSQL can prepare, with the types it infers", async () => {
    const { pool } = await freshDatabase();
    const client = await pool.connect();
    const failed: string[] = [];
    for (const [index, name] of NAMES.entries()) {
      const { text, parameters } = sqlFile(name);
      await client
        .query(`prepare statement_${index} as ${text}`)
        .catch((error: Error) => failed.push(`${name}: ${error.message}`));
      const { rows } = await client.query<{ count: number }>(
        "select cardinality(parameter_types) as count from pg_prepared_statements where name = $1",
        [`statement_${index}`],
      );
      if (rows[0]?.count !== parameters.length) failed.push(`${name}: ${rows[0]?.count} parameters`);
    }
    client.release();
    expect(failed).toEqual([]);
  });
});
