import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { type SqlFile, sqlFile } from "../../postgres/sql-file.ts";

/** A file of `sql/questions/`: what its header says of it, and its statement. */
export interface Question {
  /** Two digits, as its file's name begins. */
  readonly number: string;
  /** What it answers, in a sentence. */
  readonly question: string;
  readonly askedBy: string;
  /** What one row of the answer stands for. */
  readonly grain: string;
  /** What it wants to be told; empty for nothing. */
  readonly parameters: readonly QuestionParameter[];
  /** A sentence each. */
  readonly caveats: readonly string[];
  readonly sql: SqlFile;
}

export type QuestionParameter = "as_of" | "mbi";

const FOLDER = fileURLToPath(new URL("../../../sql/questions/", import.meta.url));

/** The questions in the order of their numbers. Throws when a header lacks a part, which a test would have seen. */
export function questions(): readonly Question[] {
  return readdirSync(FOLDER)
    .filter((file) => file.endsWith(".sql"))
    .sort()
    .map(readQuestion);
}

function readQuestion(file: string): Question {
  const number = file.slice(0, 2);
  const header = readHeader(readFileSync(`${FOLDER}${file}`, "utf8"));
  const part = (name: string): readonly string[] => {
    const lines = header.get(name);
    if (lines === undefined) throw new Error(`sql/questions/${file} has no line "-- ${name}:"`);
    return lines;
  };
  const sql = sqlFile(`questions/${file.replace(/\.sql$/, "")}`);
  return {
    number,
    question: part(`Question ${number}`).join(" "),
    askedBy: part("Asked by").join(" "),
    grain: part("Grain of the result").join(" "),
    parameters: sql.parameters as readonly QuestionParameter[],
    caveats: part("Caveats"),
    sql,
  };
}

/** The comment at the top: each `-- Name: text` with the lines that follow it, indented by three, and their rests, by five. */
function readHeader(source: string): ReadonlyMap<string, readonly string[]> {
  const parts = new Map<string, string[]>();
  let lines: string[] = [];
  for (const line of source.split(/\r?\n/)) {
    const [, name, text] = /^-- ([A-Z][\w ]*): (.+)$/.exec(line) ?? [];
    const [, more] = /^-- {3}(\S.*)$/.exec(line) ?? [];
    const [, rest] = /^-- {5}(\S.*)$/.exec(line) ?? [];
    if (name !== undefined) {
      lines = [text!];
      parts.set(name, lines);
    } else if (more !== undefined) lines.push(more);
    else if (rest !== undefined) lines.push(`${lines.pop()} ${rest}`);
    else break;
  }
  return parts;
}
