import { rm } from "node:fs/promises";
import { expect } from "vitest";
import { foreignClient } from "../support/foreign-client.ts";
import { attempt, expectHealed, expectOutcome, expectStop, WELL } from "../support/outcome.ts";
import { stoppedWhen } from "../support/stopped-when.ts";
import { days } from "../support/sync-bench.ts";
import { heldOf } from "./held.ts";
import { jobsOf, lateLines } from "./late-lines.ts";
import type { Rows } from "./row.ts";
import {
  askedSinces,
  expectWell,
  requestsTo,
  START,
  setFaults,
  settled,
  skewed,
  small,
  watermarkOf,
} from "./shared.ts";
import { inZone } from "./zones.ts";

const FLOOR = "2020-02-13T00:00:00.000-05:00";
const DAY = 86_400_000;

/** 1 to 10: from where the next export starts. */
export const WATERMARK_TRAPS: Rows = {
  1: {
    words: "taking the next start from a header that today's server does not send, or that never moves",
    async run() {
      for (const sinceDatetime of [true, false]) {
        const bench = await settled({ sinceDatetime });
        await expectWell(bench);
        expect(askedSinces(bench)).toEqual([FLOOR, "2026-11-03T00:00:00.000-05:00"]);
      }
    },
  },
  2: {
    words: "leaving the start out, so that V2 takes that of the last job that anybody downloaded",
    async run() {
      const bench = await small();
      const stop = stoppedWhen(
        ({ filesLanded, filesTotal }) => filesTotal !== undefined && filesLanded === filesTotal,
      );
      await expect(bench.sync({}, stop)).rejects.toThrow("stopped by the test");
      // What was downloaded is lost before it is loaded.
      await rm(bench.landingDir, { recursive: true });
      bench.clock.advance(days(4));
      const other = await foreignClient(bench);
      const jobId = await other.start("/api/v2/fhir/Patient/$export?_since=2026-11-09T00%3A00%3A00Z");
      bench.clock.advance(60_000);
      await other.fetchAll(jobId);
      await expectWell(bench, { jobs: ["expired", "complete"] });
      bench.clock.advance(days(14));
      await expectWell(bench);
      expect(askedSinces(bench).every((since) => since !== null)).toBe(true);
    },
  },
  3: {
    words: "starting the next export where the last one ended",
    async run() {
      const bench = await small({ jobSeconds: 40 * 3600 });
      const startedAt = bench.clock.now().getTime();
      const run = await attempt(bench);
      expect(bench.clock.now().getTime() - startedAt).toBeGreaterThan(1.5 * DAY);
      expect(await watermarkOf(bench)).toBeLessThan(startedAt + 60_000);
      // What changed while the job ran is the next run's.
      await expectOutcome(bench, run, { ...WELL, tables: await heldOf(bench) });
      bench.clock.advance(days(14));
      await expectWell(bench);
    },
  },
  4: {
    words: "reading the manifest's time, which names no zone, in this machine's",
    async run() {
      for (const zone of ["Pacific/Kiritimati", "America/Los_Angeles"]) {
        await inZone(zone, async () => {
          const bench = await small();
          // Without a Date of the server's, its time of creation says when the export started if our clock is ahead.
          setFaults(bench, ["date-missing", "transaction-time-narrow-space"]);
          const startedAt = bench.clock.now().getTime();
          await expectWell(bench, {}, () => bench.sync({}, { clock: skewed(bench, 600_000) }));
          expect(Math.abs((await watermarkOf(bench)) - startedAt)).toBeLessThan(2_000);
          bench.clock.advance(days(14));
          await expectWell(bench);
        });
      }
    },
  },
  5: {
    words: "starting at the latest lastUpdated, beyond which its equals are never sent",
    async run() {
      const { bench, early, late } = await lateLines({ isTie: true });
      await expectWell(bench, { tables: { [early]: true } });
      expect(await watermarkOf(bench)).toBeGreaterThan(Date.parse("2026-11-05T00:00:00Z"));
      bench.clock.advance(days(1));
      await expectWell(bench, { tables: { [early]: true, [late]: true } });
      expect(jobsOf(bench)).toBe(2);
    },
  },
  6: {
    words: "no overlap with what AB2D's upstream was loading, or left out of a batch",
    async run() {
      const { bench, early, late } = await lateLines({ isTie: false });
      await expectWell(bench, { tables: { [early]: true } });
      bench.clock.advance(days(1));
      await expectWell(bench, { tables: { [early]: true, [late]: true } });
      expect(new Date(askedSinces(bench).at(-1)!).getTime()).toBeLessThan(
        (await watermarkOf(bench)) - 2 * DAY,
      );
    },
  },
  7: {
    words: "a clock that is ahead of the server's",
    async run() {
      const bench = await small();
      let watermark = 0;
      for (const skew of [DAY, -DAY, DAY]) {
        const startedAt = bench.clock.now().getTime();
        await expectWell(bench, {}, () => bench.sync({}, { clock: skewed(bench, skew) }));
        const next = await watermarkOf(bench);
        expect(next).toBeLessThanOrEqual(startedAt);
        expect(next).toBeGreaterThan(Math.max(watermark, startedAt - DAY - 60_000));
        watermark = next;
        bench.clock.advance(days(14));
      }
      expect(requestsTo(bench, START).map(({ status }) => status)).toEqual([202, 202, 202]);
    },
  },
  8: {
    words: "a plus sign or the parameters' own equals sign that does not survive the query",
    async run() {
      const bench = await settled();
      await expectWell(bench, {}, () => bench.sync({ since: "2026-10-01T02:00:00+02:00" }));
      expect(requestsTo(bench, START).at(-1)!.path).toContain("&_since=2026-10-01T02%3A00%3A00%2B02%3A00");
      bench.clock.advance(days(14));
      setFaults(bench, ["since-ignored"]);
      await expectStop(bench, {
        exit: 76,
        code: "REQUEST_NOT_HONOURED",
        state: "open",
        tables: "unchanged",
        watermark: "held",
        jobs: ["failed"],
      });
    },
  },
  9: {
    words: "moving the watermark before the claims are committed",
    async run() {
      const bench = await settled();
      const refuse = "alter table ab2d_etl.watermark add constraint none_today check (false) not valid";
      await bench.database.rows(refuse);
      const run = await attempt(bench);
      await bench.database.rows("alter table ab2d_etl.watermark drop constraint none_today");
      const wanted = {
        exit: 70,
        code: "INVARIANT_BROKEN",
        state: "open",
        watermark: "held",
        jobs: ["complete"],
      } as const;
      // The file whose transaction would have moved the watermark is not in; the run goes on with it.
      await expectOutcome(bench, run, { ...wanted, tables: await heldOf(bench) });
      expect(
        await bench.database.rows("select from ab2d_etl.output_file where state = 'landed'"),
      ).toHaveLength(1);
      await expectHealed(bench);
    },
  },
  10: {
    words: "a watermark of V2 that lies before what V3 accepts",
    async run() {
      const bench = await small({ startsAt: "2026-03-06T09:00:00Z" });
      await expectWell(bench);
      bench.clock.advance(days(60));
      const options = { version: "v3" } as const;
      const third = await attempt(bench, () => bench.sync({ apiVersion: "v3" }));
      await expectOutcome(
        bench,
        { ...third, before: { ...third.before, watermark: undefined } },
        WELL,
        options,
      );
      expect(askedSinces(bench)).toEqual([FLOOR, null]);
    },
  },
};
