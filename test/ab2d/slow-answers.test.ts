import { createHash } from "node:crypto";
import { once } from "node:events";
import { readdir, readFile } from "node:fs/promises";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import { describe, expect, it, onTestFinished } from "vitest";
import { authenticate } from "../../src/ab2d/authenticate.ts";
import { awaitManifest } from "../../src/ab2d/await-manifest.ts";
import { cancelExport } from "../../src/ab2d/cancel-export.ts";
import { openOutputFile } from "../../src/ab2d/open-output-file.ts";
import type { Session } from "../../src/ab2d/session.ts";
import { startExport } from "../../src/ab2d/start-export.ts";
import { download, type WantedFile } from "../../src/landing/download.ts";
import { jumpingClock } from "../support/jumping-clock.ts";
import { temporaryFolder } from "../support/load-lines.ts";
import { FILE, JOB_ID, STATUS, setup, setupSession, TOKENS, thrown } from "./setup.ts";

const WINDOW = { since: undefined, until: undefined };
const NAME = "Z0000_0001.ndjson";
const SHORT = { headers: 250, body: 60 };
/** For answers whose headers come at once, also on a busy machine. */
const SHORT_FOR_BODIES = { headers: 5_000, body: 60 };
const HEAD = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n";

/** What a server says to any request: some text, then one more byte every `pause` milliseconds, until the client leaves. */
interface Trickle {
  readonly text: string;
  /** Absent: nothing more comes. */
  readonly pause?: number;
}

/** A server on loopback that is as slow as told. */
async function slowServer({ text, pause }: Trickle): Promise<{ url: string; requests: () => number }> {
  const sockets = new Set<Socket>();
  let requests = 0;
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
    socket.once("data", () => {
      requests += 1;
      socket.write(text);
      if (pause === undefined) return;
      const timer = setInterval(() => socket.write(" "), pause);
      socket.on("close", () => clearInterval(timer));
    });
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, requests: () => requests };
}

const CALLS: readonly (readonly [name: string, call: (session: Session) => Promise<unknown>])[] = [
  ["startExport()", (session) => startExport(session, WINDOW)],
  ["awaitManifest()", (session) => awaitManifest(session, JOB_ID, { pollInterval: 30 })],
  ["cancelExport()", (session) => cancelExport(session, JOB_ID)],
  ["openOutputFile()", (session) => openOutputFile(session, { jobId: JOB_ID, name: NAME })],
];

const NO_ANSWER: readonly (readonly [what: string, trickle: Trickle])[] = [
  ["a server that takes the connection and says nothing", { text: "" }],
  ["an answer that stops inside its headers", { text: HEAD }],
];

/** Bodies that are read as a whole: the answer is never complete, but never silent for long either. */
const TRICKLES: readonly (readonly [what: string, trickle: Trickle])[] = [
  ["200 whose body trickles", { text: `${HEAD}content-length: 60000\r\n\r\n{`, pause: 20 }],
  ["500 whose body trickles", { text: "HTTP/1.1 500 X\r\ncontent-length: 60000\r\n\r\n{", pause: 20 }],
];

describe("a slow AB2D", () => {
  it.each(
    CALLS.flatMap(([name, call]) => NO_ANSWER.map(([what, trickle]) => [name, what, call, trickle] as const)),
  )("%s gives up on %s", async (_name, _what, call, trickle) => {
    const server = await slowServer(trickle);
    const { session } = await setupSession({ apiUrl: server.url, timeouts: SHORT, patience: 0 });
    expect(await thrown(call(session))).toMatchObject({ code: "API_UNAVAILABLE", exitCode: 69 });
    expect(server.requests()).toBe(1);
  });

  it.each(NO_ANSWER)("authenticate() gives up on %s", async (_what, trickle) => {
    const server = await slowServer(trickle);
    const { options } = await setup({ tokenUrl: `${server.url}/token`, timeouts: SHORT, patience: 0 });
    expect(await thrown(authenticate(options))).toMatchObject({ code: "API_UNAVAILABLE", exitCode: 69 });
  });

  it.each(TRICKLES)("gives up on a %s, whatever was asked for", async (what, trickle) => {
    const server = await slowServer(trickle);
    const options = { timeouts: SHORT_FOR_BODIES, patience: 0 };
    const { session } = await setupSession({ apiUrl: server.url, ...options });
    const calls = what.startsWith("200") ? CALLS.slice(1, 2) : CALLS;
    for (const [, call] of calls) {
      expect(await thrown(call(session))).toMatchObject({ code: "API_UNAVAILABLE", exitCode: 69 });
    }
    const { options: others } = await setup({ tokenUrl: `${server.url}/token`, ...options });
    expect(await thrown(authenticate(others))).toMatchObject({ code: "API_UNAVAILABLE", exitCode: 69 });
  });

  it("refuses a redirect at the latest when its body has trickled long enough", async () => {
    const text = "HTTP/1.1 302 X\r\nlocation: http://127.0.0.1:9/\r\ncontent-length: 60000\r\n\r\n";
    const server = await slowServer({ text, pause: 20 });
    const { session } = await setupSession({ apiUrl: server.url, timeouts: SHORT_FOR_BODIES });
    for (const [, call] of CALLS) {
      expect(await thrown(call(session))).toMatchObject({ code: "REDIRECT_REFUSED", exitCode: 76 });
    }
  });

  it("takes the start and the cancellation although the body of the answer trickles", async () => {
    const location = `content-location: https://x/Job/${JOB_ID}/$status\r\n`;
    const text = `HTTP/1.1 202 X\r\n${location}content-length: 60000\r\n\r\n`;
    const server = await slowServer({ text, pause: 20 });
    const { session } = await setupSession({ apiUrl: server.url, timeouts: SHORT_FOR_BODIES });
    expect(await startExport(session, WINDOW)).toMatchObject({ kind: "started", jobId: JOB_ID });
    await cancelExport(session, JOB_ID);
  });

  it("a manifest that comes slowly but whole is taken", async () => {
    const manifest = JSON.stringify({ transactionTime: "x", request: "y", output: [] });
    const text = `${HEAD}content-length: ${manifest.length + 8}\r\n\r\n${manifest}`;
    const server = await slowServer({ text, pause: 20 });
    const { session } = await setupSession({ apiUrl: server.url, timeouts: { headers: 5_000, body: 2_000 } });
    expect(await awaitManifest(session, JOB_ID, { pollInterval: 30 })).toMatchObject({ outputFiles: [] });
  });
});

describe("an encoding that was not asked for", () => {
  it.each(["gzip", "br", undefined])("is refused in a manifest and in a token: %s", async (encoding) => {
    const headers = { "content-encoding": encoding ?? "" };
    const body = gzipSync(JSON.stringify({ transactionTime: "x", request: "y", output: [] }));
    const { api, session, identity, options } = await setupSession();
    api.script(STATUS, { headers, body });
    expect(await thrown(awaitManifest(session, JOB_ID, { pollInterval: 30 }))).toMatchObject({
      code: "MANIFEST_INVALID",
      exitCode: 76,
    });
    identity.script(TOKENS, { headers, body: gzipSync('{"access_token":"a"}') });
    expect(await thrown(authenticate(options))).toMatchObject({ code: "TOKEN_INVALID", exitCode: 76 });
  });
});

describe("openOutputFile() into download()", () => {
  const CONTENT = Buffer.from(`${JSON.stringify({ resourceType: "ExplanationOfBenefit" })}\n`.repeat(2_000));

  function wanted(content: Buffer): WantedFile {
    const sha256 = createHash("sha256").update(content).digest("hex");
    return { name: NAME, sha256, byteLength: content.length };
  }

  async function into(session: Session, file: WantedFile, overrides = {}) {
    const folder = join(await temporaryFolder(), JOB_ID);
    const landing = download(file, {
      folder,
      open: () => openOutputFile(session, { jobId: JOB_ID, name: NAME }),
      clock: jumpingClock(),
      signal: new AbortController().signal,
      ...overrides,
    });
    return { folder, landing };
  }

  const members = (content: Buffer) =>
    [0, 10_000, 20_000].map((from, at) =>
      gzipSync(content.subarray(from, at === 2 ? undefined : from + 10_000)),
    );

  it.each([
    ["one gzip member", { "content-encoding": "gzip" }, gzipSync(CONTENT)],
    ["several gzip members", { "content-encoding": "gzip" }, Buffer.concat(members(CONTENT))],
    [
      "an empty member at its end",
      { "content-encoding": "gzip" },
      Buffer.concat([gzipSync(CONTENT), gzipSync("")]),
    ],
    ["no encoding although gzip was asked for", { "content-encoding": "" }, CONTENT],
    ["the encoding identity", { "content-encoding": "identity" }, CONTENT],
  ])("lands a file with %s", async (_what, headers, body) => {
    const { api, session } = await setupSession();
    api.script(FILE, { headers, body });
    const { landing } = await into(session, wanted(CONTENT));
    const landed = await landing;
    expect(gunzipSync(await readFile(landed.path))).toEqual(CONTENT);
  });

  it.each([
    ["a second member that is cut", "gzip", Buffer.concat(members(CONTENT)).subarray(0, -12), "TRUNCATED"],
    ["gzip that no header tells of", "", gzipSync(CONTENT), "LENGTH_MISMATCH"],
    ["text that is called gzip", "gzip", CONTENT, "CHECKSUM_MISMATCH"],
    ["gzip of gzip", "gzip", gzipSync(gzipSync(CONTENT)), "LENGTH_MISMATCH"],
    ["Brotli", "br", CONTENT, "ENCODING_UNSUPPORTED"],
  ])("keeps nothing of %s", async (_what, encoding, body, code) => {
    const { api, session } = await setupSession();
    api.script(FILE, { headers: { "content-encoding": encoding }, body });
    const { folder, landing } = await into(session, wanted(CONTENT));
    expect(await thrown(landing)).toMatchObject({ code, exitCode: 76 });
    expect(await readdir(folder)).toEqual([]);
  });

  it("ends a file that falls silent, and one that trickles", async () => {
    const head = "HTTP/1.1 200 OK\r\ncontent-length: 60000\r\n\r\n";
    for (const [pause, code, exitCode] of [
      [undefined, "TOO_SLOW", 69],
      [20, "TOO_SLOW", 69],
    ] as const) {
      const server = await slowServer(pause === undefined ? { text: head } : { text: head, pause });
      const { session } = await setupSession({ apiUrl: server.url, timeouts: SHORT_FOR_BODIES });
      const pace = pause === undefined ? {} : { pace: { over: 200, bytes: 1_000 } };
      const { folder, landing } = await into(session, wanted(CONTENT), { ...pace, attempts: 2 });
      expect(await thrown(landing)).toMatchObject({ code, exitCode });
      expect(server.requests()).toBe(2);
      expect(await readdir(folder)).toEqual([]);
    }
  });

  it("counts an uncompressed transfer as it comes, not as it is kept", async () => {
    // 20 KB of spaces become 60 bytes of gzip; by those the transfer would seem to stand still.
    const body = Buffer.concat([CONTENT.subarray(0, 100), Buffer.alloc(400_000, " ")]);
    const head = `HTTP/1.1 200 OK\r\ncontent-length: ${body.length}\r\n\r\n`;
    const server = createServer((socket) => {
      socket.on("error", () => {});
      socket.once("data", () => {
        socket.write(head);
        let at = 0;
        const timer = setInterval(() => {
          socket.write(body.subarray(at, at + 20_000));
          at += 20_000;
          if (at >= body.length) clearInterval(timer);
        }, 25);
        socket.on("close", () => clearInterval(timer));
      });
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    onTestFinished(() => void server.close());
    const { session } = await setupSession({
      apiUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    });
    const { landing } = await into(session, wanted(body), {
      pace: { over: 200, bytes: 20_000 },
      attempts: 1,
    });
    expect(await landing).toMatchObject({ byteLength: body.length });
  });

  it("stops a bomb of 2 GiB that nothing is told of", { timeout: 120_000 }, async () => {
    // Members of 64 MiB of zeros: 64 KiB each on the wire.
    const member = gzipSync(Buffer.alloc(64 * 1024 ** 2));
    const { api, session } = await setupSession();
    api.script(FILE, {
      headers: { "content-encoding": "gzip" },
      body: Buffer.concat(Array.from({ length: 40 }, () => member)),
    });
    const unknown: WantedFile = { name: NAME, sha256: undefined, byteLength: undefined };
    let most = 0;
    let sum = 0;
    const { folder, landing } = await into(session, unknown, {
      attempts: 1,
      onBytes: (bytes: number) => {
        sum += bytes;
        most = Math.max(most, sum);
      },
    });
    expect(await thrown(landing)).toMatchObject({ code: "LENGTH_MISMATCH", exitCode: 76 });
    expect(most).toBeLessThanOrEqual(2 * 1024 ** 3);
    expect(sum).toBe(0);
    expect(await readdir(folder)).toEqual([]);
  });
});
