import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import { describe, expect, it } from "vitest";
import { systemClock } from "../src/clock.ts";
import type { Door } from "../src/commands/command.ts";
import { questions } from "../src/commands/query/questions.ts";
import { readMbi } from "../src/commands/query/read-mbi.ts";
import { queryCommand } from "../src/commands/query.ts";
import { settle } from "../src/config.ts";
import { EtlError } from "../src/errors.ts";
import { silentLog } from "../src/log.ts";
import { silentProgress } from "../src/progress.ts";
import { startAb2d } from "./support/ab2d-program.ts";
import { temporaryFolder } from "./support/load-lines.ts";
import { days, type SyncBench, syncBench } from "./support/sync-bench.ts";

const NUMBERS = Array.from({ length: 15 }, (_, index) => String(index + 1).padStart(2, "0"));

/** A contract's claims, and the command as somebody at its database types it. */
async function setup() {
  const bench = await syncBench({ patients: 20 });
  await bench.sync();
  const cwd = await temporaryFolder();
  const notes: string[] = [];
  const door = doorTo(bench.database.url, notes);
  return {
    bench,
    cwd,
    notes,
    query: (options: Record<string, string | boolean>, sql?: string) =>
      queryCommand.run([sql], options, door),
    file: async (text: string) => {
      const path = join(cwd, "member");
      await writeFile(path, text);
      return path;
    },
    ab2d: (args: readonly string[], stdin = "") =>
      startAb2d(args, { env: { DATABASE_URL: bench.database.url }, cwd, stdin }).ended,
  };
}

function doorTo(url: string, notes: string[] = []): Door {
  return {
    settings: settle({ flags: {}, env: { DATABASE_URL: url }, yaml: "" }),
    flags: {},
    env: {},
    clock: systemClock,
    log: silentLog,
    isTerminal: false,
    progress: silentProgress,
    signal: new AbortController().signal,
    say: () => {},
    note: (line) => notes.push(line),
  };
}

async function memberOf(bench: SyncBench): Promise<{ readonly mbi: string; readonly claims: number }> {
  const [member] = await bench.database.rows<{ mbi: string; claims: number }>(
    `select mbi, count(*)::int as claims
     from ab2d.claim
     join ab2d.beneficiary_identifier using (beneficiary_id)
     group by mbi
     order by claims desc, mbi
     limit 1`,
  );
  return member!;
}

async function errorOf(answer: Promise<unknown>): Promise<EtlError> {
  const error = await answer.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(EtlError);
  return error as EtlError;
}

describe("questions()", () => {
  it("has the fifteen, each with a header that says it all", () => {
    const all = questions();
    expect(all.map(({ number }) => number)).toEqual(NUMBERS);
    for (const { number, question, askedBy, grain, caveats, parameters } of all) {
      expect(question, number).toMatch(/^[A-Z].*\?$/);
      expect(askedBy, number).toMatch(/\.$/);
      expect(grain, number).toMatch(/^one row per .*\.$/);
      expect(caveats.length, number).toBeGreaterThan(0);
      for (const sentence of caveats) expect(sentence, number).toMatch(/^[A-Z].*[.;]$/);
      for (const name of parameters) expect(["as_of", "mbi"], number).toContain(name);
    }
  });

  it("names in its header the columns of its result and the parameters of its statement", async () => {
    const { query, bench, file } = await setup();
    const member = await file((await memberOf(bench)).mbi);
    for (const { number, parameters, sql } of questions()) {
      const written = await readFile(new URL(`../sql/${sql.name}.sql`, import.meta.url), "utf8");
      const source = written.replaceAll(/\n-- {5}/g, " ");
      const options = parameters.includes("mbi") ? { mbiFile: member } : {};
      const { text } = await query({ question: number, format: "csv", ...options });
      const columns = text.split("\n")[0]!.split(",");
      expect(/^-- Result: (.*)\.$/m.exec(source)?.[1]?.split(", "), number).toEqual(columns);
      const declared = /^-- Parameters?: (.*)$/m.exec(source)![1]!;
      expect(declared.includes("as_of (date)"), number).toBe(parameters.includes("as_of"));
      expect(declared.includes("mbi (text)"), number).toBe(parameters.includes("mbi"));
      expect(declared === "none.", number).toBe(parameters.length === 0);
    }
  });
});

describe("ab2d query --question", () => {
  it("answers by number with or without its zero, in each format", async () => {
    const { query } = await setup();
    const asJson = await query({ question: "1", asOf: "2026-09-30", format: "json" });
    const rows = JSON.parse(asJson.text) as { conditions: string[]; core_conditions: number }[];
    expect(rows.length).toBeGreaterThan(0);
    expect(rows).toEqual(asJson.json);
    for (const { conditions, core_conditions } of rows) expect(conditions).toHaveLength(core_conditions);
    const asCsv = await query({ question: "01", asOf: "2026-09-30", format: "csv" });
    expect(asCsv.text.split("\n")).toHaveLength(rows.length + 1);
    const asTable = await query({ question: "01", asOf: "2026-09-30" });
    expect(asTable.text).toMatch(new RegExp(`\\(${rows.length} rows?\\)$`));
    expect(asTable.exitCode).toBe(0);
  });

  it("takes the newest day of service, at most today, where none is given, and says which", async () => {
    const { query, notes, bench } = await setup();
    const [newest] = await bench.database.rows<{ day: string }>(
      "select least(current_date, max(service_to))::text as day from ab2d.claim",
    );
    const byDefault = await query({ question: "12" });
    expect(notes).toEqual([expect.stringMatching(new RegExp(`^As of ${newest!.day}:`))]);
    const asked = await query({ question: "12", asOf: newest!.day });
    expect(byDefault.json).toEqual(asked.json);
    await query({ question: "12", asOf: "2020-01-01" });
    expect(notes).toHaveLength(1);
  });

  it("takes today where no claim is held", async () => {
    const { query, notes, bench } = await setup();
    await bench.database.rows("delete from ab2d.beneficiary_contract");
    await query({ question: "05" });
    const [today] = await bench.database.rows<{ day: string }>("select current_date::text as day");
    expect(notes[0]).toContain(`As of ${today!.day}:`);
  });

  it("finds a member by an MBI with dashes, in lower case, with a newline", async () => {
    const { query, bench, file } = await setup();
    const { mbi, claims } = await memberOf(bench);
    const dashed = `${mbi.slice(0, 4)}-${mbi.slice(4, 7)}-${mbi.slice(7)}`.toLowerCase();
    for (const text of [mbi, `${dashed}\r\n`, `\ufeff ${mbi}\n`]) {
      const { json } = await query({ question: "3", mbiFile: await file(text) });
      expect(json).toHaveLength(claims);
    }
    const { json } = await query({ question: "3", mbiFile: await file("9ZZ9ZZ9ZZ99") });
    expect(json).toEqual([]);
  });

  it("finds a member by a former MBI", async () => {
    const { query, bench, file } = await setup();
    bench.clock.advance(days(400));
    await bench.sync();
    const [changed] = await bench.database.rows<{ mbi: string; claims: number }>(
      `select mbi, count(*)::int as claims
       from ab2d.claim
       join ab2d.beneficiary_identifier using (beneficiary_id)
       where not is_current
       group by mbi
       limit 1`,
    );
    expect(changed).toBeDefined();
    const { json } = await query({ question: "3", mbiFile: await file(changed!.mbi) });
    expect(json).toHaveLength(changed!.claims);
  });

  it("reads an MBI from stdin for -", async () => {
    const { ab2d, bench } = await setup();
    const { mbi, claims } = await memberOf(bench);
    const { code, stdout, stderr } = await ab2d(
      ["query", "--question", "03", "--mbi-file", "-", "--format", "csv"],
      `${mbi}\n`,
    );
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout.trimEnd().split("\n").length).toBeGreaterThan(claims);
  });

  it("says on stderr for which day, and keeps quiet with --quiet", async () => {
    const { ab2d } = await setup();
    const asked = await ab2d(["query", "--question", "1", "--format", "csv"]);
    expect(asked).toMatchObject({ code: 0, stderr: expect.stringMatching(/^As of \d{4}-\d\d-\d\d: /) });
    expect(asked.stdout).toMatch(/^person_id,/);
    expect(await ab2d(["query", "--question", "1", "-q"])).toMatchObject({ code: 0, stderr: "" });
  });

  it("lists the questions", async () => {
    const { query, ab2d } = await setup();
    const list = await query({ question: true });
    expect(list.text).toBe((await query({ questions: true })).text);
    for (const { number, question, askedBy } of questions()) {
      expect(list.text).toContain(`${number}  ${question}\n    Asked by ${askedBy}`);
    }
    expect(list.text).toContain("Takes --as-of and --mbi-file.");
    const asJson = await ab2d(["query", "--question", "--json"]);
    expect(asJson).toMatchObject({ code: 0, stderr: "" });
    expect(JSON.parse(asJson.stdout)).toEqual(list.json);
    expect(JSON.parse((await query({ questions: true, format: "json" })).text)).toEqual(list.json);
    const asCsv = await query({ questions: true, format: "csv" });
    expect(asCsv.text.split("\n")[0]).toBe("number,question,asked_by,parameters");
    expect(asCsv.text.split("\n")).toHaveLength(16);
  });

  const mistakes: readonly (readonly [
    string,
    Record<string, string | boolean>,
    string | undefined,
    RegExp,
  ])[] = [
    ["neither SQL nor a question", {}, undefined, /--questions lists/],
    ["SQL and a question", { question: "1" }, "select 1", /SQL and ask a question at once/],
    ["a question that is not there", { question: "16" }, undefined, /01 to 15/],
    ["no number", { question: "select 1" }, undefined, /01 to 15/],
    ["no date", { question: "1", asOf: "30.9.2026" }, undefined, /--as-of wants a date/],
    ["a day that is not", { question: "1", asOf: "2026-02-30" }, undefined, /--as-of wants a date/],
    ["a day for a question without", { question: "4", asOf: "2026-01-01" }, undefined, /takes no --as-of/],
    ["a member for a question without", { question: "1", mbiFile: "-" }, undefined, /takes no --mbi-file/],
    ["no member", { question: "3" }, undefined, /wants a member's MBI/],
  ];

  it.each(mistakes)("refuses %s, before it looks for a database", async (_name, options, sql, message) => {
    const error = await errorOf(queryCommand.run([sql], options, doorTo("postgres://127.0.0.1:1/none")));
    expect(error).toMatchObject({
      code: "USAGE",
      exitCode: 64,
      hint: expect.stringContaining("Try: ab2d query"),
    });
    expect(error.message).toMatch(message);
  });

  it("says nothing of an MBI that it can't use or that was given in place of a file", async () => {
    const folder = await temporaryFolder();
    const door = doorTo("postgres://127.0.0.1:1/none");
    const mbi = "1EG4TE5MK73";
    const errorFor = (mbiFile: string) =>
      errorOf(queryCommand.run([undefined], { question: "3", mbiFile }, door));
    for (const text of [`${mbi}9`, `${mbi}\n${mbi}`, `mbi=${mbi}`, "", mbi.repeat(1000)]) {
      const path = join(folder, "member");
      await writeFile(path, text);
      const error = await errorFor(path);
      expect(error).toMatchObject({ code: "MBI_MALFORMED", exitCode: 64 });
      expect(JSON.stringify([error.message, error.hint, error.stack, error.cause])).not.toContain(mbi);
    }
    const error = await errorFor(mbi);
    expect(error).toMatchObject({ code: "MBI_NOT_READABLE", exitCode: 74 });
    expect(JSON.stringify([error.message, error.hint, error.stack, error.cause])).not.toContain(mbi);
  });

  it("tells of a schema that is older than the program", async () => {
    const { query, bench } = await setup();
    await bench.database.rows("drop view ab2d.condition_evidence cascade");
    const error = await errorOf(query({ question: "10", asOf: "2026-09-30" }));
    expect(error).toMatchObject({ code: "QUERY_FAILED", hint: expect.stringContaining("ab2d migrate") });
  });

  it("changes nothing", async () => {
    const { query } = await setup();
    const error = await errorOf(query({}, "delete from ab2d.claim_version"));
    expect(error).toMatchObject({ code: "QUERY_FAILED", exitCode: 64 });
    expect((await query({}, "show default_transaction_read_only")).json).toEqual([
      { default_transaction_read_only: "on" },
    ]);
  });
});

describe("readMbi()", () => {
  it("reads a stream that comes in pieces", async () => {
    expect(await readMbi("-", Readable.from(["1eg4-te5", "-mk73\n"]))).toBe("1EG4TE5MK73");
  });
});
