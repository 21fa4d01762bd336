import { expect, onTestFinished } from "vitest";
import { parseWindowLength } from "../../src/domain/remaining-windows.ts";
import { slowDownload } from "../../src/simulator/faults/download-faults.ts";
import { htmlReply } from "../../src/simulator/faults/html-reply.ts";
import { MANIFEST_FAULTS } from "../../src/simulator/faults/manifest-faults.ts";
import { outcomeReply, problemReply } from "../../src/simulator/reply.ts";
import { claimsTables } from "../support/claims-tables.ts";
import { attempt, expectHealed, expectOutcome, expectStop, WELL } from "../support/outcome.ts";
import { scriptedServer } from "../support/scripted-server.ts";
import { stoppedWhen } from "../support/stopped-when.ts";
import { days, syncBench } from "../support/sync-bench.ts";
import { faultOf } from "../support/test-faults.ts";
import { DATA_ROWS } from "./data-rows.ts";
import { stopped } from "./job-traps.ts";
import { overTheSwitch, shown } from "./over-the-switch.ts";
import type { Rows } from "./row.ts";
import { answers, expectWell, FILE, requestsTo, START, setFaults, settled, small } from "./shared.ts";
import { throughProxy, untrustedServer } from "./tls.ts";
import { inZone } from "./zones.ts";

const HOUR = 3_600_000;
const ZONES = ["America/New_York", "America/Los_Angeles", "Australia/Lord_Howe", "Pacific/Kiritimati"];

/** The rows of faults that a clock, AB2D, the way to it or what it sends can cause; those of process and PostgreSQL are elsewhere. */
export const FAULT_ROWS: Rows = {
  7: {
    words: "clocks that differ by a day",
    heldBy: ["trap 7", "fault server-clock-ahead", "fault server-clock-behind", "fault date-missing"],
  },
  8: {
    words: "summer time and the machine's time zone",
    async run() {
      for (const startsAt of ["2026-10-31T22:00:00Z", "2027-03-13T22:00:00Z"]) {
        const results = [];
        for (const zone of ZONES) results.push(await inZone(zone, () => overTheSwitch(startsAt)));
        for (const result of results) expect(result).toEqual(results[0]);
      }
    },
  },
  21: {
    words: "tokens that end within a run",
    heldBy: ["trap 11", "trap 12", "fault short-lived-token", "fault token-expires-early"],
  },
  22: {
    words: "refused with a fresh token",
    heldBy: ["trap 11", "fault access-refused", "fault credentials-refused"],
  },
  23: {
    words: "400",
    async run() {
      for (const [reply, exit] of [
        [outcomeReply(400, "_since must be after 2020-02-13T00:00:00-05:00"), 64],
        [problemReply(400, "Bad Request", "Failed to convert '_since'"), 78],
      ] as const) {
        const bench = await settled();
        setFaults(bench, [answers("start", () => reply)]);
        await expectOutcome(
          bench,
          await attempt(bench),
          stopped(exit, "EXPORT_REFUSED", { state: "failed", jobs: [] }),
        );
        expect(requestsTo(bench, START).filter(({ status }) => status === 400)).toHaveLength(1);
        await expectHealed(bench);
      }
    },
  },
  24: { words: "404 of a job", heldBy: ["trap 15", "fault cancelled-job", "fault job-unknown-once"] },
  25: {
    words: "429",
    heldBy: [
      "trap 17",
      "trap 21",
      "fault polled-too-often",
      "fault retry-after-date",
      "fault retry-after-absurd",
      "fault retry-after-garbage",
    ],
  },
  26: { words: "a job that fails", heldBy: ["trap 14", "fault failed-job", "fault every-job-fails"] },
  27: {
    words: "5xx for longer than anybody waits",
    async run() {
      const bench = await settled({ jobSeconds: 7200 });
      setFaults(bench, [answers("status", (count) => (count > 0 ? htmlReply(503) : undefined))]);
      await expectOutcome(bench, await attempt(bench), stopped(69, "API_UNAVAILABLE", { jobs: ["started"] }));
      setFaults(bench, []);
      // The job is still there, and the next run goes on with it.
      const run = await attempt(bench);
      expect(run.isResumed).toBe(true);
      await expectOutcome(bench, run, WELL);
      expect(requestsTo(bench, START)).toHaveLength(2);
      await expectHealed(bench);
    },
    heldBy: [
      "trap 13",
      "trap 16",
      "fault server-errors",
      "fault start-errors",
      "fault poll-html-errors",
      "fault download-errors",
      "fault maintenance",
      "fault brief-maintenance",
    ],
  },
  28: {
    words: "a job longer than AB2D lets one run",
    async run() {
      const bench = await small({ faults: [longWhenWide()] });
      await expectOutcome(bench, await attempt(bench), {
        exit: 75,
        code: "JOB_CANCELLED",
        state: "open",
        tables: "empty",
        watermark: "none",
        jobs: ["cancelled"],
      });
      const windows = await attempt(bench, () => bench.backfill({ length: parseWindowLength("P1Y") }));
      expect(windows).toMatchObject({ exit: 0 });
      bench.clock.advance(days(14));
      // The fault is still there, but the window is small now.
      await expectWell(bench);
      await expectHealed(bench);
    },
    heldBy: ["fault long-job", "fault queued-for-days"],
  },
  29: {
    words: "files that are gone",
    heldBy: [
      "trap 29",
      "fault expired-files",
      "fault download-limit",
      "fault file-lost",
      "fault file-unknown",
    ],
  },
  30: { words: "files that can be had once", heldBy: ["trap 24", "fault single-download"] },
  31: { words: "an error file", heldBy: ["trap 32", "fault error-file", "fault empty-error-file"] },
  32: { words: "success without files", heldBy: ["trap 31", "fault empty-manifest"] },
  33: { words: "members left out without a word", heldBy: ["trap 6", "fault silent-omission"] },
  34: {
    words: "a manifest that changes, or repeats itself",
    heldBy: ["fault manifest-changes", "fault repeated-file-names"],
  },
  35: {
    words: "the window's start is not heeded",
    heldBy: ["trap 8", "fault since-ignored", "fault cut-window"],
  },
  36: {
    words: "a server that trickles",
    async run() {
      const bench = await settled();
      setFaults(bench, [slowDownload({ milliseconds: 60, times: Number.POSITIVE_INFINITY })]);
      const slow = () => bench.sync({ full: true }, { pace: { over: 200, bytes: 4096 } });
      await expectStop(bench, stopped(69, "TOO_SLOW", { jobs: ["complete"] }), slow);
    },
    heldBy: ["fault slow-download", "fault stalled-download"],
  },
  37: {
    words: "transfers cut short",
    heldBy: [
      "trap 26",
      "fault truncated-gzip",
      "fault truncated-identity",
      "fault dropped-connections",
      "fault server-error-inside-download",
    ],
  },
  38: {
    words: "damaged bytes",
    heldBy: [
      "trap 23",
      "fault corrupt-download",
      "fault damaged-gzip",
      "fault wrong-checksum",
      "fault wrong-length",
    ],
  },
  39: { words: "a bomb", heldBy: ["fault endless-download"] },
  40: {
    words: "encodings",
    heldBy: ["trap 27", "fault many-member-gzip", "fault plain-despite-gzip", "fault unknown-encoding"],
  },
  41: {
    words: "redirects",
    async run() {
      const other = await scriptedServer();
      onTestFinished(() => other.close());
      const redirect = (url: string) => ({ status: 307, headers: { Location: `${other.url}${url}` } });
      const bench = await settled();
      for (const [kind, state, jobs] of [
        ["token", "none", []],
        ["start", "open", []],
        ["status", "open", ["started"]],
        ["download", "open", ["complete"]],
      ] as const) {
        setFaults(bench, [
          faultOf(() => ({ before: (seen) => (seen.kind === kind ? redirect(seen.url) : undefined) })),
        ]);
        await expectStop(bench, stopped(76, "REDIRECT_REFUSED", { state, jobs }));
        bench.clock.advance(days(14));
      }
      expect(other.requests).toEqual([]);
    },
    heldBy: ["fault download-redirect"],
  },
  42: {
    words: "addresses of other hosts",
    heldBy: [
      "trap 33",
      "fault urls-on-another-host",
      "fault urls-over-http",
      "fault location-on-another-host",
      "fault location-over-http",
    ],
  },
  43: {
    words: "file names that are tricks",
    async run() {
      const bench = await settled();
      const fault = MANIFEST_FAULTS.find(({ name }) => name === "unsafe-file-names")!;
      for (let seed = 1; seed <= 24; seed += 1) {
        bench.simulator.setFaults([fault], { seed });
        const wanted = stopped(76, "MANIFEST_INVALID", { jobs: ["failed"] });
        await expectOutcome(bench, await attempt(bench), wanted);
        bench.clock.advance(60_000);
      }
      expect(requestsTo(bench, FILE).every(({ path }) => /^[\w/-]+\.ndjson$/.test(path))).toBe(true);
      await expectHealed(bench);
    },
    heldBy: ["fault unsafe-file-names"],
  },
  44: {
    words: "certificates",
    async run() {
      const bench = await settled();
      const url = await untrustedServer();
      const run = () => bench.sync({ apiUrl: url, tokenUrl: `${url}/token` });
      await expectStop(bench, stopped(69, "TLS_REFUSED", { state: "none", jobs: [] }), run);
    },
  },
  45: {
    words: "a proxy, and a private certificate authority",
    async run() {
      const bench = await syncBench({ patients: 2, jobSeconds: 0 });
      const { refused, well } = await throughProxy(bench);
      await expectOutcome(bench, await refused(), {
        exit: 69,
        code: "PROXY_REFUSED",
        state: "none",
        tables: "empty",
        watermark: "none",
        jobs: [],
      });
      await expectOutcome(bench, await well(), WELL);
    },
  },
  ...DATA_ROWS,
  61: {
    words: "a run that was stopped, run again, forced, and after it a backfill",
    async run() {
      const bench = await small();
      await expect(
        bench.sync(
          {},
          stoppedWhen(({ filesLoaded }) => filesLoaded === 1),
        ),
      ).rejects.toThrow("stopped by the test");
      await expectWell(bench);
      bench.clock.advance(60_000);
      const before = shown(await claimsTables(bench.database));
      await expectWell(bench, {}, () => bench.sync({ full: true }));
      bench.clock.advance(60_000);
      // Nothing is new in its last window, which is no proof.
      const length = parseWindowLength("P1Y");
      await expectWell(bench, { watermark: "held" }, () => bench.backfill({ length }));
      expect(shown(await claimsTables(bench.database))).toEqual(before);
    },
  },
};

/** Jobs of more than two years run for days, so that AB2D cancels them. */
function longWhenWide() {
  return faultOf(() => ({
    job(plan) {
      const { after = Number.NEGATIVE_INFINITY, until = plan.window.asOf } = plan.window;
      return until - after > 800 * days(1) ? { ...plan, runMilliseconds: 80 * HOUR } : plan;
    },
  }));
}
