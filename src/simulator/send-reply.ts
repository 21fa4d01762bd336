import type { ServerResponse } from "node:http";
import { Readable, Transform, Writable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { Reply, StreamedBody } from "./reply.ts";

/** What the framework adds to every answer; `Expires: 0` is no date. */
const SECURITY_HEADERS = {
  "X-Content-Type-Options": "nosniff",
  "X-XSS-Protection": "1; mode=block",
  "Cache-Control": "no-cache, no-store, max-age=0, must-revalidate",
  Pragma: "no-cache",
  Expires: "0",
  "X-Frame-Options": "DENY",
};

export interface SendReplyOptions {
  /** For the `Date` header. */
  readonly now: Date;
  /** A HEAD request: the body stays at home. */
  readonly withoutBody: boolean;
}

/** Sends `reply`. Resolves when it is sent or the connection is gone. */
export async function sendReply(
  response: ServerResponse,
  reply: Reply,
  { now, withoutBody }: SendReplyOptions,
): Promise<void> {
  const { body = "", headers = {}, status, dropAfter } = reply;
  if (dropAfter === 0) {
    response.destroy();
    return;
  }
  const all = {
    ...SECURITY_HEADERS,
    Date: now.toUTCString(),
    ...headers,
    ...(typeof body === "string" ? { "Content-Length": String(Buffer.byteLength(body)) } : {}),
  };
  response.sendDate = false;
  response.writeHead(
    status,
    Object.fromEntries(Object.entries(all).filter(([, text]) => text !== undefined)),
  );
  if (withoutBody) {
    response.end();
    reply.onSent?.();
  } else if (dropAfter !== undefined) {
    const streams: StreamedBody = typeof body === "string" ? [Readable.from([Buffer.from(body)])] : body();
    await pipeline([...streams, droppingAfter(dropAfter, response)]);
  } else if (typeof body === "string") {
    response.end(body);
  } else {
    await pipeline([...body(), atEnd(() => reply.onSent?.()), response]);
  }
}

/** Passes `bytes` bytes on to the response and destroys its connection. */
function droppingAfter(bytes: number, response: ServerResponse): Writable {
  let left = bytes;
  return new Writable({
    write(chunk: Buffer, _encoding, done) {
      const part = chunk.subarray(0, left);
      left -= part.length;
      response.write(part, () => done(left <= 0 ? new Error("connection dropped on purpose") : null));
    },
    destroy(_error, done) {
      response.destroy();
      done(null);
    },
  });
}

/** A stream that calls `action` when the last byte has passed, before the response ends: when AB2D counts a download. */
function atEnd(action: () => void): Transform {
  return new Transform({
    transform: (chunk, _encoding, done) => done(null, chunk),
    flush(done) {
      action();
      done();
    },
  });
}
