import { spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer as createTlsServer } from "node:https";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { authenticate } from "../../src/ab2d/authenticate.ts";
import { startExport } from "../../src/ab2d/start-export.ts";
import { scriptedServer } from "../support/scripted-server.ts";
import {
  JOB_ID,
  SECRET,
  START,
  setup,
  setupSession,
  statusUrl,
  TOKEN,
  TOKENS,
  thrown,
  tokenAnswer,
} from "./setup.ts";

const OPENSSL = spawnSync("openssl", ["version"]).status === 0;
const ACCEPTED = { status: 202, headers: { "content-location": statusUrl(JOB_ID) } };
const WINDOW = { since: "2020-02-13T00:00:00-05:00", until: undefined };

describe("authenticate()", () => {
  it("sends the id and secret as Basic, and the grant in the form body", async () => {
    const { identity } = await setupSession();
    const [request] = identity.requestsTo(TOKENS);
    expect(Buffer.from(request!.headers.authorization!.replace("Basic ", ""), "base64").toString()).toBe(
      `client-id:${SECRET}`,
    );
    expect(request!.headers["content-type"]).toBe("application/x-www-form-urlencoded");
    expect(request!.body).toBe("grant_type=client_credentials&scope=clientCreds");
    expect(request!.rawQuery).toBe("");
  });

  it.each([400, 401, 403])("says that the credentials were refused on %i", async (status) => {
    const { identity, options } = await setup();
    identity.script(TOKENS, { status, body: `{"error":"invalid_client","error_description":"${SECRET}"}` });
    const error = await thrown(authenticate(options));
    expect(error).toMatchObject({ code: "CREDENTIALS_REFUSED", exitCode: 77 });
    expect(identity.requests).toHaveLength(1);
  });

  it("says that the token address is wrong on 404", async () => {
    const { identity, options } = await setup();
    identity.script(TOKENS, { status: 404 });
    expect(await thrown(authenticate(options))).toMatchObject({ code: "TOKEN_URL_WRONG", exitCode: 78 });
  });

  it("tries again while the identity provider is unavailable", async () => {
    const { identity, options, clock } = await setup();
    identity.script(
      TOKENS,
      { status: 503 },
      { ending: "refuse" },
      { status: 429, headers: { "retry-after": "45" } },
      tokenAnswer(TOKEN),
    );
    const session = await authenticate(options);
    await session.close();
    expect(clock.sleeps).toEqual([500, 1_000, 45_000]);
  });

  it("gives up after the session's patience", async () => {
    const { identity, options, clock } = await setup({ patience: 60 });
    identity.script(TOKENS, { status: 503 });
    const began = clock.now().getTime();
    expect(await thrown(authenticate(options))).toMatchObject({ code: "API_UNAVAILABLE", exitCode: 69 });
    expect(clock.now().getTime() - began).toBeLessThanOrEqual(60_000);
  });

  it.each([
    ["HTML", "<html>login</html>"],
    ["no token", "{}"],
    ["another token type", '{"access_token":"a","token_type":"mac"}'],
    ["a token that could split a header", '{"access_token":"a\\r\\nx: y"}'],
    ["a long body", `{"access_token":"${"a".repeat(70_000)}"}`],
  ])("refuses an answer with %s", async (_what, body) => {
    const { identity, options } = await setup();
    identity.script(TOKENS, { body });
    expect(await thrown(authenticate(options))).toMatchObject({ code: "TOKEN_INVALID", exitCode: 76 });
  });

  it("refuses a redirect and does not follow it", async () => {
    const { identity, options } = await setup();
    const other = await scriptedServer();
    onTestFinished(() => other.close());
    identity.script(TOKENS, { status: 307, headers: { location: `${other.url}/oauth2/v1/token` } });
    expect(await thrown(authenticate(options))).toMatchObject({ code: "REDIRECT_REFUSED", exitCode: 76 });
    expect(other.requests).toEqual([]);
  });

  it.each([
    "http://ab2d.example.org",
    "http://127.0.0.1.example.org",
    "http://10.0.0.1",
    "http://[::ffff:7f00:1]",
  ])("refuses plain http to %s before any request", async (url) => {
    for (const override of [{ apiUrl: url }, { tokenUrl: `${url}/token` }]) {
      const { options, api, identity } = await setup(override);
      expect(await thrown(authenticate(options))).toMatchObject({ code: "INSECURE_URL", exitCode: 78 });
      expect([...api.requests, ...identity.requests]).toEqual([]);
    }
  });

  it.each([
    "not a url",
    "ftp://ab2d.example.org",
    "https://user:pass@ab2d.example.org",
    "https://a.example.org?x=1",
  ])("refuses %j without quoting it", async (apiUrl) => {
    const { options } = await setup({ apiUrl });
    const error = await thrown(authenticate(options));
    expect(error).toMatchObject({ code: "INVALID_URL", exitCode: 78 });
    expect(error.message + error.hint).not.toContain(apiUrl);
  });

  it("throws the signal's reason when aborted", async () => {
    const { options, abort, identity } = await setup();
    identity.script(TOKENS, { ending: "stall", body: "{" });
    const reason = new Error("SIGINT");
    const running = authenticate(options);
    await vi.waitFor(() => expect(identity.requests).toHaveLength(1));
    abort.abort(reason);
    await expect(running).rejects.toBe(reason);
  });

  it("reaches other machines through the proxy, shows it no token, and names its refusal", async () => {
    const seen: string[] = [];
    const proxy = createServer((socket) => {
      socket.on("error", () => {});
      socket.once("data", (data) => {
        seen.push(data.toString());
        socket.end("HTTP/1.1 407 Proxy Authentication Required\r\ncontent-length: 0\r\n\r\n");
      });
    }).listen(0, "127.0.0.1");
    await once(proxy, "listening");
    vi.stubEnv(
      "https_proxy",
      `http://user:proxy-password@127.0.0.1:${(proxy.address() as AddressInfo).port}`,
    );
    vi.stubEnv("no_proxy", "");
    vi.stubEnv("NO_PROXY", "");
    onTestFinished(() => {
      vi.unstubAllEnvs();
      proxy.close();
    });
    const { options } = await setup({ tokenUrl: "https://idp.example.test/token" });
    const error = await thrown(authenticate(options));
    expect(error).toMatchObject({ code: "PROXY_REFUSED", exitCode: 69 });
    expect(JSON.stringify([error.message, error.hint])).not.toContain("proxy-password");
    expect(seen[0]).toMatch(/^CONNECT idp\.example\.test:443 /);
    expect(seen.join()).not.toContain(Buffer.from(`client-id:${SECRET}`).toString("base64"));
  });

  it("says that a proxy variable is wrong without quoting it", async () => {
    vi.stubEnv("https_proxy", "user:proxy-password@@");
    onTestFinished(() => void vi.unstubAllEnvs());
    const { options } = await setup();
    const error = await thrown(authenticate(options));
    expect(error).toMatchObject({ code: "PROXY_INVALID", exitCode: 78 });
    expect(error.cause).toBeUndefined();
    expect(JSON.stringify([error.message, error.hint])).not.toContain("proxy-password");
  });

  it.skipIf(!OPENSSL)("refuses a certificate that it can't verify, at once", async () => {
    const folder = mkdtempSync(path.join(tmpdir(), "tls-"));
    const [key, cert] = [path.join(folder, "key.pem"), path.join(folder, "cert.pem")];
    const making = ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", "/CN=localhost"];
    spawnSync("openssl", [...making, "-keyout", key, "-out", cert]);
    let requests = 0;
    const server = createTlsServer({ key: readFileSync(key), cert: readFileSync(cert) }, () => {
      requests += 1;
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    onTestFinished(() => {
      server.close();
      rmSync(folder, { recursive: true });
    });
    const { options, clock } = await setup({
      tokenUrl: `https://localhost:${(server.address() as AddressInfo).port}`,
    });
    const error = await thrown(authenticate(options));
    expect(error).toMatchObject({ code: "TLS_REFUSED", exitCode: 69 });
    expect(error.hint).toContain("NODE_EXTRA_CA_CERTS");
    expect([requests, clock.sleeps.length]).toEqual([0, 0]);
  });

  it("reaches loopback directly whatever the proxy variables say", async () => {
    vi.stubEnv("http_proxy", "http://127.0.0.1:9");
    vi.stubEnv("no_proxy", "");
    onTestFinished(() => void vi.unstubAllEnvs());
    const { identity } = await setupSession();
    expect(identity.requests).toHaveLength(1);
  });
});

describe("Session.request()", () => {
  it("sends the same token until four fifths of its life are over, then another", async () => {
    const { api, session, clock } = await setupSession();
    api.script(START, ACCEPTED);
    await startExport(session, WINDOW);
    clock.advance(1439_000);
    await startExport(session, WINDOW);
    clock.advance(2_000);
    await startExport(session, WINDOW);
    expect(api.requests.map(({ headers }) => headers.authorization)).toEqual([
      `Bearer ${TOKEN}-1`,
      `Bearer ${TOKEN}-1`,
      `Bearer ${TOKEN}-2`,
    ]);
  });

  it("goes on with a token that is still good when renewing it early fails", async () => {
    const { api, identity, session, clock } = await setupSession();
    api.script(START, ACCEPTED);
    identity.script(TOKENS, { status: 503 });
    clock.advance(1_500_000);
    await startExport(session, WINDOW);
    expect(api.requests[0]!.headers.authorization).toBe(`Bearer ${TOKEN}-1`);
    expect(clock.sleeps).toEqual([]);
  });

  it.each([401, 403])("renews the token once on %i and sends again", async (status) => {
    const { api, identity, session } = await setupSession();
    api.script(START, { status }, ACCEPTED);
    expect(await startExport(session, WINDOW)).toMatchObject({ kind: "started", jobId: JOB_ID });
    expect(api.requests.map(({ headers }) => headers.authorization)).toEqual([
      `Bearer ${TOKEN}-1`,
      `Bearer ${TOKEN}-2`,
    ]);
    expect(identity.requests).toHaveLength(2);
  });

  it("renews once for all callers that were refused together", async () => {
    const { api, identity, session } = await setupSession();
    const refused = { status: 403 };
    api.script(START, refused, refused, refused, ACCEPTED);
    await Promise.all([1, 2, 3].map(() => startExport(session, WINDOW)));
    expect(identity.requests).toHaveLength(2);
  });

  it("does not renew a token of unknown life before it is refused", async () => {
    const { api, identity, options, clock } = await setup();
    identity.script(TOKENS, { body: `{"access_token":"${TOKEN}"}` });
    const session = await authenticate(options);
    onTestFinished(() => session.close());
    api.script(START, ACCEPTED);
    clock.advance(86_400_000);
    await startExport(session, WINDOW);
    expect(identity.requests).toHaveLength(1);
  });

  it("refuses a redirect and sends no token to its target", async () => {
    const { api, session } = await setupSession();
    const other = await scriptedServer();
    onTestFinished(() => other.close());
    api.script(START, { status: 302, headers: { location: `${other.url}/api/v2/fhir/Patient/$export` } });
    expect(await thrown(startExport(session, WINDOW))).toMatchObject({
      code: "REDIRECT_REFUSED",
      exitCode: 76,
    });
    expect(other.requests).toEqual([]);
  });

  it("keeps a path in the configured address", async () => {
    const parts = await setup();
    const session = await authenticate({ ...parts.options, apiUrl: `${parts.api.url}/gateway/` });
    onTestFinished(() => session.close());
    parts.api.script("GET /gateway/api/v2/fhir/Patient/$export", ACCEPTED);
    expect(await startExport(session, WINDOW)).toMatchObject({ kind: "started" });
  });

  it("builds no address from an unsafe part", async () => {
    const { session, api } = await setupSession();
    for (const segment of ["..", ".", "", "a/b", "a%2fb", "a?b", "a\\b"]) {
      const error = await thrown(session.request({ method: "GET", path: ["Job", segment], headers: {} }));
      expect(error).toMatchObject({ code: "UNSAFE_PATH", exitCode: 70 });
    }
    expect(api.requests).toEqual([]);
  });

  it("ends an exchange that stays silent", async () => {
    const { session, api } = await setupSession({ patience: 0, timeouts: { headers: 300, body: 300 } });
    api.script(START, { status: 400, body: "{", ending: "stall" });
    expect(await thrown(startExport(session, WINDOW))).toMatchObject({
      code: "API_UNAVAILABLE",
      exitCode: 69,
    });
  });
});
