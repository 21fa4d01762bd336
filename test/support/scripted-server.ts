import { createServer, type IncomingHttpHeaders, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export interface ScriptedAnswer {
  /** Default: 200. */
  readonly status?: number;
  /** Node adds a `Date` unless one is given; `""` leaves it out. */
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
  readonly body?: string | Buffer;
  /** After the body: end cleanly (default), cut the connection, or say nothing more. `refuse` cuts it before any byte. */
  readonly ending?: "end" | "reset" | "stall" | "refuse";
}

export interface RecordedRequest {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  /** The query as it was sent. */
  readonly rawQuery: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface ScriptedServer {
  /** `http://127.0.0.1:port`. */
  readonly url: string;
  readonly requests: RecordedRequest[];
  /** Sets the answers to `METHOD /path`, given in turn; the last one stays. */
  script(route: string, ...answers: readonly ScriptedAnswer[]): void;
  /** The requests to `METHOD /path`. */
  requestsTo(route: string): RecordedRequest[];
  close(): Promise<void>;
}

/** A server on loopback that says what a test tells it to, and 418 where it was told nothing. */
export async function scriptedServer(): Promise<ScriptedServer> {
  const scripts = new Map<string, ScriptedAnswer[]>();
  const requests: RecordedRequest[] = [];

  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
    const [path = "", rawQuery = ""] = (request.url ?? "").split("?");
    const method = request.method ?? "";
    requests.push({
      method,
      path,
      rawQuery,
      query: new URLSearchParams(rawQuery),
      headers: request.headers,
      body: Buffer.concat(chunks).toString("utf8"),
    });
    const answers = scripts.get(`${method} ${path}`);
    answer(response, (answers && answers.length > 1 ? answers.shift() : answers?.[0]) ?? { status: 418 });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));

  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    script(route, ...answers) {
      scripts.set(route, [...answers]);
    },
    requestsTo: (route) => requests.filter(({ method, path }) => route === `${method} ${path}`),
    close() {
      server.closeAllConnections();
      return new Promise((resolve, reject) => server.close((error) => (error ? reject(error) : resolve())));
    },
  };
}

function answer(
  response: ServerResponse,
  { status = 200, headers = {}, body = "", ending = "end" }: ScriptedAnswer,
): void {
  if (ending === "refuse") {
    response.socket?.resetAndDestroy();
    return;
  }
  for (const [name, value] of Object.entries(headers)) {
    if (name.toLowerCase() === "date") response.sendDate = false;
    if (value !== "") response.setHeader(name, value);
  }
  response.writeHead(status);
  if (ending === "end") {
    response.end(body);
    return;
  }
  response.write(body, () => {
    if (ending === "reset") response.socket?.resetAndDestroy();
  });
}
