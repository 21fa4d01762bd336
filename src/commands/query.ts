import { ExitCode } from "../errors.ts";
import { type CommandSpec, usageError, withDatabase } from "./command.ts";
import { ask } from "./query/ask.ts";
import { type Question, questions } from "./query/questions.ts";
import { readAsked } from "./query/read-asked.ts";
import { readOnly } from "./query/read-only.ts";
import { FORMATS, type Format, rowObjects, rowsText } from "./query/rows-text.ts";

const EXAMPLE = `query "select claim_type, count(*) from ab2d.claim group by 1"`;

export const queryCommand: CommandSpec = {
  name: "query",
  summary: "Run SQL on the claims, or one of the questions that come with the program, read only.",
  args: [{ name: "[sql]", help: "One statement. Tables and columns: docs/data-dictionary.md." }],
  options: [
    { flags: "--question [number]", help: "Ask a question of sql/questions; without a number, list them." },
    {
      flags: "--questions",
      help: "List the questions: number, what it answers, who asks, what it wants to know.",
    },
    {
      flags: "--as-of <date>",
      help: "The day that a question is asked for. Default: the newest day of service that is held, at most today.",
    },
    {
      flags: "--mbi-file <path>",
      help: "The member that a question is about: a file with the MBI, current or former; - reads stdin. Never on the command line, which others can see.",
    },
    { flags: "--format <format>", help: `How rows are shown: ${FORMATS.join(", ")}. Default: table.` },
  ],
  settings: [],
  examples: [
    EXAMPLE,
    `query "select * from ab2d.claim limit 5" --format csv`,
    "query --questions",
    "query --question 01 --as-of 2026-09-30 --format csv",
    "query --question 03 --mbi-file mbi.txt",
  ],
  async run([sql], options, door) {
    const format = formatOf(String(options["format"] ?? "table"));
    const wantsQuestion = options["question"] !== undefined || options["questions"] === true;
    if ((sql === undefined) !== wantsQuestion) {
      throw usageError(
        wantsQuestion
          ? "Cannot run SQL and ask a question at once"
          : "Cannot query: no SQL and no --question; query --questions lists the questions",
        EXAMPLE,
      );
    }
    if (options["questions"] === true || options["question"] === true) {
      return { text: listText(format), json: questionObjects(), exitCode: ExitCode.ok };
    }
    const asked = sql === undefined ? await readAsked(options) : undefined;
    return withDatabase(door, { schema: "trust" }, async ({ pool }) => {
      const { signal, note = () => {} } = door;
      const result = asked
        ? await ask(asked, { pool, signal, note })
        : await readOnly({ sql: String(sql), hint: `Try: ab2d ${EXAMPLE}` }, { pool, signal });
      return {
        text: rowsText(result, { format, isTerminal: door.isTerminal }),
        json: rowObjects(result),
        exitCode: ExitCode.ok,
      };
    });
  },
};

function formatOf(text: string): Format {
  const format = FORMATS.find((name) => name === text);
  if (format) return format;
  throw usageError(`Cannot show rows as asked: --format is one of ${FORMATS.join(", ")}`, EXAMPLE);
}

/** What others call a question's parts: names that stay. */
function questionObjects(): readonly object[] {
  return questions().map(({ number, question, askedBy, grain, parameters, caveats, sql }) => ({
    number,
    question,
    asked_by: askedBy,
    grain,
    parameters,
    caveats,
    file: `sql/${sql.name}.sql`,
  }));
}

function listText(format: Format): string {
  if (format === "json") return JSON.stringify(questionObjects(), undefined, 2);
  if (format === "table") return questions().map(paragraph).join("\n\n");
  const names = ["number", "question", "asked_by", "parameters"];
  return rowsText(
    {
      fields: names.map((name) => ({ name, dataTypeID: 0 })),
      rows: questions().map(({ number, question, askedBy, parameters }) => [
        number,
        question,
        askedBy,
        parameters.join(" "),
      ]),
    },
    { format, isTerminal: false },
  );
}

const FLAGS = [
  ["as_of", "--as-of"],
  ["mbi", "--mbi-file"],
] as const;

function paragraph({ number, question, askedBy, parameters }: Question): string {
  const flags = FLAGS.flatMap(([parameter, flag]) => (parameters.includes(parameter) ? flag : []));
  const wants = flags.length > 0 ? `\n    Takes ${flags.join(" and ")}.` : "";
  return `${number}  ${question}\n    Asked by ${askedBy}${wants}`;
}
