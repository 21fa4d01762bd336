import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { once } from "node:events";
import { type AddressInfo, createServer, type Server } from "node:net";
import { onTestFinished, vi } from "vitest";

export interface Traps {
  /** `host:port` of each. */
  readonly second: string;
  readonly third: string;
  /** On [::1] where the machine has it, else an address that is not listened on. */
  readonly ipv6: string;
  readonly neighbour: string;
  /** What came, of any protocol: `host:port` and the first bytes. */
  readonly caught: string[];
}

/** An attempt of the HTTP client, whether it succeeded or not. */
export interface Dialled {
  /** `http://127.0.0.1:1234`. */
  readonly origin: string;
  /** `Basic`, `Bearer` or nothing. */
  readonly authorization: string | undefined;
}

/**
 * Servers on other loopback addresses, to whom nobody has any business to connect. The proxy variables name one of them, so that
 * what would be dialled by a name that nobody can resolve is caught as well.
 */
export async function setTraps(): Promise<Traps> {
  const caught: string[] = [];
  const servers: Server[] = [];
  async function trap(host: string): Promise<string> {
    const server = createServer((socket) => {
      const place = caught.push(`${host}: connection`) - 1;
      socket.on("error", () => {});
      socket.once("data", (data) => {
        caught[place] = `${host}: ${data.toString("latin1").slice(0, 200)}`;
        socket.destroy();
      });
    });
    servers.push(server);
    await Promise.race([once(server.listen(0, host), "listening"), once(server, "error")]);
    const { port } = server.address() as AddressInfo;
    return `${host.includes(":") ? `[${host}]` : host}:${port}`;
  }
  const second = await trap("127.0.0.2");
  const third = await trap("127.0.0.3");
  const ipv6 = await trap("::1").catch(() => "[::1]:9");
  const neighbour = await trap("127.0.0.1");
  const proxy = await trap("127.0.0.1");
  for (const name of ["http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"]) {
    vi.stubEnv(name, `http://${proxy}`);
  }
  for (const name of ["no_proxy", "NO_PROXY"]) vi.stubEnv(name, "");
  onTestFinished(() => {
    vi.unstubAllEnvs();
    for (const server of servers) server.close();
  });
  return { second, third, ipv6, neighbour, caught };
}

/** Records every request that the HTTP client of this process makes, by the channels that it reports to. */
export function watchDialling(): { readonly requests: Dialled[]; readonly connects: Set<string> } {
  const requests: Dialled[] = [];
  const connects = new Set<string>();
  function onRequest(message: unknown): void {
    const { request } = message as { request: { origin: string | URL; headers: readonly string[] } };
    const headers = request.headers.map(String);
    const at = headers.findIndex((header) => header.toLowerCase() === "authorization");
    requests.push({
      origin: String(request.origin).replace(/\/$/, ""),
      authorization: at < 0 ? undefined : headers[at + 1]?.split(" ")[0],
    });
  }
  function onConnect(message: unknown): void {
    const { connectParams } = message as { connectParams: { protocol: string; host: string } };
    connects.add(`${connectParams.protocol}//${connectParams.host}`);
  }
  subscribe("undici:request:create", onRequest);
  subscribe("undici:client:beforeConnect", onConnect);
  onTestFinished(() => {
    unsubscribe("undici:request:create", onRequest);
    unsubscribe("undici:client:beforeConnect", onConnect);
  });
  return { requests, connects };
}
