import { once } from "node:events";
import { createServer } from "node:http";
import { type AddressInfo, connect, type Socket } from "node:net";
import { pipeline } from "node:stream";
import { onTestFinished } from "vitest";

export interface ConnectProxy {
  /** `127.0.0.1:port`. */
  readonly host: string;
  /** `host:port` of each CONNECT, and whether it brought the wanted credentials. */
  readonly tunnels: { readonly to: string; readonly isAllowed: boolean }[];
  /** Everything that clients sent, the tunnels' content included. */
  sent(): string;
}

export interface ConnectProxyOptions {
  /** Where `host:port` leads: a port of this machine. All else is answered 502. */
  readonly routes: Readonly<Record<string, number>>;
  /** `user:password` that it wants to see; absent: anybody may. */
  readonly credentials?: string;
}

/** A proxy on loopback that opens tunnels, to this machine only. */
export async function connectProxy({ routes, credentials }: ConnectProxyOptions): Promise<ConnectProxy> {
  const tunnels: ConnectProxy["tunnels"] = [];
  const sent: Buffer[] = [];
  const sockets = new Set<Socket>();
  const wanted = credentials && `Basic ${Buffer.from(credentials).toString("base64")}`;
  const server = createServer((_request, response) => response.writeHead(405).end());
  server.on("connection", (socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
  });
  server.on("connect", (request, client: Socket) => {
    const to = request.url ?? "";
    const isAllowed = wanted === undefined || request.headers["proxy-authorization"] === wanted;
    tunnels.push({ to, isAllowed });
    const port = routes[to];
    if (!isAllowed || port === undefined) {
      const status = isAllowed
        ? "502 Bad Gateway"
        : '407 Proxy Authentication Required\r\nproxy-authenticate: Basic realm="x"';
      client.end(`HTTP/1.1 ${status}\r\ncontent-length: 0\r\n\r\n`);
      return;
    }
    const server = connect(port, "127.0.0.1", () => {
      client.write("HTTP/1.1 200 Connection Established\r\n\r\n");
      client.on("data", (chunk: Buffer) => void sent.push(chunk));
      pipeline(client, server, client, () => {});
    });
    server.on("error", () => client.destroy());
    sockets.add(server);
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return {
    host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    tunnels,
    sent: () => Buffer.concat(sent).toString("latin1"),
  };
}
