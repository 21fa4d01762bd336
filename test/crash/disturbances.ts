import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Transform } from "node:stream";
import { gunzipSync, gzipSync } from "node:zlib";
import { DateTime } from "luxon";
import { silentOmission } from "../../src/simulator/faults/enrollment-faults.ts";
import type { DownloadPlan, Fault, RequestKind } from "../../src/simulator/faults/fault.ts";
import type { Random } from "../../src/simulator/random.ts";

/** Where a process is killed: when AB2D receives its nth request of a kind, or at an await of the program. */
export type PlaceOfKill =
  | { readonly request: RequestKind; readonly nth: number }
  | {
      readonly file: string;
      readonly awaits: string;
      readonly phase: "begun" | "done";
      readonly nth: number;
    };

/** What happens to one run. */
export interface Disturbance {
  readonly name: string;
  /** How AB2D misbehaves meanwhile. */
  readonly faults?: readonly (Fault | string)[];
  readonly kill?: PlaceOfKill;
  /** Whether the database is empty before. */
  readonly isFirst?: boolean;
  /** Whether everything is asked for, by the disturbed run and by the one that heals it. */
  readonly isFull?: boolean;
  /** Whether the disk spoils what it has of the landed files, after a kill. */
  readonly spoilsDisk?: boolean;
  /** Days that pass before, so that there is news. */
  readonly daysBefore?: number;
  /** Hours that pass before the run that heals it: AB2D keeps files for 72. */
  readonly hoursAfter?: number;
}

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const SOME_WEEKS = 70 * 24 * HOUR;

const COMMIT = { file: "postgres/transaction.ts", awaits: 'client.query("commit")' } as const;
const STATEMENT = { file: "postgres/transaction.ts", awaits: "client.query<Row>(" } as const;
const LANDING = { file: "landing/download.ts", awaits: "part.land()" } as const;
const LANDED = {
  file: "pipeline/land-and-load.ts",
  awaits: "transaction(pool, (tx) => recordLanding(",
} as const;
const MERGED = { file: "pipeline/land-and-load.ts", awaits: "loadFile(landed, " } as const;
const STARTED = { file: "pipeline/bring-window.ts", awaits: "startExport(session, window)" } as const;

/** Every way in which a run is disturbed, each once, in an order and with details that `random` chooses. */
export function disturbances(random: Random): readonly Disturbance[] {
  const hoursAfter = (): number => random.pick([0, 30, 150]);
  const phase = (): "begun" | "done" => random.pick(["begun", "done"]);
  const kills: readonly Disturbance[] = [
    {
      name: "killed at a download",
      kill: { request: "download", nth: random.between(2, 5) },
      isFirst: true,
      hoursAfter: hoursAfter(),
    },
    {
      name: "killed at a status call",
      kill: { request: "status", nth: 1 },
      hoursAfter: hoursAfter(),
    },
    {
      name: "killed with its export started, not recorded",
      kill: { ...STARTED, phase: "done", nth: 1 },
      faults: [slowJobs(30 * HOUR + 5 * MINUTE)],
      isFull: true,
      hoursAfter: 30,
    },
    {
      name: "killed with a file on disk, not recorded",
      kill: { ...LANDING, phase: "done", nth: random.between(2, 4) },
      isFull: true,
      spoilsDisk: true,
    },
    {
      name: "killed with a file landed, not loaded",
      kill: { ...LANDED, phase: "done", nth: random.between(2, 4) },
      isFirst: true,
      spoilsDisk: true,
    },
    {
      name: "killed with a file merged, not committed",
      kill: { ...MERGED, phase: "done", nth: random.between(1, 3) },
      isFirst: true,
      hoursAfter: hoursAfter(),
    },
    ...[6, 15, 24].flatMap((from) =>
      [true, false].map((isFirst) => ({
        name: `killed at a commit of ${isFirst ? "a first export" : "one more export"}`,
        kill: { ...COMMIT, phase: phase(), nth: random.between(from, from + 8) },
        ...(isFirst ? { isFirst } : { faults: [linesInAnyOrder()], daysBefore: 40 }),
        isFull: true,
        hoursAfter: hoursAfter(),
      })),
    ),
    ...[5, 30, 55].map((from) => ({
      name: "killed at a statement",
      kill: { ...STATEMENT, phase: phase(), nth: random.between(from, from + 24) },
      isFirst: true,
      hoursAfter: hoursAfter(),
    })),
  ];
  const faults: readonly Disturbance[] = [
    { name: "a download that ends early", faults: [endsEarly()], isFirst: true },
    { name: "wrong digits in a download", faults: [wrongDigits()], isFirst: true },
    { name: "truncated downloads", faults: ["truncated-gzip", "dropped-connections"], isFull: true },
    { name: "expired files", faults: ["expired-files"], isFull: true },
    { name: "the answer to a start lost", faults: ["lost-start-answer", slowJobs(2 * MINUTE)], isFull: true },
    {
      name: "lines twice",
      faults: ["duplicate-lines", "repeated-across-files", "shuffled-files"],
      isFull: true,
    },
    { name: "older texts in another file", faults: ["older-after-newer"], isFull: true },
    {
      name: "older texts in another file, files in any order",
      faults: ["older-after-newer", "shuffled-files"],
      isFirst: true,
    },
    { name: "lines again without an update", faults: ["last-updated-missing"], isFirst: true },
    { name: "no final line feed", faults: ["no-final-newline"], isFirst: true },
    { name: "another mapping", faults: ["mapping-changed"], isFirst: true, isFull: true },
    { name: "an error file", faults: ["error-file", silentOmission({ oneIn: 2 })], isFirst: true },
    { name: "a broken line", faults: ["broken-line"], isFirst: true },
    { name: "a window cut short", faults: [cutToWeeks()], isFirst: true },
    { name: "an empty manifest", faults: ["empty-manifest"], daysBefore: 40 },
    { name: "a foreign job", faults: [foreignJob(), slowJobs(5 * MINUTE)], isFirst: true },
    { name: "one file that can't be read", faults: [unreadable()], isFirst: true },
    {
      name: "one file of news that can't be read",
      faults: [unreadable(), linesInAnyOrder()],
      daysBefore: 150,
      isFull: true,
    },
  ];
  return random.shuffled([...kills, ...faults]);
}

/** Jobs that are still at work when the next export is asked for. */
function slowJobs(runMilliseconds: number): Fault {
  return {
    name: "slow-jobs",
    summary: "Jobs take their time.",
    client: "heals",
    arm: () => ({ job: (plan) => ({ ...plan, runMilliseconds }) }),
  };
}

/** The lines of a job, which is small, in another order: a claim and the one that it replaces come in different files. */
function linesInAnyOrder(): Fault {
  return {
    name: "lines-in-any-order",
    summary: "The lines of a job come in another order.",
    client: "heals",
    arm: (random) => ({
      async *batches(batches) {
        const sizes: number[] = [];
        const lines: string[] = [];
        for await (const batch of batches) {
          const ofBatch = batch.toString("latin1").split(/(?<=\n)/);
          sizes.push(ofBatch.length);
          lines.push(...ofBatch);
        }
        const shuffled = random.shuffled(lines);
        for (const size of sizes) yield Buffer.from(shuffled.splice(0, size).join(""), "latin1");
      },
    }),
  };
}

/** As `cut-window`, but never down to nothing: that would be noticed as such. */
function cutToWeeks(): Fault {
  return {
    name: "cut-to-weeks",
    summary: "Jobs bring only the updates of some weeks, and say so in `Since-Datetime`.",
    client: "gaps",
    arm: () => ({
      lowerBound(_bound, { now }) {
        const since = DateTime.fromMillis(now.getTime() - SOME_WEEKS).toUTC();
        return { since, told: since };
      },
    }),
  };
}

/** As `foreign-job-running`, with a window that is never empty. */
function foreignJob(): Fault {
  return {
    name: "foreign-job",
    summary: "Somebody else's job of some weeks runs when the client first asks.",
    client: "stops",
    arm(_random, clock) {
      let isDone = false;
      return {
        rival(url) {
          if (isDone) return undefined;
          isDone = true;
          const since = new Date(clock.now().getTime() - SOME_WEEKS).toISOString();
          return `${url.split("?")[0]}?_type=ExplanationOfBenefit&_since=${encodeURIComponent(since)}`;
        },
      };
    },
  };
}

/** Of the first job with two files the second ends early but cleanly, once, after about half of its lines. */
function endsEarly(): Fault {
  let isStruck = false;
  return onSecondFile("ends-early", "heals", (plan) => {
    if (isStruck) return plan;
    isStruck = true;
    return { ...plan, text: [...plan.text, () => wholeText(firstHalf)] };
  });
}

/** Of the first job with two files the second comes once with wrong digits, in a body that decompresses well. */
function wrongDigits(): Fault {
  let isStruck = false;
  return onSecondFile("wrong-digits", "heals", (plan) => {
    if (isStruck) return plan;
    isStruck = true;
    return { ...plan, text: [...plan.text, () => wholeText(otherDigits)] };
  });
}

/** Of the first job with two files the second never comes in an encoding that can be read. */
function unreadable(): Fault {
  return onSecondFile("unreadable", "stops", (plan) => ({ ...plan, contentEncoding: "br" }));
}

function onSecondFile(
  name: string,
  client: Fault["client"],
  change: (plan: DownloadPlan) => DownloadPlan,
): Fault {
  return {
    name,
    summary: "One file does not come as it should.",
    client,
    arm() {
      const urls: string[] = [];
      return {
        download(plan, { url }) {
          if (!urls.includes(url)) urls.push(url);
          return url === urls[1] ? change(plan) : plan;
        },
      };
    },
  };
}

/** Passes a text, which is small, as `change` makes it. */
function wholeText(change: (text: string) => string): Transform {
  const chunks: Buffer[] = [];
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      chunks.push(chunk);
      done();
    },
    flush(done) {
      done(null, changed(Buffer.concat(chunks), change));
    },
  });
}

function changed(text: Buffer, change: (text: string) => string): Buffer {
  return Buffer.from(change(text.toString("latin1")), "latin1");
}

/** The first half of the lines, whole. */
function firstHalf(text: string): string {
  const lines = text.split(/(?<=\n)/);
  return lines.slice(0, lines.length >> 1).join("");
}

/** The text with the first number of every line changed, so that the line can be loaded as well as before. */
function otherDigits(text: string): string {
  return text.replaceAll(/^(.*?"value"\s*:\s*)(\d)/gm, (_all, before: string, digit: string) => {
    return `${before}${digit === "9" ? "8" : Number(digit) + 1}`;
  });
}

/** Changes digits in all files that have landed, as a disk does that kept less than it said. */
export async function spoilLanded(landingDir: string): Promise<void> {
  const names = await readdir(landingDir, { recursive: true });
  for (const name of names.filter((file) => file.endsWith(".ndjson.gz"))) {
    const path = join(landingDir, name);
    await writeFile(path, gzipSync(changed(gunzipSync(await readFile(path)), otherDigits)));
  }
}
