import { DateTime } from "luxon";
import { previousTuesday } from "../previous-tuesday.ts";
import { emptyReply, jsonReply, outcomeReply, type Reply } from "../reply.ts";
import type { Fault } from "./fault.ts";
import { htmlReply } from "./html-reply.ts";
import { answersInstead } from "./request-faults.ts";

const DAY = 86_400_000;

export interface CutWindowOptions {
  /** ISO date-time; default: a day before the server's now. */
  readonly to?: string;
}

/** Jobs begin their window later than asked, and the answer says so in `Since-Datetime`. */
export function cutWindow({ to }: CutWindowOptions = {}): Fault {
  return {
    name: "cut-window",
    summary:
      "Jobs bring only the last day's updates instead of all since `_since`, and say so in `Since-Datetime`",
    client: "gaps",
    arm: () => ({
      lowerBound(bound, { asked, now }) {
        const cut = to ? DateTime.fromISO(to, { setZone: true }) : DateTime.fromMillis(now.getTime() - DAY);
        if (!cut.isValid || (asked && cut <= asked)) return bound;
        const told = asked ? cut.setZone(asked.zone) : cut.toUTC();
        return { since: told, told };
      },
    }),
  };
}

/** Starts an export once, in the name of somebody else, before the client's own. */
function rivalOnce(
  name: string,
  summary: string,
  client: Fault["client"],
  urlOf: (url: string, now: Date) => string,
): Fault {
  return {
    name,
    summary,
    client,
    arm(_random, clock) {
      let isDone = false;
      return {
        rival(url) {
          if (isDone) return undefined;
          isDone = true;
          return urlOf(url, clock.now());
        },
      };
    },
  };
}

/** An export of the last three days by the same API version: not what a client asks for. */
function foreignWindow(url: string, now: Date): string {
  const since = new Date(now.getTime() - 3 * DAY - 12_345).toISOString();
  return `${url.split("?")[0]}?_type=ExplanationOfBenefit&_since=${encodeURIComponent(since)}`;
}

/** Changes the answer to a start that was accepted. */
function onAccepted(
  change: (reply: Reply) => Reply,
  { most = Number.POSITIVE_INFINITY } = {},
): ReturnType<Fault["arm"]> {
  let left = most;
  return {
    after: (reply, { kind }) =>
      kind === "start" && reply.status === 202 && left-- > 0 ? change(reply) : reply,
  };
}

/** Rewrites the addresses in `Content-Location`, also of a 429. */
function relocated(name: string, summary: string, origin: (host: string) => string): Fault {
  return {
    name,
    summary,
    client: "heals",
    arm: () => ({
      after(reply, { kind }) {
        const location = reply.headers?.["Content-Location"];
        if (kind !== "start" || location === undefined) return reply;
        const moved = location.replace(
          /https?:\/\/([^/:,]+)(?::\d+)?\//g,
          (_all, host: string) => `${origin(host)}/`,
        );
        return { ...reply, headers: { ...reply.headers, "Content-Location": moved } };
      },
    }),
  };
}

const withHeader = (reply: Reply, name: string, value: string | undefined): Reply => ({
  ...reply,
  headers: { ...reply.headers, [name]: value },
});

export const START_FAULTS: readonly Fault[] = [
  {
    name: "lost-start-answer",
    summary: "The first job starts, but the connection is lost before the answer",
    client: "heals",
    arm: () => onAccepted((reply) => ({ ...reply, dropAfter: 0 }), { most: 1 }),
  },
  {
    name: "lost-start-answer-ambiguous",
    summary: "The first job starts, but a proxy answers 502 with HTML in place of the 202",
    client: "heals",
    arm: () => onAccepted(() => htmlReply(502), { most: 1 }),
  },
  {
    name: "maintenance",
    summary: "New jobs are refused with an empty 503 without `Retry-After`, always; all else works",
    client: "stops",
    arm: () => ({
      before({ kind, url }) {
        if (url === "/status") return jsonReply(200, { maintenanceMode: "true" });
        return kind === "start" ? emptyReply(503) : undefined;
      },
    }),
  },
  {
    name: "brief-maintenance",
    summary: "The first start is refused with an empty 503; the next one is taken",
    client: "stops",
    arm() {
      let left = 1;
      return { before: ({ kind }) => (kind === "start" && left-- > 0 ? emptyReply(503) : undefined) };
    },
  },
  answersInstead({
    name: "start-errors",
    summary: "One to three starts are answered 500, An internal error occurred, and start nothing",
    kinds: ["start"],
    replies: [outcomeReply(500, "An internal error occurred")],
  }),
  answersInstead({
    name: "start-html-errors",
    summary: "One to three starts are answered 502 or 504 with HTML, and start nothing",
    kinds: ["start"],
    replies: [htmlReply(502), htmlReply(504)],
  }),
  rivalOnce(
    "foreign-job-running",
    "Somebody else's job of another window runs when the client first asks: 429 with its address until it is done",
    "stops",
    foreignWindow,
  ),
  rivalOnce(
    "equal-job-running",
    "Somebody else has just started the very export that the client first asks for: 429 with its address",
    "heals",
    (url) => url,
  ),
  {
    name: "busy-without-address",
    summary: "Somebody else's job of another window runs when the client first asks, and no 429 says which",
    client: "stops",
    arm(random, clock) {
      const { rival } = rivalOnce("", "", "stops", foreignWindow).arm(random, clock);
      return {
        rival: rival!,
        after: (reply, { kind }) =>
          kind === "start" && reply.status === 429 ? withHeader(reply, "Content-Location", undefined) : reply,
      };
    },
  },
  relocated(
    "location-on-another-host",
    "`Content-Location` names another host",
    () => "https://api.sandbox.ab2d.example.org",
  ),
  relocated(
    "location-over-http",
    "`Content-Location` is a plain http address on the standard port, as behind a load balancer that ends TLS",
    (host) => `http://${host}`,
  ),
  {
    name: "location-missing",
    summary: "Jobs are accepted without `Content-Location`, always",
    client: "stops",
    arm: () => onAccepted((reply) => withHeader(reply, "Content-Location", undefined)),
  },
  {
    name: "start-answers-200",
    summary: "Jobs are accepted with 200 instead of 202",
    client: "heals",
    arm: () => onAccepted((reply) => ({ ...reply, status: 200 })),
  },
  {
    name: "since-ignored",
    summary:
      "`_since` is dropped on the way: the job has no lower bound of its own, and the manifest's `request` lacks it",
    client: "stops",
    arm: () => ({
      startUrl(url) {
        const [path, query = ""] = url.split(/\?(.*)/s);
        const kept = query.split("&").filter((pair) => !pair.startsWith("_since="));
        return kept.join("") === "" ? path! : `${path}?${kept.join("&")}`;
      },
    }),
  },
  cutWindow(),
  {
    name: "since-datetime",
    summary:
      "`_since` is rounded down to a Tuesday 00:00 in New York and returned in `Since-Datetime`, as documented in 2021",
    client: "heals",
    arm: () => ({
      lowerBound(bound, { asked }) {
        if (!asked || bound.told) return bound;
        const rounded = previousTuesday(asked);
        return { since: rounded, told: rounded };
      },
    }),
  },
  {
    name: "bad-since-datetime",
    summary: "`Since-Datetime` is sent with every job and is no date-time",
    client: "gaps",
    arm: () => onAccepted((reply) => withHeader(reply, "Since-Datetime", "Tuesday, or so")),
  },
];
