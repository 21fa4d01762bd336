import { DateTime } from "luxon";
import { type OptionValues, usageError } from "../command.ts";
import { type Question, type QuestionParameter, questions } from "./questions.ts";
import { readMbi } from "./read-mbi.ts";

/** A question and what it is to be told. */
export interface Asked {
  readonly question: Question;
  /** ISO date; absent where it was left to the database. */
  readonly asOf?: string;
  /** Present where the question wants one. */
  readonly mbi?: string;
}

const EXAMPLE = "query --question 01 --as-of 2026-09-30";
const MEMBER_EXAMPLE = "query --question 03 --mbi-file mbi.txt";

/**
 * Reads what the options ask: `question`, and `asOf` and `mbiFile` where the question takes them. Throws an EtlError USAGE (64), or
 * what `readMbi` throws.
 */
export async function readAsked(options: OptionValues): Promise<Asked> {
  const question = questionNumbered(String(options["question"]));
  const { number, parameters } = question;
  const takes = (flag: string, parameter: QuestionParameter): void => {
    if (!parameters.includes(parameter))
      throw usageError(`Cannot ask question ${number} so: it takes no ${flag}`, EXAMPLE);
  };
  const { asOf, mbiFile } = options;
  if (asOf !== undefined) takes("--as-of", "as_of");
  if (mbiFile !== undefined) takes("--mbi-file", "mbi");
  else if (parameters.includes("mbi")) {
    throw usageError(
      `Cannot ask question ${number}: it wants a member's MBI, in the file of --mbi-file or on stdin`,
      MEMBER_EXAMPLE,
    );
  }
  return {
    question,
    ...(asOf === undefined ? {} : { asOf: dayOf(String(asOf)) }),
    ...(mbiFile === undefined ? {} : { mbi: await readMbi(String(mbiFile)) }),
  };
}

function questionNumbered(number: string): Question {
  const all = questions();
  const found = all.find(
    (question) => /^\d{1,2}$/.test(number) && Number(question.number) === Number(number),
  );
  if (found) return found;
  throw usageError(
    `Cannot ask that question: their numbers are ${all[0]!.number} to ${all.at(-1)!.number}, and query --questions lists them`,
    EXAMPLE,
  );
}

function dayOf(text: string): string {
  if (/^\d{4}-\d{2}-\d{2}$/.test(text) && DateTime.fromISO(text).isValid) return text;
  throw usageError("Cannot ask for that day: --as-of wants a date as 2026-09-30", EXAMPLE);
}
