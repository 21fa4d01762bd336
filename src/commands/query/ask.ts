import type pg from "pg";
import type { Asked } from "./read-asked.ts";
import { type Result, readOnly } from "./read-only.ts";

interface Where {
  readonly pool: pg.Pool;
  readonly signal: AbortSignal;
  /** Tells whoever asks for which day it is, where they did not say. */
  readonly note: (line: string) => void;
}

const HINT = "The schema may be older than this program: run `ab2d migrate`.";

/** Asks a question. Throws as `readOnly` does. */
export async function ask({ question, asOf, mbi }: Asked, { pool, signal, note }: Where): Promise<Result> {
  const values: string[] = [];
  for (const parameter of question.parameters) {
    values.push(parameter === "mbi" ? mbi! : (asOf ?? (await newestDay({ pool, signal, note }))));
  }
  return readOnly({ sql: question.sql.text, values, hint: HINT }, { pool, signal });
}

/** The newest day of service that is held, or today if that is earlier or no claim is held. */
async function newestDay({ pool, signal, note }: Where): Promise<string> {
  const sql = "select least(current_date, max(last_service_date)) from ab2d.beneficiary_contract";
  const { rows } = await readOnly({ sql, hint: HINT }, { pool, signal });
  const day = rows[0]![0]!;
  note(`As of ${day}: the newest day of service that is held, or today. --as-of chooses another.`);
  return day;
}
