import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { symlink, writeFile } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import pg from "pg";
import { expect, it } from "vitest";
import { questions } from "../src/commands/query/questions.ts";
import type { Result } from "../src/commands/query/read-only.ts";
import { rowsText } from "../src/commands/query/rows-text.ts";
import { temporaryFolder } from "./support/load-lines.ts";
import { questionBench } from "./support/question-bench.ts";
import { mayMakeRoles, roleBench, roleNames } from "./support/role-bench.ts";

const ROOT = fileURLToPath(new URL("../", import.meta.url));
const GUIDE = "../docs/analysts.md";
/** Code, and what it prints where that follows it. */
const EXAMPLE = /```(?<language>sql|sh)\n(?<code>.*?)```\n(?<shown>\n```text\n.*?```\n)?/gs;
const AS_OWNER = "-- As a member of ab2d_owner.\n";
const HAS_PSQL = spawnSync("psql", ["--version"]).status === 0;
/** A planted member's former MBI. */
const MBI = "2SX3HP0AD92";

interface Asker {
  readonly pool: pg.Pool;
  readonly url: string;
}

/** A filled database, its owner, and an analyst: under row-level security, where the tests' server lets us make roles. */
async function setup(): Promise<{ readonly owner: Asker; readonly analyst: Asker }> {
  const makesRoles = await mayMakeRoles();
  const nextName = makesRoles ? roleNames() : undefined;
  const { bench } = await questionBench("v2");
  if (!nextName) return { owner: bench.database, analyst: bench.database };
  const roles = await roleBench(bench.database, nextName);
  const analyst = await roles.login("in role ab2d_analyst");
  await bench.database.rows("insert into ab2d.contract_analyst values ($1, $2)", [
    analyst.name,
    bench.contract,
  ]);
  await roles.grant("on");
  return { owner: bench.database, analyst };
}

/** What the last of these statements returns, as `ab2d query` prints it. */
async function answer({ pool }: Asker, code: string): Promise<string> {
  const client = await pool.connect();
  try {
    await client.query("set timezone to 'UTC'");
    const config = { text: code, rowMode: "array", types: { getTypeParser: () => String as never } } as const;
    const results: Result | readonly Result[] = await client.query<(string | null)[]>(config);
    const { fields, rows } = [results].flat().at(-1)!;
    if (rows.length === 0) throw new Error(`an example of docs/analysts.md finds nothing:\n${code}`);
    return rowsText({ fields, rows }, { format: "table", isTerminal: false });
  } finally {
    client.release(true);
  }
}

/** A shell as the guide's reader has it: `ab2d`, the service `claims`, and the member's MBI in a file. */
async function shellOf({ url }: Asker): Promise<(code: string) => string> {
  const cwd = await temporaryFolder();
  const { host, port, database, user, password } = new pg.Client({ connectionString: url });
  const service = Object.entries({ host, port, dbname: database, user, password }).filter(
    ([, value]) => value,
  );
  const program = `exec "${process.execPath}" "${join(ROOT, "src/launch.mjs")}" "$@"`;
  await writeFile(join(cwd, "service"), ["[claims]", ...service.map((pair) => pair.join("="))].join("\n"));
  await writeFile(join(cwd, "ab2d"), `#!/bin/sh\n${program}\n`, { mode: 0o755 });
  await writeFile(join(cwd, "mbi.txt"), `${MBI}\n`);
  await symlink(join(ROOT, "sql"), join(cwd, "sql"));
  const env = {
    PATH: [cwd, process.env["PATH"]].join(delimiter),
    HOME: cwd,
    DATABASE_URL: url,
    PGSERVICEFILE: join(cwd, "service"),
  };
  return (code) => {
    const { status, stdout, stderr } = spawnSync("sh", ["-ec", code], { cwd, env, encoding: "utf8" });
    expect({ status, stderr: stderr.replace(/^As of .*\n/gm, "") }, code).toEqual({ status: 0, stderr: "" });
    return stdout.trimEnd();
  };
}

/** `page` with the rows of the table that has this heading replaced. */
function withRows(page: string, heading: string, rows: readonly string[]): string {
  const start = page.indexOf(heading);
  expect(start, heading).toBeGreaterThan(0);
  const [head, rule] = page.slice(start).split("\n");
  const end = page.indexOf("\n\n", start);
  return [page.slice(0, start) + head, rule, ...rows].join("\n") + page.slice(end);
}

/** The tables and views in the order in which the guide names them, each with the beginning of its comment. */
async function grains(page: string, { pool }: Asker): Promise<readonly string[]> {
  const { rows } = await pool.query<{ name: string; grain: string }>(
    `select distinct table_name as name, substring(table_description from '^Grain: one row per (.*?)\\.(?: |$)') as grain
     from ab2d.data_dictionary`,
  );
  const place = ({ name }: { name: string }) => page.indexOf(`\n| \`${name}\` |`);
  for (const row of rows) expect(place(row), `docs/analysts.md names ${row.name}`).toBeGreaterThan(0);
  return rows.sort((a, b) => place(a) - place(b)).map(({ name, grain }) => `| \`${name}\` | ${grain} |`);
}

function questionRows(): readonly string[] {
  return questions().map(({ number, question, askedBy, parameters, sql }) => {
    const wants = parameters.map((name) => `\`${name}\``).join(", ");
    return `| [${number}](../sql/${sql.name}.sql) | ${question} | ${askedBy.replace(/\.$/, "")} | ${wants} |`;
  });
}

it("docs/analysts.md shows what the database answers", { timeout: 300_000 }, async () => {
  const { owner, analyst } = await setup();
  const shell = await shellOf(analyst);
  let page = readFileSync(new URL(GUIDE, import.meta.url), "utf8");
  page = withRows(page, "| table or view |", await grains(page, analyst));
  page = withRows(page, "| | question |", questionRows());
  const parts: string[] = [];
  let end = 0;
  for (const { 0: text, index, groups } of page.matchAll(EXAMPLE)) {
    const { language, code, shown } = groups as { language: string; code: string; shown?: string };
    parts.push(page.slice(end, index));
    end = index + text.length;
    const runs = language === "sql" || code.startsWith("ab2d ") || (code.startsWith("psql ") && HAS_PSQL);
    const printed = !runs
      ? undefined
      : language === "sh"
        ? shell(code)
        : await answer(code.startsWith(AS_OWNER) ? owner : analyst, code);
    const replaces = shown !== undefined && printed !== undefined;
    parts.push(replaces ? text.replace(shown, () => `\n\`\`\`text\n${printed}\n\`\`\`\n`) : text);
  }
  parts.push(page.slice(end));
  await expect(parts.join("")).toMatchFileSnapshot(GUIDE);
});
