import { expect } from "vitest";
import { MANIFEST_FAULTS } from "../../src/simulator/faults/manifest-faults.ts";
import { STATUS_FAULTS } from "../../src/simulator/faults/status-faults.ts";
import {
  type Check,
  checkFaults,
  countOf,
  EXPORT,
  faulty,
  manifestOf,
  polled,
  startedJob,
  statuses,
} from "./fault-checks.ts";
import { declared, type Entry, outcomeText, sha256Of } from "./simulator-client.ts";

const HOUR = 3600;

/** Some polls of a job that is complete fail with one of these, the others succeed. */
function failsPolls(...wanted: number[]): Check {
  return async (server) => {
    const path = `/api/v2/fhir/Job/${await startedJob(server)}/$status`;
    const seen = await statuses(server, 10, path);
    const failures = seen.filter((status) => wanted.includes(status)).length;
    expect(failures).toBeGreaterThanOrEqual(1);
    expect(failures).toBeLessThanOrEqual(3);
    expect(countOf(seen, 200)).toBe(10 - failures);
  };
}

function retryAfterIs(expected: string): Check {
  return async (server) => {
    const job = await startedJob(server);
    expect((await polled(server, job, 1)).headers["retry-after"]).toBe(expected);
    expect((await server.send(EXPORT)).headers["retry-after"]).toBe(expected);
    expect((await server.send(`/api/v2/fhir/Job/${job}/$status`)).headers["retry-after"]).toBe(expected);
  };
}

function ends(first: string, second: string | undefined): Check {
  return async (server) => {
    const answer = await polled(server, await startedJob(server));
    expect(outcomeText(answer)).toContain(first);
    const next = await polled(server, await startedJob(server));
    if (second) expect(outcomeText(next)).toContain(second);
    else expect(next.status).toBe(200);
  };
}

const urls = (entries: readonly Entry[]) => entries.map(({ url }) => url);
const extensionUrls = ({ extension }: Entry) => extension?.map(({ url }) => url.split("/").at(-1));

checkFaults([...STATUS_FAULTS, ...MANIFEST_FAULTS], {
  "poll-errors": failsPolls(500),
  "poll-html-errors": failsPolls(502, 504),
  "poll-connection-lost": failsPolls(0),
  "polled-too-often": failsPolls(429),
  "retry-after-date": retryAfterIs("Sat, 21 Nov 2026 12:00:06 GMT"),
  "retry-after-absurd": retryAfterIs("99999999"),
  "retry-after-garbage": retryAfterIs("soon, please"),
  async "progress-backwards"(server, fault) {
    const slow = await faulty([fault], { jobSeconds: 10_000 });
    const job = await startedJob(slow);
    const seen: number[] = [];
    for (let count = 0; count < 8; count++) {
      seen.push(Number.parseInt(String((await polled(slow, job)).headers["x-progress"]), 10));
    }
    expect(seen.some((percent, index) => percent < (seen[index - 1] ?? 0))).toBe(true);
    expect((await polled(server, await startedJob(server))).status).toBe(200);
  },
  async "progress-missing"(_server, fault) {
    const slow = await faulty([fault], { jobSeconds: 100 });
    const running = await polled(slow, await startedJob(slow));
    expect([running.status, running.headers["x-progress"]]).toEqual([202, undefined]);
  },
  async "long-job"(server) {
    const job = await startedJob(server);
    expect((await polled(server, job, 39 * HOUR)).headers["x-progress"]).toBe("97% complete");
    expect((await polled(server, job, HOUR)).status).toBe(200);
  },
  async "queued-for-days"(server) {
    const job = await startedJob(server);
    expect((await polled(server, job, 59 * HOUR)).headers["x-progress"]).toBe("0% complete");
    const complete = await polled(server, job, HOUR + 6);
    expect(complete.status).toBe(200);
    expect(complete.headers.expires).toBe("Fri, 27 Nov 2026 00:00:02 GMT");
  },
  "failed-job": ends("Job failed while processing", undefined),
  "every-job-fails": ends("Job failed while processing", "Job failed while processing"),
  "cancelled-job": ends("deleted: Job is canceled.", undefined),
  async "job-unknown-once"(server) {
    const job = await startedJob(server);
    const unknown = await polled(server, job, 1);
    expect(outcomeText(unknown)).toContain(`No job with jobUuid ${job} was found`);
    expect((await server.send(EXPORT)).status).toBe(429);
    expect((await polled(server, job)).status).toBe(200);
  },
  async "status-empty-200"(server) {
    const answer = await polled(server, await startedJob(server));
    expect([answer.status, answer.body.length]).toEqual([200, 0]);
  },
  async "manifest-cut-off"(server) {
    const { status, body } = await polled(server, await startedJob(server));
    expect([status, body.length > 100]).toEqual([200, true]);
    expect(() => JSON.parse(body.toString()) as unknown).toThrow();
  },
  async "manifest-changes"(server) {
    const job = await startedJob(server);
    const read = async () =>
      (JSON.parse((await polled(server, job)).body.toString()) as { output: Entry[] }).output.map(declared);
    const [first, second, third] = [await read(), await read(), await read()];
    expect(second).not.toEqual(first);
    expect(third).toEqual(second);
  },
  async "expires-missing"(server) {
    expect((await polled(server, await startedJob(server))).headers.expires).toBeUndefined();
  },

  async "checksums-missing"(server) {
    for (const entry of (await manifestOf(server)).output)
      expect(Object.keys(entry)).toEqual(["type", "url"]);
  },
  async "lengths-missing"(server) {
    for (const entry of (await manifestOf(server)).output) expect(extensionUrls(entry)).toEqual(["checksum"]);
  },
  async "wrong-checksum"(server) {
    const [entry] = (await manifestOf(server)).output;
    const { body } = await server.send(entry!.url);
    expect(body).toHaveLength(declared(entry!).length);
    expect(sha256Of(body)).not.toBe(declared(entry!).sha256);
  },
  async "wrong-length"(server) {
    const [entry] = (await manifestOf(server)).output;
    const { body } = await server.send(entry!.url);
    expect([body.length, sha256Of(body)]).toEqual([declared(entry!).length - 1, declared(entry!).sha256]);
  },
  async "empty-manifest"(server) {
    expect(await manifestOf(server)).toMatchObject({ output: [], error: [] });
  },
  async "error-file"(server) {
    const { output, error } = await manifestOf(server);
    expect([output.length, error.length]).toEqual([1, 1]);
    expect((await server.send(error[0]!.url)).body.toString()).toContain("OperationOutcome");
  },
  async "empty-error-file"(server) {
    const { error } = await manifestOf(server);
    expect(error.map(declared)).toEqual([{ length: 0, sha256: sha256Of(Buffer.alloc(0)) }]);
    expect((await server.send(error[0]!.url)).body).toHaveLength(0);
  },
  async "transaction-time-narrow-space"(server) {
    expect((await manifestOf(server)).transactionTime).toBe("Nov 21, 2026, 12:00:00\u202fPM");
  },
  async "transaction-time-iso"(server) {
    expect((await manifestOf(server)).transactionTime).toBe("2026-11-21T12:00:00.000Z");
  },
  async "transaction-time-eastern"(server) {
    expect((await manifestOf(server)).transactionTime).toBe("Nov 21, 2026, 7:00:00 AM");
  },
  async "urls-on-another-host"(server) {
    for (const url of urls((await manifestOf(server)).output)) {
      expect(url).toMatch(
        /^https:\/\/files\.ab2d\.example\.org\/api\/v2\/fhir\/Job\/[^/]+\/file\/Z0001_0001\.ndjson$/,
      );
    }
  },
  async "urls-over-http"(server) {
    for (const url of urls((await manifestOf(server)).output))
      expect(url).toMatch(/^http:\/\/127\.0\.0\.1\/api\//);
  },
  async "unsafe-file-names"(server, fault) {
    const seen = new Set<string>();
    for (let seed = 0; seed < 60; seed++) {
      server.simulator.setFaults([fault], { seed });
      const { output } = await manifestOf(server);
      const tricks = urls(output).filter((url) => !/\/Job\/[^/]+\/file\/Z0001_\d{4}\.ndjson$/.test(url));
      expect(tricks).toHaveLength(1);
      seen.add(tricks[0]!.replace(/^.*?\/file\//, ""));
    }
    expect(seen.size).toBeGreaterThan(8);
    expect([...seen]).toContain("z0001_0001.ndjson");
  },
  async "repeated-file-names"(server) {
    const { output } = await manifestOf(server);
    expect(output).toHaveLength(2);
    expect(output[1]).toEqual(output[0]);
  },
  async "shuffled-files"(_server, fault) {
    const server = await faulty([fault, "many-files-numbering"]);
    const job = await startedJob(server);
    const orders = new Set<string>();
    for (let count = 0; count < 4; count++) {
      const { output } = JSON.parse((await polled(server, job)).body.toString()) as { output: Entry[] };
      orders.add(urls(output).join());
      expect(new Set(urls(output)).size).toBe(16);
    }
    expect(orders.size).toBe(4);
  },
  async "unknown-members"(server) {
    const manifest = await manifestOf(server);
    expect(manifest).toMatchObject({ deleted: [], requiresAccessToken: true });
    expect(Object.keys(manifest)).toEqual(expect.arrayContaining(["link", "extension"]));
    expect(manifest.output[0]!.extension).toHaveLength(3);
  },
});
