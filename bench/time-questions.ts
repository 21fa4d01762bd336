import type pg from "pg";
import { QUERY_SESSION } from "../src/commands/query/query-session.ts";
import { type Question, questions } from "../src/commands/query/questions.ts";
import { sqlstate } from "../src/errors.ts";

/** How long a question took. */
export interface TimedQuestion {
  readonly number: string;
  readonly question: string;
  readonly rows: number;
  /** Of each run, in order; from sending the statement to the last row. One that was given up has the time until then, and no rows. */
  readonly seconds: readonly number[];
  readonly median: number;
  /** `explain (analyze, buffers, format json)` of one more run; without `analyze` when it was given up. */
  readonly plan: unknown;
}

export interface TimingOptions {
  readonly runs: number;
  /** Who asks; absent: whoever `pool` connects. */
  readonly role?: string;
  /** Hears of each question as it is done. */
  readonly onTimed?: (timed: TimedQuestion) => void;
}

/** A question is given up after so many seconds. */
const PATIENCE = 60;
const CANCELED = "57014";

/** Asks all questions `runs` times in a session like the query command's, for the newest day of service and the busiest member. */
export async function timeQuestions(
  pool: pg.Pool,
  { runs, role, onTimed }: TimingOptions,
): Promise<readonly TimedQuestion[]> {
  const client = await pool.connect();
  try {
    await client.query(`${QUERY_SESSION}; set statement_timeout = '${PATIENCE}s'`);
    if (role !== undefined) await client.query(`set role ${client.escapeIdentifier(role)}`);
    const { rows } = await client.query<{ as_of: string; mbi: string }>(
      `select
         (select max(last_service_date)::text from ab2d.beneficiary_contract) as as_of,
         (
           select beneficiary_identifier.mbi
           from ab2d.claim
           join ab2d.beneficiary_identifier using (beneficiary_id)
           group by beneficiary_identifier.mbi
           order by count(*) desc, beneficiary_identifier.mbi
           limit 1
         ) as mbi`,
    );
    const timed: TimedQuestion[] = [];
    for (const question of questions()) {
      const done = await timeQuestion(client, question, { runs, ...rows[0]! });
      timed.push(done);
      onTimed?.(done);
    }
    return timed;
  } finally {
    client.release(true);
  }
}

async function timeQuestion(
  client: pg.PoolClient,
  { number, question, sql }: Question,
  { runs, ...parameters }: { readonly runs: number; readonly as_of: string; readonly mbi: string },
): Promise<TimedQuestion> {
  const values = sql.parameters.map((name) => parameters[name as keyof typeof parameters]);
  const statement = { values, rowMode: "array", types: { getTypeParser: () => String as never } } as const;
  const explain = async (options: string): Promise<unknown> =>
    (await client.query<[string]>({ ...statement, text: `explain (${options}) ${sql.text}` })).rows[0]![0];
  const seconds: number[] = [];
  let count = 0;
  try {
    for (let run = 0; run < runs; run++) {
      const start = performance.now();
      count = (await client.query({ ...statement, text: sql.text })).rows.length;
      seconds.push((performance.now() - start) / 1000);
    }
    const plan: unknown = JSON.parse(String(await explain("analyze, buffers, format json")));
    return { number, question, rows: count, seconds, median: median(seconds), plan };
  } catch (error) {
    if (sqlstate(error) !== CANCELED) throw error;
    const plan: unknown = JSON.parse(String(await explain("format json")));
    return { number, question, rows: 0, seconds: [...seconds, PATIENCE], median: PATIENCE, plan };
  }
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)]!;
}
