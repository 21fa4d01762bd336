import { expect } from "vitest";
import { CLOCK_FAULTS } from "../../src/simulator/faults/clock-faults.ts";
import { START_FAULTS } from "../../src/simulator/faults/start-faults.ts";
import { TOKEN_FAULTS } from "../../src/simulator/faults/token-faults.ts";
import { type Check, checkFaults, countOf, EXPORT, polled, statuses } from "./fault-checks.ts";
import { type Answer, jobIdOf, NOW, type Setup, sendTo } from "./simulator-client.ts";

const DAY = 86_400_000;
const ANY_JOB = "/api/v2/fhir/Job/x/$status";

function tokenAnswer(server: Setup): Promise<Answer> {
  const authorization = `Basic ${server.simulator.credentials("Z0001").base64}`;
  const url = `${server.simulator.tokenUrl}?grant_type=client_credentials&scope=clientCreds`;
  return sendTo(url, { method: "POST", headers: { authorization } });
}
const isHtml = ({ headers, body }: Answer): boolean =>
  headers["content-type"]!.startsWith("text/html") && body.includes("<html>");

/** A token is good for some requests and then refused; the next one is good again. */
function refusesTokens(status: number): Check {
  return async (server) => {
    const headers = { authorization: `Bearer ${await server.token()}` };
    const first = await statuses(server, 8, ANY_JOB, { headers });
    const good = first.indexOf(status);
    expect(good).toBeGreaterThanOrEqual(3);
    expect(first).toEqual(first.map((_, index) => (index < good ? 404 : status)));
    const next = { authorization: `Bearer ${await server.token()}` };
    expect(await statuses(server, good, ANY_JOB, { headers: next })).toEqual(Array(good).fill(404));
  };
}

/** Some starts fail with one of these, then a job starts; none was running. */
function failsStarts(...wanted: number[]): Check {
  return async (server) => {
    const seen = await statuses(server, 10, EXPORT);
    const failures = seen.filter((status) => wanted.includes(status)).length;
    expect(failures).toBeGreaterThanOrEqual(1);
    expect(failures).toBeLessThanOrEqual(3);
    expect(countOf(seen, 202)).toBe(10 - failures);
  };
}

/** The job runs although nobody was told. */
function losesAnswer(expected: number): Check {
  return async (server) => {
    expect(await statuses(server, 1, EXPORT)).toEqual([expected]);
    const busy = await server.send(EXPORT);
    expect(busy.status).toBe(429);
    expect((await polled(server, jobIdOf(busy))).status).toBe(200);
    expect((await server.send(EXPORT)).status).toBe(202);
  };
}

function relocates(pattern: RegExp): Check {
  return async (server) => {
    for (const status of [202, 429]) {
      const answer = await server.send(EXPORT);
      expect(answer.status).toBe(status);
      expect(answer.headers["content-location"]).toMatch(pattern);
    }
  };
}

const NOVEMBER = `${EXPORT}?_since=${encodeURIComponent("2026-11-05T00:00:00.000-05:00")}`;

function dateIs(expected: number | undefined): Check {
  return async (server) => {
    for (const answer of [await server.send(EXPORT), await server.send(ANY_JOB), await tokenAnswer(server)]) {
      const { date } = answer.headers;
      expect(date === undefined ? undefined : Date.parse(date)).toBe(expected);
    }
  };
}

checkFaults([...CLOCK_FAULTS, ...TOKEN_FAULTS, ...START_FAULTS], {
  "date-missing": dateIs(undefined),
  "server-clock-ahead": dateIs(NOW.getTime() + DAY),
  "server-clock-behind": dateIs(NOW.getTime() - DAY),

  "token-expires-early": refusesTokens(403),
  "token-refused-with-401": refusesTokens(401),
  async "short-lived-token"(server) {
    const answer = await tokenAnswer(server);
    const { expires_in, access_token } = JSON.parse(answer.body.toString()) as Record<string, unknown>;
    expect(expires_in).toBe(60);
    const headers = { authorization: `Bearer ${access_token}` };
    server.clock.advance(59_000);
    expect((await server.send(ANY_JOB, { headers })).status).toBe(404);
    server.clock.advance(1000);
    expect((await server.send(ANY_JOB, { headers })).status).toBe(403);
  },
  async "token-life-unsaid"(server) {
    const told = JSON.parse((await tokenAnswer(server)).body.toString()) as object;
    expect(Object.keys(told).sort()).toEqual(["access_token", "scope", "token_type"]);
  },
  async "token-endpoint-down"(server) {
    const seen = [];
    for (let count = 0; count < 5; count++) seen.push((await tokenAnswer(server)).status);
    expect(countOf(seen, 503)).toBeGreaterThan(0);
    expect(seen.slice(3)).toEqual([200, 200]);
  },
  async "token-endpoint-html"(server) {
    for (let count = 0; count < 3; count++) {
      const answer = await tokenAnswer(server);
      expect([answer.status, isHtml(answer)]).toEqual([200, true]);
    }
  },
  async "credentials-refused"(server) {
    const answer = await tokenAnswer(server);
    expect(answer.status).toBe(401);
    expect(JSON.parse(answer.body.toString())).toMatchObject({ error: "invalid_client" });
  },
  async "access-refused"(server) {
    const refused = await server.send(EXPORT);
    expect([refused.status, refused.body.length]).toEqual([403, 0]);
    expect(await statuses(server, 3, ANY_JOB)).toEqual([403, 403, 403]);
  },
  async "access-refused-now-and-then"(server) {
    const all = [];
    for (let count = 0; count < 40; count++) {
      const path = `/api/v2/fhir/Job/${count}/$status`;
      const first = await server.send(path);
      all.push(first.status);
      if (first.status === 403) expect((await server.send(path)).status).toBe(404);
    }
    expect(countOf(all, 403)).toBeGreaterThan(5);
    expect(countOf(all, 404)).toBeGreaterThan(15);
  },
  async "server-errors"(server) {
    const seen = await statuses(server, 8, ANY_JOB);
    const failed = seen.filter((status) => status >= 500).length;
    expect(failed).toBeGreaterThan(0);
    expect(failed).toBeLessThan(4);
    expect(countOf(seen, 404)).toBe(8 - failed);
  },

  "lost-start-answer": losesAnswer(0),
  "lost-start-answer-ambiguous": losesAnswer(502),
  async maintenance(server) {
    expect(await statuses(server, 3, EXPORT)).toEqual([503, 503, 503]);
    expect((await server.send("/status")).body.toString()).toBe('{"maintenanceMode":"true"}');
    expect((await server.send(ANY_JOB)).status).toBe(404);
  },
  async "brief-maintenance"(server) {
    expect(await statuses(server, 2, EXPORT)).toEqual([503, 202]);
  },
  "start-errors": failsStarts(500),
  "start-html-errors": failsStarts(502, 504),
  async "foreign-job-running"(server) {
    const busy = await server.send(EXPORT);
    expect(busy.status).toBe(429);
    const manifest = JSON.parse((await polled(server, jobIdOf(busy))).body.toString()) as { request: string };
    expect(manifest.request).toMatch(/_since=2026-11-18T/);
    expect((await server.send(EXPORT)).status).toBe(202);
  },
  async "equal-job-running"(server) {
    const busy = await server.send(NOVEMBER);
    expect(busy.status).toBe(429);
    const manifest = JSON.parse((await polled(server, jobIdOf(busy))).body.toString()) as { request: string };
    expect(manifest.request.replaceAll("%25", "%")).toBe(server.simulator.apiUrl + NOVEMBER);
    expect((await server.send(NOVEMBER)).status).toBe(202);
  },
  async "busy-without-address"(server) {
    const busy = await server.send(EXPORT);
    expect([busy.status, busy.headers["content-location"]]).toEqual([429, undefined]);
    server.clock.advance(3000);
    expect((await server.send(EXPORT)).headers["content-location"]).toBeDefined();
  },
  "location-on-another-host": relocates(/^https:\/\/api\.sandbox\.ab2d\.example\.org\/api\/v2\/fhir\/Job\//),
  "location-over-http": relocates(/^http:\/\/127\.0\.0\.1\/api\/v2\/fhir\/Job\//),
  async "location-missing"(server) {
    const answer = await server.send(EXPORT);
    expect([answer.status, answer.headers["content-location"]]).toEqual([202, undefined]);
    expect((await server.send(EXPORT)).status).toBe(429);
  },
  async "start-answers-200"(server) {
    const answer = await server.send(EXPORT);
    expect(answer.status).toBe(200);
    expect((await polled(server, jobIdOf(answer))).status).toBe(200);
  },
  async "since-ignored"(server) {
    const path = `${NOVEMBER.replace("v2", "v1")}&_type=ExplanationOfBenefit`;
    const { manifest } = await server.exported(path);
    expect(manifest.request).not.toContain("_since");
    expect(manifest.request).toContain("_type=ExplanationOfBenefit");
    const all = server.simulator.population("Z0001").claims.v1;
    expect(await server.lines(path)).toHaveLength(all.length);
  },
  async "cut-window"(server) {
    const answer = await server.send(NOVEMBER);
    expect(answer.headers["since-datetime"]).toBe("2026-11-20T07:00:00.000-05:00");
    server.clock.advance(3000);
    expect(await server.lines(NOVEMBER)).toEqual([]);
  },
  async "since-datetime"(server) {
    const answer = await server.send(NOVEMBER);
    expect(answer.headers["since-datetime"]).toBe("2026-11-03T00:00:00.000-05:00");
  },
  async "bad-since-datetime"(server) {
    const told = (await server.send(NOVEMBER)).headers["since-datetime"];
    expect(told).toBeDefined();
    expect(Date.parse(String(told))).toBeNaN();
  },
});
