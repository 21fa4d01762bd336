import { expect } from "vitest";
import { htmlReply } from "../../src/simulator/faults/html-reply.ts";
import { tokenExpiresEarly } from "../../src/simulator/faults/token-faults.ts";
import { emptyReply, outcomeReply } from "../../src/simulator/reply.ts";
import { attempt, expectHealed, expectOutcome, expectStop, type Outcome, WELL } from "../support/outcome.ts";
import { days } from "../support/sync-bench.ts";
import { faultOf } from "../support/test-faults.ts";
import { heldOf } from "./held.ts";
import type { Rows } from "./row.ts";
import { answers, expectWell, FILE, requestsTo, START, STATUS, setFaults, settled, small } from "./shared.ts";

/** A run that stopped with nothing loaded. */
export const stopped = (
  exit: Outcome["exit"],
  code: string,
  { state = "open", jobs }: Pick<Partial<Outcome>, "state"> & Pick<Outcome, "jobs">,
): Outcome => ({ exit, code, state, jobs, tables: "unchanged", watermark: "held" });

/** 11 to 22: tokens, errors and jobs. */
export const JOB_TRAPS: Rows = {
  11: {
    words: "a 403 while polling or downloading taken for the end, or never for it",
    async run() {
      const bench = await settled();
      setFaults(bench, [tokenExpiresEarly({ afterRequests: 2 })]);
      await expectWell(bench, {}, () => bench.sync({ full: true }));
      expect(
        requestsTo(bench, /\/file\/|\$status/).filter(({ status }) => status === 403).length,
      ).toBeGreaterThan(1);
      bench.clock.advance(days(14));
      setFaults(bench, [answers("status", () => emptyReply(403))]);
      await expectStop(bench, stopped(77, "ACCESS_REFUSED", { jobs: ["started"] }));
    },
  },
  12: {
    words: "renewing tokens on 401 alone",
    async run() {
      const bench = await small({ jobSeconds: 10 * 3600 });
      await expectWell(bench);
      // In advance, so that nothing was refused at all.
      expect(bench.simulator.requests.filter(({ status }) => status === 401 || status === 403)).toEqual([]);
      expect(requestsTo(bench, /\/token$/).length).toBeGreaterThan(20);
    },
    heldBy: ["trap 11", "fault token-refused-with-401", "fault token-expires-early"],
  },
  13: {
    words: "every refusal taken for JSON",
    async run() {
      const bench = await settled();
      const once = (reply: ReturnType<typeof emptyReply>) => (count: number) =>
        count === 0 ? reply : undefined;
      setFaults(bench, [
        answers("token", once(emptyReply(503))),
        answers("start", once(htmlReply(502))),
        answers("status", once(emptyReply(503))),
        answers("download", once(emptyReply(500))),
      ]);
      await expectWell(bench, {}, () => bench.sync({ full: true }));
      bench.clock.advance(days(14));
      setFaults(bench, [answers("start", () => htmlReply(403))]);
      await expectStop(bench, stopped(77, "ACCESS_REFUSED", { state: "failed", jobs: [] }));
    },
  },
  14: {
    words: "every 5xx tried again, also those that are an end",
    async run() {
      const bench = await settled();
      setFaults(bench, ["every-job-fails"]);
      await expectStop(bench, stopped(69, "JOB_FAILED", { jobs: ["failed", "failed"] }));
      expect(requestsTo(bench, STATUS).filter(({ status }) => status === 500)).toHaveLength(2);
      bench.clock.advance(days(14));
      const before = requestsTo(bench, FILE).length;
      setFaults(bench, ["expired-files"]);
      await expectWell(bench, { jobs: ["expired", "complete"] });
      const files = requestsTo(bench, FILE).slice(before);
      const refused = files.filter(({ status }) => status === 500).map(({ path }) => path);
      expect(refused.length).toBe(new Set(refused).size);
    },
  },
  15: {
    words: "a 404 of a job taken for not yet",
    async run() {
      const bench = await settled();
      setFaults(bench, ["cancelled-job"]);
      await expectStop(bench, stopped(75, "JOB_CANCELLED", { jobs: ["cancelled"] }));
      expect(requestsTo(bench, STATUS).filter(({ status }) => status === 404)).toHaveLength(1);
      bench.clock.advance(days(14));
      setFaults(bench, [answers("status", () => outcomeReply(404, "No job with jobUuid X was found"))]);
      await expectStop(bench, stopped(75, "FOREIGN_JOB", { jobs: ["failed"] }));
    },
  },
  16: {
    words: "a 503 without Retry-After",
    async run() {
      const bench = await settled();
      setFaults(bench, [answers("status", (count) => (count < 5 ? emptyReply(503) : undefined))]);
      const slept = bench.clock.sleeps.length;
      await expectWell(bench);
      const waits = bench.clock.sleeps.slice(slept, slept + 5);
      expect(Math.min(...waits)).toBeGreaterThanOrEqual(6_000);
      bench.clock.advance(days(14));
      const starts = requestsTo(bench, START).length;
      setFaults(bench, ["maintenance"]);
      await expectStop(bench, stopped(75, "MAINTENANCE", { state: "failed", jobs: [] }));
      expect(
        requestsTo(bench, START)
          .slice(starts, -1)
          .filter(({ status }) => status === 503),
      ).toHaveLength(1);
    },
  },
  17: {
    words: "a 429 at the start taken for a throttle, or answered by cancelling somebody's job",
    async run() {
      const bench = await settled();
      setFaults(bench, ["lost-start-answer"]);
      await expectWell(bench);
      bench.clock.advance(days(14));
      setFaults(bench, ["equal-job-running"]);
      await expectWell(bench);
      bench.clock.advance(days(14));
      setFaults(bench, ["foreign-job-running"]);
      await expectStop(bench, stopped(75, "FOREIGN_JOB", { jobs: [] }));
      expect(bench.simulator.requests.filter(({ method }) => method === "DELETE")).toEqual([]);
    },
    heldBy: ["fault busy-without-address"],
  },
  18: {
    words: "a job that was accepted just before the process died",
    async run() {
      const bench = await settled({ jobSeconds: 4 * 3600 });
      setFaults(bench, ["lost-start-answer", answersAfterFirstStart()]);
      await expectOutcome(bench, await attempt(bench), stopped(69, "API_UNAVAILABLE", { jobs: [] }));
      setFaults(bench, []);
      await expectWell(bench);
      expect(requestsTo(bench, START).filter(({ status }) => status === 429).length).toBeGreaterThan(0);
      await expectHealed(bench);
    },
  },
  19: {
    words: "0% for hours taken for a job that hangs",
    async run() {
      const bench = await small({ faults: ["queued-for-days"] });
      const startedAt = bench.clock.now().getTime();
      const run = await attempt(bench);
      expect(bench.clock.now().getTime() - startedAt).toBeGreaterThan(60 * 3_600_000);
      await expectOutcome(bench, run, { ...WELL, tables: await heldOf(bench) });
      await expectHealed(bench);
    },
    heldBy: ["fault queued-for-days"],
  },
  20: {
    words: "progress that goes backwards taken for an error",
    async run() {
      const bench = await small({ jobSeconds: 1800, faults: ["progress-backwards"] });
      await expectWell(bench);
    },
  },
  21: {
    words: "polling too often, or from two processes",
    async run() {
      const bench = await settled({ jobSeconds: 600 });
      setFaults(bench, ["polled-too-often"]);
      const [first, second] = await Promise.all([attempt(bench), attempt(bench)]);
      const refused = first.exit === 0 ? second : first;
      expect(refused).toMatchObject({ exit: 75, code: "RUN_LOCKED" });
      await expectOutcome(bench, first.exit === 0 ? first : second, WELL);
      setFaults(bench, []);
      bench.clock.advance(days(14));
      const [requests, slept] = [bench.simulator.requests.length, bench.clock.sleeps.length];
      await expectWell(bench);
      expect(Math.min(...bench.clock.sleeps.slice(slept))).toBeGreaterThanOrEqual(30_000);
      expect(bench.simulator.requests.slice(requests).filter(({ status }) => status === 429)).toEqual([]);
    },
  },
  22: {
    words: "concurrency that only the sandbox allows, where a lost answer starts a second job",
    async run() {
      const bench = await settled({ maxParallelJobs: 1000 });
      setFaults(bench, ["lost-start-answer"]);
      await expectWell(bench);
      expect(requestsTo(bench, START).filter(({ status }) => status === 202)).toHaveLength(3);
      bench.clock.advance(days(14));
      setFaults(bench, ["foreign-job-running"]);
      await expectWell(bench);
    },
  },
};

/** Nobody answers a start any more once one was accepted. */
function answersAfterFirstStart() {
  return faultOf(() => {
    let isAccepted = false;
    return {
      before: ({ kind }) => (kind === "start" && isAccepted ? htmlReply(502) : undefined),
      after(reply, { kind }) {
        if (kind === "start" && reply.status === 202) isAccepted = true;
        return reply;
      },
    };
  });
}
