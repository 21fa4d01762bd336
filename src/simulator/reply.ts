import type { Duplex, Readable } from "node:stream";

/** A body too large for memory: its source and what it passes through. */
export type StreamedBody = readonly [Readable, ...Duplex[]];

/** What a handler answers; {@link sendReply} puts it on the wire. */
export interface Reply {
  readonly status: number;
  /** One that is `undefined` is left out, also where every answer has it. */
  readonly headers?: ReplyHeaders;
  /** Text is sent with its length; streams without, in chunks. They are opened when a body is wanted. */
  readonly body?: string | (() => StreamedBody);
  /** Called when the whole of a streamed body has been handed over, or with a HEAD request's answer. */
  readonly onSent?: () => void;
  /** After so many bytes of the body the connection is lost; 0: before the answer has begun. */
  readonly dropAfter?: number;
}

export type ReplyHeaders = Readonly<Record<string, string | undefined>>;

/** A reply without a body. */
export function emptyReply(status: number, headers: ReplyHeaders = {}): Reply {
  return { status, headers };
}

/** A JSON body. */
export function jsonReply(status: number, body: unknown, headers: ReplyHeaders = {}): Reply {
  return { status, headers: { "Content-Type": "application/json", ...headers }, body: JSON.stringify(body) };
}

/** AB2D's error: an OperationOutcome, whose code is `invalid` whatever the status, but for a cancelled job. */
export function outcomeReply(
  status: number,
  text: string,
  { code = "invalid", headers = {} }: { code?: string; headers?: ReplyHeaders } = {},
): Reply {
  return jsonReply(
    status,
    { resourceType: "OperationOutcome", issue: [{ severity: "error", code, details: { text } }] },
    headers,
  );
}

/** The framework's error, for requests that never reached AB2D's own checks: not an OperationOutcome. */
export function problemReply(status: number, title: string, detail: string): Reply {
  const body = { type: "about:blank", title, status, detail };
  return jsonReply(status, body, { "Content-Type": "application/problem+json" });
}
