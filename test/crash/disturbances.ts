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
  /** Hours that pass before the run that heals it: AB2D keeps files for 72. */
  readonly hoursAfter?: number;
}

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const SOME_WEEKS = 70 * 24 * HOUR;

const COMMIT = { file: "postgres/transaction.ts", awaits: 'client.query("commit")' } as const;
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
    ...[10, 20, 30].map((from) => ({
      name: "killed at a commit",
      kill: { ...COMMIT, phase: phase(), nth: random.between(from, from + 9) },
      isFirst: true,
      hoursAfter: hoursAfter(),
    })),
  ];
  const faults: readonly Disturbance[] = [
    { name: "a download that ends early", faults: [endsEarly()], isFirst: true },
    { name: "a wrong digit in a download", faults: ["corrupt-download"], isFirst: true },
    { name: "truncated downloads", faults: ["truncated-gzip", "dropped-connections"], isFull: true },
    { name: "expired files", faults: ["expired-files"], isFull: true },
    { name: "the answer to a start lost", faults: ["lost-start-answer", slowJobs(2 * MINUTE)], isFull: true },
    {
      name: "lines twice",
      faults: ["duplicate-lines", "repeated-across-files", "shuffled-files"],
      isFull: true,
    },
    { name: "older texts after newer ones", faults: ["older-after-newer"], isFull: true },
    { name: "lines again without an update", faults: ["last-updated-missing"], isFirst: true },
    { name: "no final line feed", faults: ["no-final-newline"], isFirst: true },
    { name: "another mapping", faults: ["mapping-changed"], isFull: true },
    { name: "an error file", faults: ["error-file", silentOmission({ oneIn: 2 })], isFull: true },
    { name: "a broken line", faults: ["broken-line"], isFull: true },
    { name: "a window cut short", faults: [cutToWeeks()], isFull: true },
    { name: "an empty manifest", faults: ["empty-manifest"] },
    { name: "a foreign job", faults: [foreignJob(), slowJobs(5 * MINUTE)], isFull: true },
    { name: "one file that can't be read", faults: [unreadable()], isFirst: true },
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
    return { ...plan, text: [...plan.text, () => firstHalf(plan.size.text)] };
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

/** Passes the whole lines of about the first half of `bytes`. */
function firstHalf(bytes: number): Transform {
  let left = Math.floor(bytes / 2);
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      if (left <= 0) return done();
      const end = chunk.length <= left ? chunk.length : chunk.lastIndexOf("\n", left) + 1;
      left -= chunk.length;
      done(null, chunk.subarray(0, end));
    },
  });
}

/** Changes one digit of every line of all files that have landed. */
export async function spoilLanded(landingDir: string): Promise<number> {
  const names = await readdir(landingDir, { recursive: true });
  const landed = names.filter((name) => name.endsWith(".ndjson.gz"));
  for (const name of landed) {
    const path = join(landingDir, name);
    const lines = gunzipSync(await readFile(path))
      .toString("latin1")
      .split("\n");
    await writeFile(path, gzipSync(Buffer.from(lines.map(otherDigit).join("\n"), "latin1")));
  }
  return landed.length;
}

/** The line with the first digit of an amount changed, so that it can be loaded as well as before. */
function otherDigit(line: string): string {
  return line.replace(/("value"\s*:\s*)(\d)/, (_all, before: string, digit: string) => {
    return `${before}${digit === "9" ? "8" : Number(digit) + 1}`;
  });
}
