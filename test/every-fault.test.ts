import { describe, expect, it } from "vitest";
import { ExitCode } from "../src/errors.ts";
import type { Context } from "../src/pipeline/land-and-load.ts";
import { FAULTS } from "../src/simulator/faults/all-faults.ts";
import { slowDownload, stalledDownload } from "../src/simulator/faults/download-faults.ts";
import type { ClientDuty, Fault } from "../src/simulator/faults/fault.ts";
import { heldClaims, trueClaims } from "./support/held-claims.ts";
import { type Attempt, attempt, expectHealed, expectOutcome, type Outcome, WELL } from "./support/outcome.ts";
import { stoppedWhen } from "./support/stopped-when.ts";
import { days, type SyncBench, syncBench } from "./support/sync-bench.ts";
import { smallFiles, watched } from "./support/test-faults.ts";

/** What is particular about testing one fault; of most nothing is. */
interface Particular {
  /** The same fault in times that a test can wait for. */
  readonly instead?: Fault;
  readonly context?: Partial<Context>;
  /** What happens under the fault before the run that is looked at. */
  readonly prepare?: (bench: SyncBench) => Promise<unknown>;
  readonly comparesLastUpdated?: boolean;
}

const PARTICULARS: Readonly<Record<string, Particular>> = {
  "stalled-download": {
    instead: stalledDownload({ milliseconds: 5_000, times: 1 }),
    context: { timeouts: { headers: 90_000, body: 300 } },
  },
  "slow-download": {
    instead: slowDownload({ milliseconds: 60, times: 1 }),
    context: { pace: { over: 300, bytes: 4096 } },
  },
  // Only who reads the manifest twice can see it.
  "manifest-changes": {
    prepare: (bench) =>
      bench
        .sync(
          { full: true },
          stoppedWhen(({ phase }) => phase === "downloading"),
        )
        .catch((error: Error) => expect(error.message).toBe("stopped by the test")),
  },
  // A text that calls itself newer than its export is kept as it came; docs/decisions.md.
  "last-updated-future": { comparesLastUpdated: false },
};

/** Seeds to try until the fault strikes: some pass over the first occasion, and a run may have no second. */
const SEEDS = 10;

const NOT_WELL: Readonly<Record<"gaps" | "stops", readonly string[]>> = {
  gaps: ["complete_with_gaps"],
  stops: ["open", "failed", "none"],
};

const seen = (duty: ClientDuty) =>
  FAULTS.filter(({ client }) => client === duty).map((fault) => [fault.name, fault] as const);

const small = (): Promise<SyncBench> => syncBench({ patients: 2, seed: 104, faults: [smallFiles()] });

/** A contract with a run and a fortnight behind it. */
async function settled(): Promise<SyncBench> {
  const bench = await small();
  await expectOutcome(bench, await attempt(bench), WELL);
  bench.clock.advance(days(14));
  return bench;
}

/** Runs under the fault alone until it has struck, with the moments of one seed after the other. */
async function disturbed(bench: SyncBench, fault: Fault): Promise<Attempt> {
  const { instead = fault, context, prepare } = PARTICULARS[fault.name] ?? {};
  for (let seed = 1; seed <= SEEDS; seed += 1) {
    const { fault: armed, strikes } = watched(instead);
    bench.simulator.setFaults([smallFiles(), armed], { seed });
    await prepare?.(bench);
    const attempted = await attempt(bench, () => bench.sync({ full: true }, context));
    if (strikes() > 0) return attempted;
    await expectOutcome(bench, attempted, WELL);
    bench.clock.advance(days(1));
  }
  throw new Error(`${fault.name} never struck`);
}

describe("sync() under each fault of the simulator, alone", () => {
  it.each(seen("heals"))("fault %s: heals", async (_name, fault) => {
    const bench = await small();
    const { comparesLastUpdated = true } = PARTICULARS[fault.name] ?? {};
    const attempted = await disturbed(bench, fault);
    expect({ exit: attempted.exit, code: attempted.code }).toEqual({ exit: ExitCode.ok, code: undefined });
    await expectOutcome(
      bench,
      attempted,
      { ...WELL, jobs: await jobsEndingWell(bench) },
      { comparesLastUpdated },
    );
    await expectHealed(bench, { comparesLastUpdated });
  });

  it.each([...seen("gaps"), ...seen("stops")])(
    "fault %s: gaps or stops, as it says",
    async (_name, fault) => {
      const bench = await settled();
      const attempted = await disturbed(bench, fault);
      const isGap = fault.client === "gaps";
      if (isGap) expect(attempted.exit).toBe(ExitCode.completeWithGaps);
      else
        expect([ExitCode.ok, ExitCode.completeWithGaps, ExitCode.invariantBroken]).not.toContain(
          attempted.exit,
        );
      const wanted = await asItStands(bench, attempted);
      expect(NOT_WELL[isGap ? "gaps" : "stops"]).toContain(wanted.state);
      await expectOutcome(bench, attempted, wanted);
      await expectNothingLost(bench, attempted);
      await expectHealed(bench);
    },
  );

  it.each(seen("unseen"))("fault %s: unseen, until a reconciliation", async (_name, fault) => {
    const { fault: armed, strikes } = watched(fault);
    const bench = await syncBench({ patients: 12, faults: [armed] });
    const first = await attempt(bench);
    expect(first.exit).toBe(ExitCode.ok);
    bench.clock.advance(days(14));
    const nightly = await attempt(bench);
    expect(strikes()).toBeGreaterThan(0);
    expect((await differences(bench)).length).toBeGreaterThan(0);
    await expectOutcome(bench, nightly, { ...WELL, tables: await heldNow(bench) });
    const full = await attempt(bench, () => bench.reconcile());
    const { extra, missing } = await sortedDifferences(bench);
    expect(missing).toEqual([]);
    expect(await notDelivered(bench)).toEqual(extra);
    await expectOutcome(bench, full, { ...WELL, tables: await heldNow(bench) });
    bench.simulator.setFaults([]);
    const undisturbed = await attempt(bench, () => bench.reconcile());
    await expectOutcome(bench, undisturbed, WELL);
    expect(await notDelivered(bench)).toEqual([]);
  });

  it("knows what is particular of existing faults only", () => {
    const names = FAULTS.map(({ name }) => name);
    expect(Object.keys(PARTICULARS).filter((name) => !names.includes(name))).toEqual([]);
  });
});

/** The jobs of the newest run: any number given up, then one that was used. */
async function jobsEndingWell({ database }: SyncBench): Promise<string[]> {
  const jobs = await jobsOf({ database });
  expect(jobs.filter((state) => state === "complete")).toHaveLength(1);
  expect(jobs.at(-1)).toBe("complete");
  return jobs;
}

async function jobsOf({ database }: Pick<SyncBench, "database">): Promise<string[]> {
  const rows = await database.rows<{ state: string }>(
    `select state from ab2d_etl.export_job where run_id = (select max(run_id) from ab2d_etl.run)
    order by asked_at, job_id`,
  );
  return rows.map(({ state }) => state);
}

/** The ledger as the run left it, with a watermark that has to be where it was. */
async function asItStands(bench: SyncBench, { exit, before }: Attempt): Promise<Outcome> {
  const [run] = await bench.database.rows<{ run_id: number; state: Outcome["state"]; gaps: string[] }>(
    "select state, gaps from ab2d_etl.run order by run_id desc limit 1",
  );
  const [count] = await bench.database.rows<{ runs: number }>("select count(*) as runs from ab2d_etl.run");
  const isNew = count!.runs > before.runs || run!.state === "open" || run!.state === "failed";
  return {
    exit: exit as Outcome["exit"],
    state: isNew ? run!.state : "none",
    gaps: run!.gaps,
    tables: await heldNow(bench),
    watermark: "held",
    jobs: await jobsOf(bench),
  };
}

async function heldNow(bench: SyncBench): Promise<Record<string, boolean>> {
  return Object.fromEntries((await heldClaims(bench, "v2")).map((claim) => [claim.eob_id, claim.is_current]));
}

/** What was held is held, and nothing is that AB2D does not have. */
async function expectNothingLost(bench: SyncBench, { before }: Attempt): Promise<void> {
  const held = new Set((await heldClaims(bench, "v2")).map(({ eob_id }) => eob_id));
  const known = new Set((await trueClaims(bench, "v2")).map(({ eob_id }) => eob_id));
  expect(before.eobIds.filter((id) => !held.has(id))).toEqual([]);
  expect([...held].filter((id) => !known.has(id))).toEqual([]);
}

async function differences(bench: SyncBench): Promise<string[]> {
  const { extra, missing } = await sortedDifferences(bench);
  return [...extra, ...missing];
}

async function sortedDifferences(
  bench: SyncBench,
): Promise<{ readonly extra: string[]; readonly missing: string[] }> {
  const held = new Map((await heldClaims(bench, "v2")).map((claim) => [claim.eob_id, JSON.stringify(claim)]));
  const truth = new Map(
    (await trueClaims(bench, "v2")).map((claim) => [claim.eob_id, JSON.stringify(claim)]),
  );
  return {
    extra: [...held.keys()].filter((id) => !truth.has(id)),
    missing: [...truth].filter(([id, claim]) => held.get(id) !== claim).map(([id]) => id),
  };
}

/** Claims that a full export did not deliver any more. */
async function notDelivered({ database }: SyncBench): Promise<string[]> {
  const rows = await database.rows<{ eob_id: string }>(
    "select eob_id from ab2d.claim_contract where not_delivered_since is not null order by eob_id",
  );
  return rows.map(({ eob_id }) => eob_id);
}
