import { readdirSync } from "node:fs";
import type pg from "pg";
import { sqlFile } from "../../src/postgres/sql-file.ts";

/** What a question may ask for. */
export interface QuestionParameters {
  /** ISO date. */
  readonly as_of: string;
  readonly mbi?: string;
}

/** A row with its values as JSON has them: dates as text, arrays as arrays. */
export type AnswerRow = Readonly<Record<string, unknown>>;

const FILES = readdirSync(new URL("../../sql/questions/", import.meta.url)).sort();

/** The rows that question `number` gives whoever `connection` is. */
export async function askQuestion(
  connection: pg.Pool | pg.ClientBase,
  number: number,
  parameters: QuestionParameters,
): Promise<readonly AnswerRow[]> {
  const file = FILES.find((name) => name.startsWith(`${String(number).padStart(2, "0")}_`));
  if (!file) throw new Error(`there is no question ${number}`);
  const { text, parameters: names } = sqlFile(`questions/${file.replace(/\.sql$/, "")}`);
  const values = names.map((name) => {
    const value = parameters[name as keyof QuestionParameters];
    if (value === undefined) throw new Error(`question ${number} wants ${name}`);
    return value;
  });
  const { rows } = await connection.query<{ answer: AnswerRow }>(
    `select to_json(answer) as answer from (${text.trim().replace(/;$/, "")}) as answer`,
    values,
  );
  return rows.map(({ answer }) => answer);
}
