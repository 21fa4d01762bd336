import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import type { ServerOptions } from "node:https";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { join } from "node:path";
import { connect } from "node:tls";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { authenticate } from "../src/ab2d/authenticate.ts";
import { startSimulator } from "../src/simulator/start-simulator.ts";
import { setup, thrown } from "./ab2d/setup.ts";
import { type Ran, startAb2d } from "./support/ab2d-program.ts";
import { type CertificateAuthority, certificateAuthority, HAS_OPENSSL } from "./support/certificates.ts";
import { connectProxy } from "./support/connect-proxy.ts";
import { type FreshDatabase, freshDatabase } from "./support/fresh-database.ts";
import { temporaryFolder } from "./support/load-lines.ts";
import { type TlsFront, tlsFront } from "./support/tls-front.ts";

const API = "api.ab2d.test";
const IDENTITY = "idm.ab2d.test";
const PASSWORD = "proxy-canary-password";
const CREDENTIALS = `proxy-canary-user:${PASSWORD}`;
const OLD_TLS = { minVersion: "TLSv1", maxVersion: "TLSv1.1", ciphers: "DEFAULT:@SECLEVEL=0" } as const;

interface Bench {
  readonly authority: CertificateAuthority;
  readonly api: TlsFront;
  readonly identity: TlsFront;
  /** Where a proxy leads the two names to. */
  readonly routes: Readonly<Record<string, number>>;
  readonly tokenPath: string;
  readonly database: FreshDatabase;
  /** Runs `ab2d sync Z0001` with addresses by name unless `env` says otherwise. */
  sync(env: Readonly<Record<string, string>>): Promise<Ran>;
}

/** A simulator behind https for the API and for the identity provider, reached by names that only a proxy knows. */
async function setUp(
  serverOptions: (authority: CertificateAuthority, place: "api" | "identity") => ServerOptions = (
    authority,
    place,
  ) => authority.issue(`DNS:${place === "api" ? API : IDENTITY}`),
): Promise<Bench> {
  const cwd = await temporaryFolder();
  const simulator = await startSimulator({ contracts: [{ number: "Z0001", patients: 5 }], jobSeconds: 0 });
  onTestFinished(() => simulator.stop());
  const authority = certificateAuthority(cwd);
  const api = await tlsFront(simulator.apiUrl, serverOptions(authority, "api"));
  const identity = await tlsFront(simulator.apiUrl, serverOptions(authority, "identity"));
  const credentialsFile = join(cwd, "credentials");
  await writeFile(credentialsFile, simulator.credentials("Z0001").base64, { mode: 0o600 });
  const database = await freshDatabase();
  const tokenPath = new URL(simulator.tokenUrl).pathname;
  return {
    authority,
    api,
    identity,
    routes: { [`${API}:443`]: api.port, [`${IDENTITY}:443`]: identity.port },
    tokenPath,
    database,
    sync: (env) =>
      startAb2d(["sync", "Z0001"], {
        cwd,
        env: {
          DATABASE_URL: database.url,
          AB2D_API_URL: `https://${API}`,
          AB2D_TOKEN_URL: `https://${IDENTITY}${tokenPath}`,
          AB2D_CREDENTIALS_FILE: credentialsFile,
          AB2D_POLL_INTERVAL: "1",
          AB2D_LOG_LEVEL: "debug",
          ...env,
        },
      }).ended,
  };
}

function expectNoProxySecret({ stdout, stderr }: Ran): void {
  for (const secret of ["proxy-canary", Buffer.from(CREDENTIALS).toString("base64")]) {
    expect(stdout + stderr).not.toContain(secret);
  }
}

async function claimsIn(database: FreshDatabase): Promise<number> {
  return (await database.rows("select 1 from ab2d.claim")).length;
}

describe.skipIf(!HAS_OPENSSL)("ab2d sync behind a proxy and a private CA", () => {
  it("ends well with the CA of NODE_EXTRA_CA_CERTS; the proxy's credentials go to the proxy alone", async () => {
    const { authority, api, identity, routes, database, sync } = await setUp();
    const proxy = await connectProxy({ routes, credentials: CREDENTIALS });
    const ran = await sync({
      HTTPS_PROXY: `http://${CREDENTIALS}@${proxy.host}`,
      NODE_EXTRA_CA_CERTS: authority.file,
    });
    expect(ran).toMatchObject({ code: 0 });
    expect(await claimsIn(database)).toBeGreaterThan(50);
    expect(new Set(proxy.tunnels.map(({ to }) => to))).toEqual(new Set([`${API}:443`, `${IDENTITY}:443`]));
    expect(proxy.tunnels.every(({ isAllowed }) => isAllowed)).toBe(true);
    expect(proxy.sent()).not.toMatch(/authorization|bearer|basic/i);
    expect([...api.requests, ...identity.requests].flat()).not.toContain("proxy-authorization");
    expect(identity.requests).toHaveLength(1);
    expectNoProxySecret(ran);
  });

  it("ends with TLS_REFUSED (69) without the CA, and the server gets nothing but the handshake", async () => {
    const { api, identity, routes, database, sync } = await setUp();
    const proxy = await connectProxy({ routes });
    const ran = await sync({ https_proxy: `http://${proxy.host}` });
    expect(ran).toMatchObject({ code: 69 });
    expect(ran.stderr).toContain("TLS_REFUSED");
    expect(ran.stderr).toContain("NODE_EXTRA_CA_CERTS");
    expect(identity.connections()).toBe(1);
    expect([identity.requests, api.requests, api.connections()]).toEqual([[], [], 0]);
    expect(await claimsIn(database)).toBe(0);
  });

  it("ends with PROXY_REFUSED (69) and the cure when the proxy wants other credentials", async () => {
    const { authority, api, identity, routes, sync } = await setUp();
    const proxy = await connectProxy({ routes, credentials: "somebody:else" });
    const ran = await sync({
      HTTPS_PROXY: `http://${CREDENTIALS}@${proxy.host}`,
      NODE_EXTRA_CA_CERTS: authority.file,
    });
    expect(ran).toMatchObject({ code: 69 });
    expect(ran.stderr).toContain("PROXY_REFUSED");
    expect(ran.stderr).toMatch(/407\n.*user and password in HTTPS_PROXY/);
    expect(proxy.tunnels).toEqual([{ to: `${IDENTITY}:443`, isAllowed: false }]);
    expect([identity.connections(), api.connections()]).toEqual([0, 0]);
    expectNoProxySecret(ran);
  });

  it("heeds NO_PROXY, for one address and for both", async () => {
    // This machine under an address that does not count as loopback, so that a proxy would be used.
    const host = "0.0.0.0";
    const { authority, api, identity, tokenPath, database, sync } = await setUp((ca) =>
      ca.issue(`IP:${host}`),
    );
    const routes = { [`${host}:${api.port}`]: api.port, [`${host}:${identity.port}`]: identity.port };
    const proxy = await connectProxy({ routes });
    const env = {
      AB2D_API_URL: `https://${host}:${api.port}`,
      AB2D_TOKEN_URL: `https://${host}:${identity.port}${tokenPath}`,
      HTTPS_PROXY: `http://${proxy.host}`,
      NODE_EXTRA_CA_CERTS: authority.file,
    };
    expect(await sync({ ...env, NO_PROXY: host })).toMatchObject({ code: 0 });
    expect(proxy.tunnels).toEqual([]);
    expect(await claimsIn(database)).toBeGreaterThan(50);
    expect(await sync({ ...env, no_proxy: `example.org,${host}:${identity.port}` })).toMatchObject({
      code: 0,
    });
    expect(new Set(proxy.tunnels.map(({ to }) => to))).toEqual(new Set([`${host}:${api.port}`]));
  });
});

type Kind = "expired" | "for another host" | "self-signed" | "of TLS 1.1 only";

/** What the client says of each. */
const REASONS: Readonly<Record<Kind, string>> = {
  expired: "CERT_HAS_EXPIRED",
  "for another host": "ERR_TLS_CERT_ALTNAME_INVALID",
  "self-signed": "DEPTH_ZERO_SELF_SIGNED_CERT",
  "of TLS 1.1 only": "ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION",
};

function badServer(kind: Kind, authority: CertificateAuthority, name: string): ServerOptions {
  if (kind === "expired") return authority.issue(name, { isExpired: true });
  if (kind === "for another host") return authority.issue("DNS:other.ab2d.test");
  if (kind === "self-signed") return authority.issue(name, { isSelfSigned: true });
  return { ...authority.issue(name), ...OLD_TLS };
}

describe.skipIf(!HAS_OPENSSL)("ab2d sync to a server that can't be trusted", () => {
  const kinds: readonly Kind[] = ["expired", "for another host", "self-signed", "of TLS 1.1 only"];
  it.each((["identity", "api"] as const).flatMap((place) => kinds.map((kind) => [place, kind] as const)))(
    "sends nothing to the %s whose certificate or TLS is %s, and ends with TLS_REFUSED (69)",
    async (place, kind) => {
      const bench = await setUp((authority, at) => {
        const name = `DNS:${at === "api" ? API : IDENTITY}`;
        return at === place ? badServer(kind, authority, name) : authority.issue(name);
      });
      const proxy = await connectProxy({ routes: bench.routes });
      const ran = await bench.sync({
        HTTPS_PROXY: `http://${proxy.host}`,
        NODE_EXTRA_CA_CERTS: bench.authority.file,
      });
      expect(ran).toMatchObject({ code: 69 });
      expect(ran.stderr).toContain("TLS_REFUSED");
      expect(ran.stderr).toContain(REASONS[kind]);
      const bad = bench[place];
      expect(bad.connections()).toBe(1);
      expect(bad.requests).toEqual([]);
      expect(bench.identity.requests).toHaveLength(place === "identity" ? 0 : 1);
      expect(await claimsIn(bench.database)).toBe(0);
    },
  );
});

describe.skipIf(!HAS_OPENSSL)("the server of TLS 1.1", () => {
  it("serves a client that asks for no better", async () => {
    const authority = certificateAuthority(await temporaryFolder());
    const front = await tlsFront("http://127.0.0.1:9", badServer("of TLS 1.1 only", authority, `DNS:${API}`));
    const client = connect({ port: front.port, host: "127.0.0.1", rejectUnauthorized: false, ...OLD_TLS });
    onTestFinished(() => void client.destroy());
    await once(client, "secureConnect");
    expect(client.getProtocol()).toBe("TLSv1.1");
  });
});

describe("authenticate() through a proxy that fails", () => {
  const behaviours: Readonly<Record<string, (socket: Socket) => void>> = {
    "closes cleanly": (socket) => void socket.end(),
    "cuts the connection": (socket) => void socket.resetAndDestroy(),
    "answers 502": (socket) => void socket.end("HTTP/1.1 502 Bad Gateway\r\ncontent-length: 0\r\n\r\n"),
    "answers no HTTP": (socket) => void socket.end("SSH-2.0-OpenSSH_9.6\r\n"),
    "opens the tunnel and closes it": (socket) => void socket.end("HTTP/1.1 200 OK\r\n\r\n"),
  };

  it.each(Object.entries(behaviours))(
    "dials it a few times and gives up when it %s",
    async (_what, behave) => {
      let connections = 0;
      const proxy = createServer((socket) => {
        connections += 1;
        socket.on("error", () => {});
        socket.once("data", () => behave(socket));
      }).listen(0, "127.0.0.1");
      await once(proxy, "listening");
      for (const name of ["https_proxy", "HTTPS_PROXY"]) {
        vi.stubEnv(name, `http://${CREDENTIALS}@127.0.0.1:${(proxy.address() as AddressInfo).port}`);
      }
      for (const name of ["no_proxy", "NO_PROXY"]) vi.stubEnv(name, "");
      onTestFinished(() => {
        vi.unstubAllEnvs();
        proxy.close();
      });
      const { options, logged } = await setup({ tokenUrl: `https://${IDENTITY}/token`, patience: 10 });
      const error = await thrown(authenticate(options));
      expect(error).toMatchObject({ code: "API_UNAVAILABLE", exitCode: 69 });
      expect(error.hint).toContain("HTTPS_PROXY");
      expect(connections).toBeGreaterThan(1);
      expect(connections).toBeLessThan(10);
      expect(JSON.stringify([error.message, error.hint, logged])).not.toContain("proxy-canary");
    },
  );
});
