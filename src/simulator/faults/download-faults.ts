import { createBrotliCompress } from "node:zlib";
import { outcomeReply, type Reply } from "../reply.ts";
import { byteInverter, digitChanger, earlyEnd, lateSpaces, memberPerPiece, pausing } from "./byte-streams.ts";
import type { DownloadPlan, Fault } from "./fault.ts";
import { htmlReply, LOGIN_PAGE } from "./html-reply.ts";
import { answersInstead } from "./request-faults.ts";
import { strikes } from "./strikes.ts";

const MEBIBYTE = 1024 * 1024;

export interface TimesOptions {
  /** Default: once or twice, at moments of the seed. */
  readonly times?: number;
}

type Change = (plan: DownloadPlan) => DownloadPlan;

interface WireFaultOptions extends TimesOptions {
  readonly name: string;
  readonly summary: string;
  readonly client?: Fault["client"];
  readonly change: Change;
}

/** A fault of some downloads' bytes. */
function wireFault({ name, summary, client = "heals", times, change }: WireFaultOptions): Fault {
  return {
    name,
    summary,
    client,
    arm(random) {
      const strikesNow = strikes(random, { times, most: 2 });
      return { download: (plan) => (strikesNow() ? change(plan) : plan) };
    },
  };
}

const onWire =
  (make: DownloadPlan["wire"][number]): Change =>
  (plan) => ({ ...plan, wire: [...plan.wire, make] });
const onText =
  (make: DownloadPlan["text"][number]): Change =>
  (plan) => ({ ...plan, text: [...plan.text, make] });
const plain: Change = (plan) => ({ ...plan, contentEncoding: undefined, encode: "plain" });
const halfOf = (bytes: number) => earlyEnd(Math.floor(bytes / 2));

/** Downloads end cleanly after half of their bytes, as behind a bad proxy. */
export function truncatedGzip({ times }: TimesOptions = {}): Fault {
  return wireFault({
    name: "truncated-gzip",
    summary: "One or two downloads end cleanly after half of their bytes",
    ...(times === undefined ? {} : { times }),
    change: onWire(halfOf),
  });
}

/** Downloads carry one wrong digit, in a body that decompresses well. */
export function corruptDownload({ times }: TimesOptions = {}): Fault {
  return wireFault({
    name: "corrupt-download",
    summary: "One or two downloads carry a wrong digit, in a body that decompresses well",
    ...(times === undefined ? {} : { times }),
    change: onText(digitChanger),
  });
}

export interface StalledDownloadOptions extends TimesOptions {
  /** Real time; default 90 seconds. */
  readonly milliseconds?: number;
}

/** Downloads stop after some bytes and go on much later, in real time. */
export function stalledDownload({ milliseconds = 90_000, times }: StalledDownloadOptions = {}): Fault {
  return wireFault({
    name: "stalled-download",
    summary: "One or two downloads stop after a kilobyte for 90 seconds of real time",
    ...(times === undefined ? {} : { times }),
    change: onWire(() => pausing({ milliseconds, pauses: 1, pieceBytes: 1024 })),
  });
}

export interface SlowDownloadOptions extends TimesOptions {
  /** Real time between two pieces; default 100. */
  readonly milliseconds?: number;
}

/** Downloads trickle for their first pieces, in real time. */
export function slowDownload({ milliseconds = 100, times }: SlowDownloadOptions = {}): Fault {
  return wireFault({
    name: "slow-download",
    summary:
      "One or two downloads trickle: their first 20 pieces of 512 bytes come with pauses of 100 ms of real time",
    ...(times === undefined ? {} : { times }),
    change: onWire(() => pausing({ milliseconds, pauses: 20, pieceBytes: 512 })),
  });
}

/** Refuses the files of the first job whose files are asked for. */
function firstJobsFiles(name: string, summary: string, refusal: (fileName: string) => Reply): Fault {
  return {
    name,
    summary,
    client: "heals",
    arm() {
      let first: string | undefined;
      return {
        before({ kind, jobId, url }) {
          if (kind !== "download") return undefined;
          first ??= jobId;
          return jobId === first ? refusal(/[^/?]+(?=$|\?)/.exec(url)![0]) : undefined;
        },
      };
    },
  };
}

const LIMIT = "The file has already been download the maximum number of allowed times.";

/** A download that is complete counts; every file can be had once. */
function onceEach(): ReturnType<Fault["arm"]> {
  const had = new Set<string>();
  return {
    before: ({ kind, url }) => (kind === "download" && had.has(url) ? outcomeReply(500, LIMIT) : undefined),
    after(reply, { kind, url }) {
      if (kind !== "download" || reply.status !== 200 || !reply.onSent) return reply;
      const { onSent } = reply;
      return {
        ...reply,
        onSent() {
          had.add(url);
          onSent();
        },
      };
    },
  };
}

export const DOWNLOAD_FAULTS: readonly Fault[] = [
  truncatedGzip(),
  wireFault({
    name: "truncated-identity",
    summary: "One or two downloads come uncompressed and end cleanly after half of their bytes",
    change: (plan) => onWire(halfOf)(plain(plan)),
  }),
  {
    name: "dropped-connections",
    summary: "One or two downloads lose their connection inside the body",
    client: "heals",
    arm(random) {
      const strikesNow = strikes(random, { most: 2 });
      return {
        after: (reply, { kind }) =>
          kind === "download" && reply.status === 200 && strikesNow()
            ? { ...reply, dropAfter: random.between(1, 8192) }
            : reply,
      };
    },
  },
  corruptDownload(),
  wireFault({
    name: "damaged-gzip",
    summary:
      "One or two downloads have bytes inside that are not what was sent, so that no gzip can be made of them",
    change: onWire((bytes) => byteInverter(Math.floor(bytes / 2))),
  }),
  wireFault({
    name: "plain-despite-gzip",
    summary: "Files come uncompressed although gzip was asked for",
    times: Number.POSITIVE_INFINITY,
    change: plain,
  }),
  wireFault({
    name: "many-member-gzip",
    summary: "Gzip files come in many members, one after the other",
    times: Number.POSITIVE_INFINITY,
    change: (plan) => (plan.encode === "stored" ? { ...plan, encode: () => memberPerPiece() } : plan),
  }),
  wireFault({
    name: "unknown-encoding",
    summary: "Files come in Brotli, which nobody asked for, always",
    client: "stops",
    times: Number.POSITIVE_INFINITY,
    change: (plan) => ({ ...plan, contentEncoding: "br", encode: () => createBrotliCompress() }),
  }),
  stalledDownload(),
  slowDownload(),
  wireFault({
    name: "endless-download",
    summary: "One download goes on for 64 MiB after its end: a bomb",
    times: 1,
    change: onText(() => lateSpaces(64 * MEBIBYTE)),
  }),
  answersInstead({
    name: "download-errors",
    summary: "One to three downloads are answered 500, An internal error occurred, or 502 or 503 with HTML",
    kinds: ["download"],
    replies: [outcomeReply(500, "An internal error occurred"), htmlReply(502), htmlReply(503)],
  }),
  {
    name: "download-redirect",
    summary: "Downloads are redirected to another host, always",
    client: "stops",
    arm: () => ({
      before: ({ kind, url }) =>
        kind === "download"
          ? { status: 302, headers: { Location: `https://files.ab2d.example.org${url}` } }
          : undefined,
    }),
  },
  answersInstead({
    name: "html-instead-of-file",
    summary: "One download is answered 200 with the login page of a proxy, in HTML",
    kinds: ["download"],
    replies: [htmlReply(200, LOGIN_PAGE)],
    times: 1,
  }),
  firstJobsFiles("expired-files", "The files of the first job are expired when they are asked for", () =>
    outcomeReply(500, "The file is not present as it has expired. Please resubmit the job."),
  ),
  firstJobsFiles("download-limit", "The files of the first job were downloaded six times already", () =>
    outcomeReply(500, LIMIT),
  ),
  firstJobsFiles("file-lost", "The files of the first job are lost on the server", () =>
    outcomeReply(500, "The file is not present as there was an error. Please resubmit the job."),
  ),
  firstJobsFiles(
    "file-unknown",
    "The files of the first job are unknown when they are asked for: 404",
    (name) => outcomeReply(404, `No Job Output with the file name ${name} exists in our records`),
  ),
  {
    name: "single-download",
    summary: "Each file can be had once, as in 2020",
    client: "heals",
    arm: onceEach,
  },
  wireFault({
    name: "server-error-inside-download",
    summary: "AB2D fails inside one or two downloads and ends them well: a whole gzip with less text in it",
    change: (plan) => onText(() => earlyEnd(Math.floor(plan.size.text * 0.7)))(plan),
  }),
];
