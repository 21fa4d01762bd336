import { brotliDecompressSync, gunzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import {
  DOWNLOAD_FAULTS,
  slowDownload,
  stalledDownload,
} from "../../src/simulator/faults/download-faults.ts";
import { type Check, checkFaults, countOf, EXPORT, faulty, GZIP, statuses } from "./fault-checks.ts";
import { type Answer, declared, type Entry, outcomeText, type Setup, sha256Of } from "./simulator-client.ts";

/** Of a new job: one of V1, which never starts where the last one ended. */
async function firstFile(server: Setup): Promise<Entry> {
  return (await server.exported(EXPORT.replace("v2", "v1"))).manifest.output[0]!;
}

function isWhole({ status, isComplete, headers, body }: Answer, entry: Entry): boolean {
  if (status !== 200 || !isComplete) return false;
  try {
    const text = headers["content-encoding"] === "gzip" ? gunzipSync(body) : body;
    return sha256Of(text) === declared(entry).sha256;
  } catch {
    return false;
  }
}

/** Once or twice among the first downloads something is wrong; the others are whole. */
function isWrongSometimes(looksWrong: (answer: Answer, entry: Entry) => void): Check {
  return async (server) => {
    const entry = await firstFile(server);
    let wrong = 0;
    for (let count = 0; count < 6; count++) {
      const answer = await server.send(entry.url, GZIP);
      if (isWhole(answer, entry)) continue;
      wrong++;
      looksWrong(answer, entry);
    }
    expect(wrong).toBeGreaterThanOrEqual(1);
    expect(wrong).toBeLessThanOrEqual(3);
  };
}

const endsWell = ({ status, isComplete }: Answer) => expect([status, isComplete]).toEqual([200, true]);

/** The first job's files are refused for good, the second one's are not. */
function refusesFirstJob(status: number, text: string): Check {
  return async (server) => {
    const entry = await firstFile(server);
    for (let count = 0; count < 2; count++) {
      const refused = await server.send(entry.url, GZIP);
      expect(refused.status).toBe(status);
      expect(outcomeText(refused)).toContain(text);
    }
    const next = await firstFile(server);
    expect(isWhole(await server.send(next.url, GZIP), next)).toBe(true);
    expect((await server.send(entry.url, GZIP)).status).toBe(status);
  };
}

async function takesLonger(server: Setup, milliseconds: number): Promise<void> {
  const entry = await firstFile(server);
  const startedAt = performance.now();
  for (let count = 0; count < 4; count++)
    expect(isWhole(await server.send(entry.url, GZIP), entry)).toBe(true);
  expect(performance.now() - startedAt).toBeGreaterThan(milliseconds);
}

checkFaults(DOWNLOAD_FAULTS, {
  "truncated-gzip": isWrongSometimes((answer) => {
    endsWell(answer);
    expect(answer.headers["content-encoding"]).toBe("gzip");
  }),
  "truncated-identity": isWrongSometimes((answer, entry) => {
    endsWell(answer);
    expect(answer.headers["content-encoding"]).toBeUndefined();
    expect(answer.body).toHaveLength(declared(entry).length >> 1);
  }),
  "dropped-connections": isWrongSometimes(({ isComplete }) => expect(isComplete).toBe(false)),
  "corrupt-download": isWrongSometimes((answer, entry) => {
    endsWell(answer);
    expect(gunzipSync(answer.body)).toHaveLength(declared(entry).length);
  }),
  "damaged-gzip": isWrongSometimes((answer) => {
    endsWell(answer);
    expect(() => gunzipSync(answer.body)).toThrow();
  }),
  async "plain-despite-gzip"(server) {
    const entry = await firstFile(server);
    const answer = await server.send(entry.url, GZIP);
    expect([answer.headers["content-encoding"], isWhole(answer, entry)]).toEqual([undefined, true]);
  },
  async "many-member-gzip"(server) {
    const entry = await firstFile(server);
    const answer = await server.send(entry.url, GZIP);
    expect(isWhole(answer, entry)).toBe(true);
    const members = answer.body.toString("latin1").split("\x1f\x8b\x08").length - 1;
    expect(members).toBeGreaterThan(5);
    const plain = await server.send(entry.url);
    expect([plain.headers["content-encoding"], isWhole(plain, entry)]).toEqual([undefined, true]);
  },
  async "unknown-encoding"(server) {
    const entry = await firstFile(server);
    const answer = await server.send(entry.url, GZIP);
    expect(answer.headers["content-encoding"]).toBe("br");
    expect(sha256Of(brotliDecompressSync(answer.body))).toBe(declared(entry).sha256);
  },
  async "stalled-download"(server) {
    server.simulator.setFaults([stalledDownload({ milliseconds: 150, times: 1 })]);
    await takesLonger(server, 150);
  },
  async "slow-download"(server) {
    server.simulator.setFaults([slowDownload({ milliseconds: 5 })]);
    await takesLonger(server, 100);
  },
  async "endless-download"(server) {
    const entry = await firstFile(server);
    const answer = await server.send(entry.url, GZIP);
    const text = gunzipSync(answer.body);
    expect(text).toHaveLength(declared(entry).length + 64 * 1024 * 1024);
    expect(sha256Of(text.subarray(0, declared(entry).length))).toBe(declared(entry).sha256);
    expect(isWhole(await server.send(entry.url, GZIP), entry)).toBe(true);
  },
  "download-errors": isWrongSometimes(({ status }) => expect([500, 502, 503]).toContain(status)),
  async "download-redirect"(server) {
    const entry = await firstFile(server);
    for (let count = 0; count < 2; count++) {
      const { status, headers } = await server.send(entry.url, GZIP);
      expect(status).toBe(302);
      expect(headers.location).toMatch(/^https:\/\/files\.ab2d\.example\.org\/api\//);
    }
  },
  "html-instead-of-file": isWrongSometimes((answer) => {
    endsWell(answer);
    expect(answer.headers["content-type"]).toMatch(/^text\/html/);
  }),
  "expired-files": refusesFirstJob(500, "has expired"),
  "download-limit": refusesFirstJob(500, "maximum number of allowed times"),
  "file-lost": refusesFirstJob(500, "not present as there was an error"),
  "file-unknown": refusesFirstJob(404, "No Job Output with the file name Z0001_0001.ndjson"),
  async "single-download"(server) {
    const { url } = await firstFile(server);
    expect(countOf(await statuses(server, 3, url), 200)).toBe(1);
    const next = await firstFile(server);
    expect(await statuses(server, 2, next.url)).toEqual([200, 500]);
  },
  "server-error-inside-download": isWrongSometimes((answer, entry) => {
    endsWell(answer);
    const { length } = gunzipSync(answer.body);
    expect(length).toBe(Math.floor(declared(entry).length * 0.7));
  }),
});

describe("stalledDownload()", () => {
  it("stalledDownload() keeps nobody when the client goes away", async () => {
    const server = await faulty([stalledDownload({ times: 1 })]);
    const entry = await firstFile(server);
    const gone = new AbortController();
    const response = await fetch(entry.url, {
      headers: { authorization: `Bearer ${await server.token()}` },
      signal: gone.signal,
    });
    expect(response.status).toBe(200);
    gone.abort();
    expect(isWhole(await server.send(entry.url, GZIP), entry)).toBe(true);
    await server.stop();
  });
});
