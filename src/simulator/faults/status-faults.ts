import { randomFor } from "../random.ts";
import { emptyReply, outcomeReply, type Reply } from "../reply.ts";
import type { Fault, SeenRequest } from "./fault.ts";
import { htmlReply } from "./html-reply.ts";
import { answersInstead } from "./request-faults.ts";

const HOUR = 3_600_000;

/** Ends the first job that the client starts, or every one, in another way. */
function endsAs(
  end: "FAILED" | "CANCELLED",
  { first }: { readonly first: boolean },
): ReturnType<Fault["arm"]> {
  let left = first ? 1 : Number.POSITIVE_INFINITY;
  return { job: (plan) => (!plan.isRival && left-- > 0 ? { ...plan, end } : plan) };
}

/** Changes `Retry-After` wherever it is sent. */
function retryAfter(name: string, summary: string, value: (seconds: number, now: Date) => string): Fault {
  return {
    name,
    summary,
    client: "heals",
    arm: (_random, clock) => ({
      after(reply) {
        const seconds = Number(reply.headers?.["Retry-After"]);
        if (!(seconds >= 0)) return reply;
        // A date counts from the answer's own, which a fault may have moved.
        const now = new Date(reply.headers?.Date ?? clock.now());
        return { ...reply, headers: { ...reply.headers, "Retry-After": value(seconds, now) } };
      },
    }),
  };
}

function onStatus(
  status: number,
  change: (reply: Reply, request: SeenRequest) => Reply,
): ReturnType<Fault["arm"]> {
  return {
    after: (reply, request) =>
      request.kind === "status" && reply.status === status ? change(reply, request) : reply,
  };
}

function progressBackwards(random: Parameters<Fault["arm"]>[0]): ReturnType<Fault["arm"]> {
  return onStatus(202, (reply) => ({
    ...reply,
    headers: { ...reply.headers, "X-Progress": `${random.integer(100)}% complete` },
  }));
}

export const STATUS_FAULTS: readonly Fault[] = [
  answersInstead({
    name: "poll-errors",
    summary: "One to three status calls are answered 500, An internal error occurred",
    kinds: ["status"],
    replies: [outcomeReply(500, "An internal error occurred")],
  }),
  answersInstead({
    name: "poll-html-errors",
    summary: "One to three status calls are answered 502 or 504 with HTML",
    kinds: ["status"],
    replies: [htmlReply(502), htmlReply(504)],
  }),
  answersInstead({
    name: "poll-connection-lost",
    summary: "One to three status calls lose their connection before the answer",
    kinds: ["status"],
    replies: [{ status: 202, dropAfter: 0 }],
  }),
  answersInstead({
    name: "polled-too-often",
    summary:
      "One to three status calls are refused with 429 and `Retry-After`, as if somebody else polled the job too",
    kinds: ["status"],
    replies: [outcomeReply(429, "You are polling too frequently", { headers: { "Retry-After": "5" } })],
  }),
  retryAfter("retry-after-date", "`Retry-After` is an HTTP date wherever it is sent", (seconds, now) =>
    new Date(now.getTime() + seconds * 1000).toUTCString(),
  ),
  retryAfter("retry-after-absurd", "`Retry-After` is three years wherever it is sent", () => "99999999"),
  retryAfter("retry-after-garbage", "`Retry-After` is neither a number nor a date", () => "soon, please"),
  {
    name: "progress-backwards",
    summary: "`X-Progress` jumps up and down, as when AB2D restarts a job",
    client: "heals",
    arm: progressBackwards,
  },
  {
    name: "progress-missing",
    summary: "The status of a running job has no `X-Progress`",
    client: "heals",
    arm: () =>
      onStatus(202, (reply) => ({ ...reply, headers: { ...reply.headers, "X-Progress": undefined } })),
  },
  {
    name: "long-job",
    summary: "Jobs run for 40 hours",
    client: "heals",
    arm: () => ({ job: (plan) => ({ ...plan, runMilliseconds: 40 * HOUR }) }),
  },
  {
    name: "queued-for-days",
    summary: "Jobs wait at 0% for 60 hours before they run, as while AB2D updates its enrollment",
    client: "heals",
    arm: () => ({ job: (plan) => ({ ...plan, queuedMilliseconds: 60 * HOUR }) }),
  },
  {
    name: "failed-job",
    summary: "The first job fails when its time is up; a new one of the same window does not",
    client: "heals",
    arm: () => endsAs("FAILED", { first: true }),
  },
  {
    name: "every-job-fails",
    summary: "Every job fails when its time is up",
    client: "stops",
    arm: () => endsAs("FAILED", { first: false }),
  },
  {
    name: "cancelled-job",
    summary: "The first job is cancelled by somebody else when its time is up: 404, deleted",
    client: "stops",
    arm: () => endsAs("CANCELLED", { first: true }),
  },
  {
    name: "job-unknown-once",
    summary: "The first status call is answered 404, as if there were no such job; the job goes on",
    client: "heals",
    arm() {
      let left = 1;
      return {
        before: ({ kind, jobId }) =>
          kind === "status" && left-- > 0
            ? outcomeReply(404, `No job with jobUuid ${jobId} was found`)
            : undefined,
      };
    },
  },
  {
    name: "status-empty-200",
    summary: "A complete job is answered 200 without a manifest, always",
    client: "stops",
    arm: () => onStatus(200, () => emptyReply(200)),
  },
  {
    name: "manifest-cut-off",
    summary: "The manifest's JSON breaks off in its middle, always",
    client: "stops",
    arm: () =>
      onStatus(200, (reply) =>
        typeof reply.body === "string"
          ? { ...reply, body: reply.body.slice(0, Math.floor(reply.body.length / 2)) }
          : reply,
      ),
  },
  {
    name: "manifest-changes",
    summary:
      "From its second reading on, a job's manifest has other checksums: only a client that reads it twice can tell",
    client: "stops",
    arm() {
      const read = new Set<string>();
      return {
        manifest(manifest, { id }) {
          if (!read.has(id)) {
            read.add(id);
            return manifest;
          }
          return {
            ...manifest,
            output: manifest.output.map((entry) => ({
              ...entry,
              ...(entry.extension
                ? {
                    extension: entry.extension.map((extension) =>
                      extension.valueString === undefined
                        ? extension
                        : { ...extension, valueString: `sha256:${otherDigits(extension.valueString)}` },
                    ),
                  }
                : {}),
            })),
          };
        },
      };
    },
  },
  {
    name: "expires-missing",
    summary: "The manifest comes without `Expires`",
    client: "heals",
    arm: () => onStatus(200, (reply) => ({ ...reply, headers: { ...reply.headers, Expires: undefined } })),
  },
];

function otherDigits(key: string): string {
  const random = randomFor("manifest-changes", key);
  return Array.from({ length: 64 }, () => random.integer(16).toString(16)).join("");
}
