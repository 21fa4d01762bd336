import { spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { request as forward, type RequestListener } from "node:http";
import { createServer } from "node:https";
import { type AddressInfo, connect, createServer as createTcpServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { onTestFinished } from "vitest";
import { startAb2d } from "../support/ab2d-program.ts";
import { temporaryFolder } from "../support/load-lines.ts";
import { type Attempt, standingOf } from "../support/outcome.ts";
import type { SyncBench } from "../support/sync-bench.ts";

/** What this machine lacks for certificates of its own; `undefined`: nothing. */
export const NO_OPENSSL = spawnSync("openssl", ["version"]).status === 0 ? undefined : "there is no openssl";

const HOST = "ab2d.example.test";

/** The address of a server whose certificate nobody vouches for. */
export async function untrustedServer(): Promise<string> {
  const { port } = await tlsServer("localhost", (_request, response) => response.end());
  return `https://localhost:${port}`;
}

/** The program, with an AB2D that is reached through a proxy alone, which first wants to know who is there. */
export async function throughProxy(
  bench: SyncBench,
): Promise<{ readonly refused: () => Promise<Attempt>; readonly well: () => Promise<Attempt> }> {
  const { apiUrl, tokenUrl } = bench.simulator;
  const front = await tlsServer(HOST, (received, response) => {
    const { method, url, headers } = received;
    const sent = forward(new URL(url ?? "/", apiUrl), { method, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      pipeline(answer, response).catch(() => response.destroy());
    });
    pipeline(received, sent).catch(() => response.destroy());
  });
  const proxies = { refusing: await proxyTo(undefined), open: await proxyTo(front.port) };
  const cwd = await temporaryFolder();
  const credentials = join(cwd, "credentials");
  writeFileSync(credentials, bench.simulator.credentials(bench.contract).base64, { mode: 0o600 });
  const run = async (proxy: number): Promise<Attempt> => {
    const env = {
      DATABASE_URL: bench.database.url,
      AB2D_API_URL: `https://${HOST}`,
      AB2D_TOKEN_URL: `https://${HOST}${new URL(tokenUrl).pathname}`,
      AB2D_CREDENTIALS_FILE: credentials,
      AB2D_LANDING_DIR: bench.landingDir,
      AB2D_POLL_INTERVAL: "6",
      https_proxy: `http://127.0.0.1:${proxy}`,
      NODE_EXTRA_CA_CERTS: front.certificate,
    };
    const before = await standingOf(bench);
    const { code, stderr } = await startAb2d(["sync", bench.contract], { cwd, env }).ended;
    return { exit: code, code: /\((\w+), exit \d+\)/.exec(stderr)?.[1], isResumed: false, before };
  };
  return { refused: () => run(proxies.refusing), well: () => run(proxies.open) };
}

async function tlsServer(
  host: string,
  listener: RequestListener,
): Promise<{ readonly port: number; readonly certificate: string }> {
  const folder = mkdtempSync(join(tmpdir(), "tls-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const [key, certificate] = [join(folder, "key.pem"), join(folder, "cert.pem")];
  const making = ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", `/CN=${host}`];
  spawnSync("openssl", [
    ...making,
    "-addext",
    `subjectAltName=DNS:${host}`,
    "-keyout",
    key,
    "-out",
    certificate,
  ]);
  const server = createServer({ key: readFileSync(key), cert: readFileSync(certificate) }, listener);
  return { port: await listening(server), certificate };
}

/** A proxy that joins whoever asks with a port of this machine; without one it refuses everybody. */
function proxyTo(port: number | undefined): Promise<number> {
  const server = createTcpServer((client) => {
    client.on("error", () => client.destroy());
    client.once("data", () => {
      if (port === undefined) {
        client.end("HTTP/1.1 407 Proxy Authentication Required\r\ncontent-length: 0\r\n\r\n");
        return;
      }
      const upstream = connect(port, "127.0.0.1", () => {
        client.write("HTTP/1.1 200 Connection Established\r\n\r\n");
        pipeline(client, upstream, client).catch(() => client.destroy());
      });
      upstream.on("error", () => client.destroy());
    });
  });
  return listening(server);
}

async function listening(server: Server): Promise<number> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => void server.close());
  return (server.address() as AddressInfo).port;
}
