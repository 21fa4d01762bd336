import { expect } from "vitest";
import type { ApiVersion } from "../../src/domain/api-version.ts";
import { lateJoiners, optOut } from "../../src/simulator/faults/enrollment-faults.ts";
import { type EobOptions, eob } from "../support/eob.ts";
import { attempt, expectOutcome, type Outcome, WELL } from "../support/outcome.ts";
import { days, type SyncBench, syncBench } from "../support/sync-bench.ts";
import { delivers, type Files } from "../support/test-faults.ts";
import { heldOf } from "./held.ts";
import type { Rows } from "./row.ts";
import { expectWell } from "./shared.ts";

type Jobs = readonly Files[];

/** Runs once for each job's files, a fortnight apart, and looks at what is held after the last. */
export async function afterJobs(
  jobs: Jobs,
  wanted: Partial<Outcome>,
  { version = "v2" }: { readonly version?: ApiVersion } = {},
): Promise<SyncBench> {
  const bench = await syncBench({ patients: 1, faults: [delivers(...jobs)] });
  for (const index of jobs.keys()) {
    const run = await attempt(bench, () => bench.sync({ apiVersion: version }));
    if (index === jobs.length - 1) await expectOutcome(bench, run, { ...WELL, ...wanted }, { version });
    else expect(run).toMatchObject({ exit: 0 });
    bench.clock.advance(days(14));
  }
  return bench;
}

const at = (hour: string, more: EobOptions = {}) => eob({ lastUpdated: `2024-03-01T${hour}`, ...more });

/** 37 to 46: what the rows are. */
export const ROW_TRAPS: Rows = {
  37: {
    words: "one row for a claim's whole family",
    async run() {
      const first = eob({ claimId: "-1", lastUpdated: "2024-03-01T10:00:00.000-05:00" });
      const cancelled = {
        ...eob({ claimId: "-1", status: "cancelled" }),
        meta: { lastUpdated: "2024-04-01T00:00:00Z" },
      };
      const second = { ...eob({ claimId: "-2" }), meta: { lastUpdated: "2024-04-01T00:00:00Z" } };
      await afterJobs([[[first]], [[cancelled, second]]], {
        tables: { "outpatient--1": false, "outpatient--2": true },
      });
    },
  },
  38: {
    words: "cutting an id at its dash, of which negative ones have two",
    async run() {
      const ids = ["outpatient--1", "carrier--1", "outpatient-1"];
      const lines = ids.map((id, index) =>
        eob({
          id,
          claimId: id.replace(/^[a-z]+-/, ""),
          claimGroup: `-${index}`,
          type: id.startsWith("c") ? "carrier" : "outpatient",
        }),
      );
      await afterJobs([[lines]], { tables: Object.fromEntries(ids.map((id) => [id, true])) });
    },
  },
  39: {
    words: "ids as floating point numbers",
    async run() {
      const ids = ["-9007199254740992", "-9007199254740993"];
      const lines = ids.map((claimId) =>
        eob({ version: "v3", claimId, lastUpdated: "2026-05-01T00:00:00Z" }),
      );
      await afterJobs(
        [[lines]],
        { tables: Object.fromEntries(ids.map((id) => [id, true])) },
        { version: "v3" },
      );
    },
  },
  40: {
    words: "leaving out cancelled claims, so that what they cancel stays",
    async run() {
      const active = at("10:00:00.000-05:00");
      const cancelled = at("11:00:00.000-05:00", { status: "cancelled" });
      const bench = await afterJobs([[[active]], [[cancelled]]], { tables: { "outpatient--1000": false } });
      expect(await bench.database.rows("select from ab2d.claim")).toEqual([]);
    },
  },
  41: {
    words: "comparing lastUpdated as text",
    async run() {
      const newer = at("10:00:00.000-05:00", { status: "cancelled" });
      const older = at("14:00:00.000+00:00");
      for (const jobs of [
        [[[newer]], [[older]]],
        [[[older]], [[newer]]],
      ] as const)
        await afterJobs(jobs, { tables: { "outpatient--1000": false } });
    },
  },
  42: {
    words: "asking the status of a V3 claim whether it counts",
    async run() {
      const lines = ["FinalAction", "NotFinalAction"].map((finalAction, index) =>
        eob({ version: "v3", claimId: `-${index}`, finalAction, lastUpdated: "2026-05-01T00:00:00Z" }),
      );
      await afterJobs([[lines]], { tables: { "-0": true, "-1": false } }, { version: "v3" });
    },
  },
  43: {
    words: "requiring an MBI, a provider or a claim group",
    async run() {
      const bare = eob({ claimGroup: null, mbis: [], diagnoses: [], fields: { provider: undefined } });
      const bench = await afterJobs([[[bare]]], { tables: { "outpatient--1000": true } });
      expect(await bench.database.rows("select current_mbi from ab2d.beneficiary")).toEqual([
        { current_mbi: null },
      ]);
    },
  },
  44: {
    words: "validating against FHIR, which nothing that AB2D sends conforms to",
    async run() {
      const fields = { use: undefined, outcome: undefined, insurance: undefined, novelty: { nested: [1] } };
      await afterJobs([[[eob({ fields })]]], { tables: { "outpatient--1000": true } });
    },
  },
  45: {
    words: "taking what does not come any more for deleted",
    async run() {
      const bench = await syncBench({ patients: 8, faults: [optOut({ oneIn: 2 })] });
      await expectWell(bench);
      const held = await heldOf(bench);
      bench.clock.advance(days(14));
      const night = await attempt(bench);
      expect(Object.keys(await heldOf(bench))).toEqual(expect.arrayContaining(Object.keys(held)));
      await expectOutcome(bench, night, { ...WELL, tables: await heldOf(bench) });
      const full = await attempt(bench, () => bench.reconcile());
      await expectOutcome(bench, full, { ...WELL, tables: await heldOf(bench) });
      const marked = await bench.database.rows<{ eob_id: string }>(
        "select eob_id from ab2d.claim_contract where not_delivered_since is not null",
      );
      const gone = Object.keys(held).filter((id) => !knownTo(bench).has(id));
      expect(gone.length).toBeGreaterThan(0);
      expect(marked.map(({ eob_id }) => eob_id).sort()).toEqual(gone.sort());
    },
    heldBy: ["fault opt-out"],
  },
  46: {
    words: "incremental exports for ever, which never bring a new member's older claims",
    async run() {
      const bench = await syncBench({ patients: 8, faults: [lateJoiners({ oneIn: 2 })] });
      await expectWell(bench);
      bench.clock.advance(days(14));
      const night = await attempt(bench);
      const held = await heldOf(bench);
      expect(Object.keys(held).length).toBeLessThan(knownTo(bench).size);
      await expectOutcome(bench, night, { ...WELL, tables: "part" });
      const summaries: number[] = [];
      await expectWell(bench, {}, async () => {
        const summary = await bench.reconcile();
        summaries.push(summary.finding!.missed);
        return summary;
      });
      expect(summaries).toEqual([knownTo(bench).size - Object.keys(held).length]);
    },
    heldBy: ["fault late-joiners", "fault roster-correction"],
  },
};

function knownTo({ simulator, contract }: SyncBench): Set<string> {
  return new Set(simulator.population(contract).claims.v2.map(({ eobId }) => eobId));
}
