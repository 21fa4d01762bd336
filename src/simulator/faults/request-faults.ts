import type { Reply, ReplyHeaders } from "../reply.ts";
import type { Fault, RequestKind } from "./fault.ts";
import { strikes } from "./strikes.ts";

export interface FailNextOptions {
  /** Looked for in path and query. */
  readonly path: RegExp;
  readonly status: number;
  /** Sent as it stands; default empty. */
  readonly body?: string;
  readonly headers?: ReplyHeaders;
  readonly times: number;
}

/** The next so many requests to a path get this answer instead; for tests. */
export function failNext({ path, status, body = "", headers = {}, times }: FailNextOptions): Fault {
  return {
    name: "fail-next",
    summary: `Requests to a path are answered ${status}, ${times} times`,
    client: "heals",
    arm() {
      let left = times;
      return {
        before({ url }) {
          if (left <= 0 || url.search(path) < 0) return undefined;
          left--;
          return { status, headers, body };
        },
      };
    },
  };
}

export interface DropConnectionOptions {
  /** Looked for in path and query. */
  readonly path: RegExp;
  /** Of the body; 0: before the answer has begun. */
  readonly afterBytes: number;
  readonly times: number;
}

/** The next so many answers to requests to a path lose their connection; for tests. */
export function dropConnection({ path, afterBytes, times }: DropConnectionOptions): Fault {
  return {
    name: "drop-connection",
    summary: `Answers to requests to a path lose their connection after ${afterBytes} bytes, ${times} times`,
    client: "heals",
    arm() {
      let left = times;
      return {
        after(reply, { url }) {
          if (left <= 0 || url.search(path) < 0) return reply;
          left--;
          return { ...reply, dropAfter: afterBytes };
        },
      };
    },
  };
}

export interface AnswersInsteadOptions {
  readonly name: string;
  readonly summary: string;
  /** Default `heals`. */
  readonly client?: Fault["client"];
  readonly kinds: readonly RequestKind[];
  /** One of these. */
  readonly replies: readonly Reply[];
  /** Default: one to three, at moments of the seed. */
  readonly times?: number;
}

/** A fault that answers some requests of a kind without asking the server. */
export function answersInstead({
  name,
  summary,
  client = "heals",
  kinds,
  replies,
  times,
}: AnswersInsteadOptions): Fault {
  return {
    name,
    summary,
    client,
    arm(random) {
      const strikesNow = strikes(random, { times });
      return {
        before: ({ kind }) => (kinds.includes(kind) && strikesNow() ? random.pick(replies) : undefined),
      };
    },
  };
}
