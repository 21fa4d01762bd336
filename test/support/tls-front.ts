import { once } from "node:events";
import { type IncomingMessage, request, type ServerResponse } from "node:http";
import { createServer, type ServerOptions } from "node:https";
import type { AddressInfo, Socket } from "node:net";
import { pipeline } from "node:stream";
import { onTestFinished } from "vitest";

export interface TlsFront {
  readonly port: number;
  /** Header names of every request that came through. */
  readonly requests: string[][];
  /** TCP connections, whatever became of them. */
  connections(): number;
}

/** An https server on 127.0.0.1 that hands every request on to `target`, as a load balancer does that ends TLS. */
export async function tlsFront(target: string, options: ServerOptions): Promise<TlsFront> {
  const requests: string[][] = [];
  const sockets = new Set<Socket>();
  let connections = 0;
  const server = createServer(options, (incoming, outgoing) => {
    requests.push(Object.keys(incoming.headers));
    forward(incoming, outgoing, target);
  });
  server.on("connection", (socket: Socket) => {
    connections += 1;
    sockets.add(socket);
  });
  server.on("tlsClientError", () => {});
  await once(server.listen(0, "127.0.0.1"), "listening");
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return { port: (server.address() as AddressInfo).port, requests, connections: () => connections };
}

function forward(incoming: IncomingMessage, outgoing: ServerResponse, target: string): void {
  const { method, headers, url = "/" } = incoming;
  const onward = request(new URL(url, target), { method: method ?? "GET", headers }, (answer) => {
    outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
    pipeline(answer, outgoing, () => {});
  });
  onward.on("error", () => outgoing.destroy());
  pipeline(incoming, onward, () => {});
}
