import type { JobPlan } from "../export-job.ts";
import type { Random } from "../random.ts";
import type { Fault, FaultHooks } from "./fault.ts";
import { followedBy, type LinePlace, linesIn } from "./line-batches.ts";

type Change = (line: string, place: LinePlace) => readonly string[];

/** A fault that changes the lines of every job in the same way. */
function lineFault(name: string, summary: string, client: Fault["client"], change: Change): Fault {
  return { name, summary, client, arm: () => ({ batches: (batches) => linesIn(batches, change) }) };
}

/** A fault that changes one to three of the first lines of every job. */
function someLines(name: string, summary: string, client: Fault["client"], change: Change): Fault {
  return {
    name,
    summary,
    client,
    arm(random) {
      const isStruck = chosenLines(random);
      return {
        batches: (batches) =>
          linesIn(batches, (line, place) => (isStruck(place) ? change(line, place) : [line])),
      };
    },
  };
}

function chosenLines(random: Random): (place: LinePlace) => boolean {
  const struck = new Set(Array.from({ length: 3 }, () => random.integer(6)));
  return ({ inJob }) => struck.has(inJob);
}

/** A fault that sends copies of the first lines again, at the end and in a file of their own. */
function copiesAtEnd(name: string, summary: string, copy: (line: string) => string): Fault {
  async function* withCopies(batches: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    const copies: string[] = [];
    const seen = linesIn(batches, (line, { inJob }) => {
      if (inJob < 20) copies.push(copy(line));
      return [line];
    });
    yield* followedBy(seen, () => (copies.length > 0 ? [Buffer.from(copies.join(""), "latin1")] : []));
  }
  return { name, summary, client: "heals", arm: () => ({ job: inManyFiles, batches: withCopies }) };
}

/** Every batch becomes a file. */
function inManyFiles(plan: JobPlan): JobPlan {
  return { ...plan, rollOverBytes: 1 };
}

const LAST_UPDATED = /("lastUpdated"\s*:\s*")([^"]+)(")/;

function updatedLater(line: string, days: number): string {
  return line.replace(LAST_UPDATED, (_all, before: string, instant: string, after: string) => {
    const moved = new Date(Date.parse(instant) + days * 86_400_000);
    return `${before}${Number.isNaN(moved.getTime()) ? instant : moved.toISOString()}${after}`;
  });
}

/** The line as it may have been a month before: with another status too, so that nobody can take it for the newest. */
function olderText(line: string): string {
  return updatedLater(line, -30).replace(/("status"\s*:\s*")(active|cancelled)"/, (_all, before, status) => {
    return `${before}${status === "active" ? "cancelled" : "active"}"`;
  });
}

function withoutLastUpdated(line: string): string {
  return line.replace(/"lastUpdated"\s*:\s*"[^"]+"\s*,?\s*/, "").replace(/,\s*}/, "}");
}

/** Puts `text`, which is JSON already, into a text of the line that says how a code is called. */
function inDisplay(line: string, text: string): string {
  if (/"display"\s*:\s*"/.test(line)) return line.replace(/"display"\s*:\s*"/, (start) => start + text);
  return line.replace(/}(?=\s*$)/, `,"disposition":"${text}"}`);
}

const PRIORITY =
  '"priority":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/processpriority","code":"normal"}]}';

/** The claim as AB2D may write it one day: an extension under another address, and an element that it never had. */
function mappedAnew(line: string): string {
  return line
    .replaceAll(/(CLM-QUERY-CD|claim_query_cd)(?=")/g, (address) =>
      address === "CLM-QUERY-CD" ? "CLM-QRY-CD" : "clm_query_cd",
    )
    .replace(/"status"\s*:\s*"(?:active|cancelled)"/, (status) => `${status},${PRIORITY}`);
}

/** A Part D event made of the line's claim, or nothing for a line that is no JSON. */
function partDClaim(line: string): readonly string[] {
  try {
    const eob = JSON.parse(Buffer.from(line, "latin1").toString("utf8")) as {
      id: string;
      type?: { coding?: unknown[] };
    };
    const coding = { system: "https://bluebutton.cms.gov/resources/codesystem/eob-type", code: "PDE" };
    const type = { ...eob.type, coding: [...(eob.type?.coding ?? []), coding] };
    const id = /^-?\d+$/.test(eob.id) ? `${eob.id}99` : `pde-${eob.id.replace(/^[a-z]+-/, "")}`;
    const event = Buffer.from(JSON.stringify({ ...eob, id, type }), "utf8");
    return [`${event.toString("latin1")}\n`];
  } catch {
    return [];
  }
}

/** The last line of the job loses its line feed. Batches without a line don't count. */
async function* withoutFinalNewline(batches: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let held: Buffer | undefined;
  for await (const batch of batches) {
    if (held) yield held;
    held = batch;
  }
  if (held) yield Buffer.from(held.toString("latin1").replace(/\r?\n$/, ""), "latin1");
}

/** Fifteen files with a line each before the others, their numbers from 9,990 on. */
function manyFiles(): FaultHooks {
  async function* split(batches: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    let single = 15;
    for await (const batch of batches) {
      const lines = batch.toString("latin1").split(/(?<=\n)/);
      const alone = lines.splice(0, Math.min(single, lines.length - 1));
      single -= alone.length;
      for (const line of alone) yield Buffer.from(line, "latin1");
      yield Buffer.from(lines.join(""), "latin1");
    }
  }
  return { job: (plan) => ({ ...inManyFiles(plan), firstFileNumber: 9990 }), batches: split };
}

/** In the order in which they strike: what adds lines comes before what changes them, and the end of the file comes last. */
export const CONTENT_FAULTS: readonly Fault[] = [
  {
    name: "many-files-numbering",
    summary: "Jobs have fifteen files and more, whose numbers begin at 9990 and go on past 9999",
    client: "heals",
    arm: manyFiles,
  },
  lineFault("duplicate-lines", "Every third line comes twice", "heals", (line, { inBatch }) =>
    inBatch % 3 === 0 ? [line, line] : [line],
  ),
  copiesAtEnd("repeated-across-files", "The first lines come again in another file", (line) => line),
  copiesAtEnd(
    "older-after-newer",
    "An older text of the first claims, of another status, comes after the newer one, in another file",
    olderText,
  ),
  someLines(
    "last-updated-missing",
    "A few claims come a second time, without `meta.lastUpdated`",
    "heals",
    (line) => [line, withoutLastUpdated(line)],
  ),
  someLines(
    "last-updated-future",
    "A few claims say that they were last updated years from now",
    "heals",
    (line) => [updatedLater(line, 3000)],
  ),
  someLines(
    "nul-escape",
    "A few lines have the escape of NUL in the name of a code, which JSON allows and PostgreSQL's text does not",
    "heals",
    (line) => [inDisplay(line, "\\u0000")],
  ),
  someLines(
    "lone-surrogate",
    "A few lines have half a surrogate pair in the name of a code",
    "heals",
    (line) => [inDisplay(line, "\\ud800")],
  ),
  someLines(
    "part-d-claim",
    "A few lines more are Part D events, which AB2D should not send",
    "heals",
    (line) => [line, ...partDClaim(line)],
  ),
  someLines(
    "foreign-resource",
    "A few lines more are Patients, not ExplanationOfBenefits",
    "gaps",
    (line) => [line, '{"resourceType":"Patient","id":"-1"}\n'],
  ),
  someLines("broken-line", "A few lines break off in their middle", "gaps", (line) => [
    `${line.slice(0, line.length >> 1)}\n`,
  ]),
  someLines(
    "invalid-utf8",
    "A few lines have a byte that is no UTF-8 in the name of a code",
    "gaps",
    (line) => [inDisplay(line, "\xff")],
  ),
  lineFault(
    "mapping-changed",
    "Claims write their query code under another address, and all have an element, `priority`, that they never had",
    "heals",
    (line) => [mappedAnew(line)],
  ),
  lineFault("blank-lines", "An empty line follows every fifth line", "heals", (line, { inBatch }) =>
    inBatch % 5 === 0 ? [line, "\n"] : [line],
  ),
  lineFault("crlf", "Lines end in carriage return and line feed", "heals", (line) => [
    line.replace(/\n$/, "\r\n"),
  ]),
  lineFault("byte-order-mark", "The first file begins with a byte order mark", "heals", (line, { inJob }) => [
    inJob === 0 ? `\xef\xbb\xbf${line}` : line,
  ]),
  {
    name: "no-final-newline",
    summary: "The last file's last line has no line feed",
    client: "heals",
    arm: () => ({ batches: withoutFinalNewline }),
  },
];
