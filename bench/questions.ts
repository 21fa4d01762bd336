// Times the questions of sql/questions on a million claims, with row-level security off and on: `npm run bench:questions`.
// On the server of TEST_DATABASE_URL or DATABASE_URL, whose role may create databases and roles, or on an embedded one.
import { randomBytes } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import pg from "pg";
import { table } from "../src/commands/table.ts";
import { startEmbeddedPostgres } from "../src/postgres/embedded.ts";
import { grantRoles } from "../src/postgres/grant-roles.ts";
import { migrate } from "../src/postgres/migrate.ts";
import { createPool } from "../src/postgres/pool.ts";
import { transaction } from "../src/postgres/transaction.ts";
import { withDatabase } from "../test/support/global-setup.ts";
import { CONTRACTS, fillClaims } from "./fill-claims.ts";
import { type TimedQuestion, timeQuestions } from "./time-questions.ts";

/** No question may take longer, in seconds. */
const LIMIT = 2;
const RESULTS = fileURLToPath(new URL("results/", import.meta.url));

const { values } = parseArgs({
  options: {
    claims: { type: "string", default: "1000000" },
    runs: { type: "string", default: "3" },
  },
});

process.exitCode = await main({ claims: Number(values.claims), runs: Number(values.runs) });

/** Runs the benchmark and returns the exit code: 1 when a question took longer than the limit. */
async function main({ claims, runs }: { readonly claims: number; readonly runs: number }): Promise<number> {
  const given = process.env["TEST_DATABASE_URL"] ?? process.env["DATABASE_URL"];
  const embedded = given === undefined ? await startEmbeddedPostgres() : undefined;
  const adminUrl = given ?? embedded!.superuserUrl;
  const name = `bench_${randomBytes(6).toString("hex")}`;
  await onServer(adminUrl, `create database ${name}`, `create role ${name}`);
  const pool = createPool(withDatabase(adminUrl, name));
  try {
    await migrate(pool);
    tell(`Filling a database with ${claims} claims…`);
    const filled = await fillClaims(pool, { claims });
    tell("Asking, row-level security off…");
    const off = await timeQuestions(pool, { runs, onTimed });
    await transaction(pool, (tx) => grantRoles(tx, "on"));
    await pool.query(`grant ab2d_analyst to ${name}`);
    await pool.query("insert into ab2d.contract_analyst (role_name, contract_number) values ($1, $2)", [
      name,
      CONTRACTS[0],
    ]);
    tell(`Asking as an analyst of ${CONTRACTS[0]}, row-level security on…`);
    const on = await timeQuestions(pool, { runs, role: name, onTimed });
    const server = (await pool.query<{ version: string }>("select version()")).rows[0]!.version;
    mkdirSync(RESULTS, { recursive: true });
    writeFileSync(
      `${RESULTS}questions.json`,
      `${JSON.stringify({ server, runs, filled, row_level_security: { off, on } }, undefined, 2)}\n`,
    );
    const rows = off.map((timed, index) => [
      timed.number,
      timed.question,
      String(timed.rows),
      timed.median.toFixed(2),
      String(on[index]!.rows),
      on[index]!.median.toFixed(2),
    ]);
    const right = "right" as const;
    process.stdout.write(
      `${filled.current_claims} current claims of ${filled.members} members, ${filled.lines} lines, ${filled.diagnoses} diagnoses; ${server}\n\n${table(
        [
          { heading: "no." },
          { heading: "question" },
          { heading: "rows", align: right },
          { heading: "seconds", align: right },
          { heading: "rows of one contract", align: right },
          { heading: "seconds", align: right },
        ],
        rows,
      )}\n`,
    );
    const slow = [...off, ...on].filter(({ median }) => median > LIMIT);
    if (slow.length > 0) tell(`Over ${LIMIT} s: ${slow.map(({ number }) => number).join(", ")}.`);
    return slow.length > 0 ? 1 : 0;
  } finally {
    await pool.end();
    await onServer(adminUrl, `drop database ${name} with (force)`, `drop role ${name}`);
    await embedded?.stop();
  }
}

async function onServer(url: string, ...statements: readonly string[]): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    for (const statement of statements) await client.query(statement);
  } finally {
    await client.end();
  }
}

function onTimed({ number, median }: TimedQuestion): void {
  tell(`  ${number}  ${median.toFixed(2)} s`);
}

function tell(line: string): void {
  process.stderr.write(`${line}\n`);
}
