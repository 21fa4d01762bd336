import { once } from "node:events";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { onTestFinished } from "vitest";

/** An answer whose header values go out byte for byte as UTF-8, line breaks and NULs included. */
export interface RawAnswer {
  readonly status: number;
  readonly headers?: readonly (readonly [name: string, value: string])[];
  readonly body?: string | Buffer;
}

export interface RawServer {
  /** `host:port`. */
  readonly host: string;
  readonly url: string;
  /** `METHOD path` of what came. */
  readonly requests: string[];
  /** Every first word of an Authorization that ever came; `undefined`: there was none. */
  readonly authorizations: Set<string | undefined>;
  /** What is answered. */
  answer: (request: IncomingMessage) => RawAnswer;
}

/** A server on loopback that cares for no rule of HTTP in what it says, and closes each connection after its answer. */
export async function rawServer(): Promise<RawServer> {
  const requests: RawServer["requests"] = [];
  const server = createServer((request, response) => {
    request.resume();
    request.on("end", () => {
      const { method, url = "", headers } = request;
      requests.push(`${method} ${url.split("?")[0]}`);
      raw.authorizations.add(headers.authorization?.split(" ")[0]);
      const { status, headers: added = [], body = "" } = raw.answer(request);
      const lines = [
        `HTTP/1.1 ${status} Whatever`,
        "connection: close",
        `content-length: ${Buffer.byteLength(body)}`,
        ...added.map(([name, value]) => `${name}: ${value}`),
      ];
      response.socket?.end(Buffer.concat([Buffer.from(`${lines.join("\r\n")}\r\n\r\n`), Buffer.from(body)]));
    });
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  const raw: RawServer = {
    host,
    url: `http://${host}`,
    requests,
    authorizations: new Set(),
    answer: () => ({ status: 418 }),
  };
  return raw;
}
