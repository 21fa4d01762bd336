import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { CommandResult } from "../src/commands/command.ts";
import { cutOverCommand } from "../src/commands/cut-over.ts";
import { settle } from "../src/config.ts";
import { type CutOver, type CutOverRequest, cutOver } from "../src/pipeline/cut-over.ts";
import type { Context } from "../src/pipeline/land-and-load.ts";
import { sync } from "../src/pipeline.ts";
import type { ProgressState } from "../src/progress.ts";
import type { Fault } from "../src/simulator/faults/fault.ts";
import { claimsTables } from "./support/claims-tables.ts";
import { context } from "./support/context.ts";
import { type FreshDatabase, freshDatabase } from "./support/fresh-database.ts";
import { temporaryFolder } from "./support/load-lines.ts";
import { days, type SyncBench, syncBench } from "./support/sync-bench.ts";

function cutOverOn(
  bench: SyncBench,
  overrides: Partial<CutOverRequest> = {},
  contextOverrides: Partial<Context> = {},
): Promise<CutOver> {
  return cutOver(
    { ...bench.request({ apiVersion: "v3" }), ...overrides },
    context(bench.database.pool, { clock: bench.clock, ...contextOverrides }),
  );
}

async function runCommand(
  bench: SyncBench,
  options: Record<string, string | boolean> = {},
  env: Record<string, string> = {},
): Promise<CommandResult> {
  const credentialsFile = join(await temporaryFolder(), "credentials");
  await writeFile(credentialsFile, bench.simulator.credentials(bench.contract).base64, { mode: 0o600 });
  return cutOverCommand.run([bench.contract], options, {
    ...context(bench.database.pool, { clock: bench.clock }),
    settings: settle({
      flags: {},
      env: {
        DATABASE_URL: bench.database.url,
        AB2D_API_URL: bench.simulator.apiUrl,
        AB2D_TOKEN_URL: bench.simulator.tokenUrl,
        AB2D_CREDENTIALS_FILE: credentialsFile,
        AB2D_LANDING_DIR: bench.landingDir,
        ...env,
      },
    }),
    flags: {},
    env: {},
    isTerminal: false,
    say: () => {},
  });
}

async function activeSource(database: FreshDatabase): Promise<unknown> {
  const rows = await database.rows<{ active_source_system: string }>(
    "select active_source_system from ab2d.contract",
  );
  return rows[0]?.active_source_system;
}

/** Everything of one source that does not depend on when it was exported. */
async function ofSource(database: FreshDatabase, source: "ccw" | "idr"): Promise<unknown> {
  const tables = await claimsTables(database);
  const isOfSource = (row: unknown): boolean =>
    String((row as { beneficiary_id: string }).beneficiary_id).startsWith(`${source}:`);
  return Object.fromEntries(
    Object.entries(tables)
      .filter(([name]) => /claim_(version|line|diagnosis|procedure|provider)$|beneficiary$/.test(name))
      .map(([name, rows]) => [name, rows.filter(isOfSource)]),
  );
}

/** A database that never saw another version of the API. */
async function onlyOf(bench: SyncBench, apiVersion: "v2" | "v3"): Promise<FreshDatabase> {
  const database = await freshDatabase();
  const landingDir = await temporaryFolder();
  await sync(bench.request({ apiVersion, landingDir }), context(database.pool, { clock: bench.clock }));
  return database;
}

/** What analysts see, by source system, in one statement. */
const VIEW = `
  select 'claim' as place, source_system, count(*) from ab2d.claim group by 2
  union all
  select 'line', split_part(beneficiary_id, ':', 1), count(*) from ab2d.claim_line group by 2
  union all
  select 'diagnosis', split_part(beneficiary_id, ':', 1), count(*) from ab2d.claim_diagnosis group by 2
  union all
  select 'procedure', split_part(beneficiary_id, ':', 1), count(*) from ab2d.claim_procedure group by 2
  union all
  select 'provider', split_part(beneficiary_id, ':', 1), count(*) from ab2d.claim_provider group by 2
  union all
  select 'beneficiary', source_system, count(*) from ab2d.beneficiary where first_service_date is not null group by 2
  order by 1, 2`;

async function sourcesSeen(database: FreshDatabase): Promise<readonly string[]> {
  const rows = await database.rows<{ source_system: string }>(VIEW);
  return [...new Set(rows.map(({ source_system }) => source_system))];
}

/** Aborts a context's signal when the progress says `phase`. */
function abortingAt(phase: ProgressState["phase"], times = 1): Pick<Context, "signal" | "progress"> {
  const controller = new AbortController();
  let seen = 0;
  return {
    signal: controller.signal,
    progress: {
      report(state) {
        if (state.phase === phase) seen += 1;
        if (seen === times) controller.abort(new Error("stopped by the test"));
      },
      end: () => {},
    },
  };
}

describe("cutOver()", () => {
  it("moves a contract from V2 to V3 and back, and nightly runs go on", { timeout: 240_000 }, async () => {
    const bench = await syncBench();
    await bench.sync();
    bench.clock.advance(days(9));
    await bench.sync();
    const ccwCurrent = (await bench.database.rows("select 1 from ab2d.claim")).length;

    const done = await cutOverOn(bench);
    expect(done).toMatchObject({ outcome: "switched", from: "ccw", to: "idr" });
    expect(done.runs.map(({ run }) => run)).toMatchObject([
      { apiVersion: "v3", state: "complete", requestedSince: undefined },
    ]);
    expect(done.changed).toMatchObject({ demoted: ccwCurrent, promoted: done.after.sources.idr.claims });
    const truth = await bench.compare("v3");
    expect(truth.held).toEqual(truth.truth);
    expect(await sourcesSeen(bench.database)).toEqual(["idr"]);
    const v2Kept = await bench.database.rows(
      "select count(*) as count, bool_or(is_current) as any_current from ab2d.claim_version where source_system = 'ccw'",
    );
    const v2Truth = bench.simulator.population(bench.contract).claims.v2;
    expect(v2Kept).toEqual([{ count: v2Truth.length, any_current: false }]);
    const fresh = await onlyOf(bench, "v3");
    expect(await ofSource(bench.database, "idr")).toEqual(await ofSource(fresh, "idr"));
    expect(
      await bench.database.rows(
        "select run_id, detail from ab2d_etl.audit_event where action = 'source_switched'",
      ),
    ).toEqual([
      {
        run_id: done.runs[0]!.run.runId,
        detail: {
          from: "ccw",
          to: "idr",
          families: done.changed!.families,
          demoted: ccwCurrent,
          promoted: done.changed!.promoted,
        },
      },
    ]);

    bench.clock.advance(days(20));
    const nightly = await bench.sync({ apiVersion: "v3" });
    expect(nightly.run).toMatchObject({ state: "complete", gaps: [] });
    expect(nightly.run.requestedSince).toBeDefined();
    expect(nightly.notes).toEqual([]);
    const later = await bench.compare("v3");
    expect(later.held).toEqual(later.truth);
    expect(await sourcesSeen(bench.database)).toEqual(["idr"]);

    // V2 has not been asked for a month: what it has had since comes in before the switch.
    const back = await cutOverOn(bench, { apiVersion: "v2" });
    expect(back).toMatchObject({ outcome: "switched", from: "idr", to: "ccw" });
    expect(back.runs[0]!.counts.new + back.runs[0]!.counts.newer).toBeGreaterThan(0);
    const backTruth = await bench.compare("v2");
    expect(backTruth.held).toEqual(backTruth.truth);
    expect(await sourcesSeen(bench.database)).toEqual(["ccw"]);
    expect(await ofSource(bench.database, "ccw")).toEqual(await ofSource(await onlyOf(bench, "v2"), "ccw"));
  });

  it("shows analysts the old claims until it shows them the new ones", { timeout: 240_000 }, async () => {
    const bench = await syncBench({ patients: 20 });
    await bench.sync();
    const old = await bench.database.rows(VIEW);
    // Analysts who began before see the old claims to the end of their transaction.
    const longQuery = await bench.database.pool.connect();
    await longQuery.query("begin isolation level repeatable read");
    await longQuery.query(VIEW);

    let parts = 0;
    const seen: { view: unknown; inside: boolean }[] = [];
    let isOver = false;
    const watching = async (): Promise<void> => {
      while (!isOver) {
        const partsBefore = parts;
        const view = await bench.database.rows(VIEW);
        seen.push({ view, inside: partsBefore > 0 });
      }
    };
    const watchers = [watching(), watching()];
    const done = await cutOverOn(
      bench,
      { familiesAtOnce: 3 },
      {
        progress: {
          report: ({ phase }) => {
            if (phase === "switching") parts += 1;
          },
          end: () => {},
        },
      },
    ).finally(() => {
      isOver = true;
    });
    await Promise.all(watchers);
    const now = await bench.database.rows(VIEW);
    expect(done.outcome).toBe("switched");
    expect(now).not.toEqual(old);
    expect((await longQuery.query(VIEW)).rows).toEqual(old);
    await longQuery.query("rollback");
    longQuery.release();

    expect(seen.filter(({ inside }) => inside).length).toBeGreaterThan(20);
    const isOld = seen.map(({ view }) => JSON.stringify(view) === JSON.stringify(old));
    const isNew = seen.map(({ view }) => JSON.stringify(view) === JSON.stringify(now));
    expect(seen.filter((_, index) => !isOld[index] && !isNew[index])).toEqual([]);
  });

  it("leaves the old source active when it is stopped in the switch, and goes on when run again", async () => {
    const bench = await syncBench();
    await bench.sync();
    const old = await ofSource(bench.database, "ccw");
    const stopped = cutOverOn(bench, { familiesAtOnce: 20 }, abortingAt("switching", 5));
    await expect(stopped).rejects.toThrow("stopped by the test");
    expect(await activeSource(bench.database)).toBe("ccw");
    expect(await ofSource(bench.database, "ccw")).toEqual(old);
    expect(await sourcesSeen(bench.database)).toEqual(["ccw"]);
    expect(
      await bench.database.rows("select 1 from ab2d_etl.audit_event where action = 'source_switched'"),
    ).toEqual([]);
    const again = await cutOverOn(bench);
    expect(again.outcome).toBe("switched");
    expect(again.runs[0]!.run.requestedSince).toBeDefined();
    const { held, truth } = await bench.compare("v3");
    expect(held).toEqual(truth);
  });

  it("switches nothing while the target's run has gaps", async () => {
    const bench = await syncBench();
    await bench.sync();
    const old = await ofSource(bench.database, "ccw");
    bench.simulator.setFaults(["error-file"]);
    const held = await cutOverOn(bench);
    expect(held).toMatchObject({ outcome: "has_gaps", from: "ccw", to: "idr" });
    expect(held.runs.at(-1)!.run).toMatchObject({ apiVersion: "v3", gaps: ["error_file"] });
    expect(await activeSource(bench.database)).toBe("ccw");
    expect(await ofSource(bench.database, "ccw")).toEqual(old);
    expect(await sourcesSeen(bench.database)).toEqual(["ccw"]);
    bench.simulator.setFaults([]);
    expect(await cutOverOn(bench)).toMatchObject({ outcome: "switched" });
  });

  it("ends an unfinished run of the old version first", async () => {
    const bench = await syncBench();
    await bench.sync();
    bench.clock.advance(days(7));
    await expect(bench.sync({}, abortingAt("waiting for AB2D"))).rejects.toThrow("stopped by the test");
    const done = await cutOverOn(bench);
    expect(done.outcome).toBe("switched");
    expect(done.runs.map(({ run, isResumed }) => [run.apiVersion, isResumed])).toEqual([
      ["v2", true],
      ["v3", false],
    ]);
    const { held, truth } = await bench.compare("v3");
    expect(held).toEqual(truth);
  });

  it("is not content with a window of V3", async () => {
    const bench = await syncBench();
    await bench.sync();
    const narrow = { apiVersion: "v3", until: "2026-07-01T00:00:00-04:00" } as const;
    await expect(bench.sync(narrow, abortingAt("waiting for AB2D"))).rejects.toThrow("stopped by the test");
    const done = await cutOverOn(bench);
    expect(done.runs.map(({ run }) => run.requestedUntil)).toEqual(["2026-07-01T00:00:00-04:00", undefined]);
    expect(done.outcome).toBe("switched");
    const { held, truth } = await bench.compare("v3");
    expect(held).toEqual(truth);
  });

  it("does not take one export without a line for an answer: the job may have been interrupted", async () => {
    const bench = await syncBench({ startsAt: "2026-05-15T09:00:00Z", patients: 1 });
    await bench.sync();
    await bench.sync({ apiVersion: "v3" });
    bench.clock.advance(days(120));
    let jobs = 0;
    const interrupted: Fault = {
      name: "interrupted-once",
      summary: "The next job of V3 lists nothing",
      client: "unseen",
      arm: () => ({
        manifest: (draft, job) =>
          job.apiVersion === "v3" && jobs++ === 0 ? { ...draft, output: [] } : draft,
      }),
    };
    bench.simulator.setFaults([interrupted]);
    const done = await cutOver(
      { ...bench.request(), apiVersion: "v3" },
      context(bench.database.pool, { clock: bench.clock }),
    );
    expect(done.outcome).toBe("switched");
    const { held, truth } = await bench.compare("v3");
    expect(held).toEqual(truth);
  });

  it("after a parallel phase asks only for what is new", async () => {
    const bench = await syncBench();
    await bench.sync();
    await bench.sync({ apiVersion: "v3" });
    bench.clock.advance(days(14));
    await bench.sync({ apiVersion: "v3" });
    const done = await cutOverOn(bench);
    expect(done).toMatchObject({ outcome: "switched" });
    expect(done.runs[0]!.counts).toMatchObject({ new: 0, newer: 0 });
  });

  it("syncs and switches nothing where the source is active already", async () => {
    const bench = await syncBench();
    const first = await cutOverOn(bench);
    expect(first).toMatchObject({ outcome: "already_active", from: "idr", to: "idr" });
    const { held, truth } = await bench.compare("v3");
    expect(held).toEqual(truth);
  });
});

describe("ab2d cut-over", () => {
  it("says what it did, sets the sources side by side, and what has to be set now", async () => {
    const bench = await syncBench();
    await bench.sync();
    const result = await runCommand(bench);
    const { claims } = bench.simulator.population(bench.contract);
    const current = claims.v3.filter(({ isCurrent }) => isCurrent).length;
    expect(result.exitCode).toBe(0);
    expect(result.json).toMatchObject({
      contract: bench.contract,
      outcome: "switched",
      from: "ccw",
      to: "idr",
      active_source_system: "idr",
      before: { sources: { ccw: { current_claims: current }, idr: { current_claims: 0, claims: current } } },
      after: {
        sources: { ccw: { current_claims: 0, claims: current }, idr: { current_claims: current } },
        members: { in_both: 12, in_ccw_only: 0, in_idr_only: 0 },
      },
      runs: [{ api_version: "v3", state: "complete" }],
    });
    expect(result.text).toContain("switched from V1 and V2 to V3");
    expect(result.text).toMatch(new RegExp(`current claims now +0 +${current} `));
    expect(result.text).toContain(`set apiVersion: v3 for contract ${bench.contract}`);
    const again = await runCommand(bench, {}, { AB2D_API_VERSION: "v3" });
    expect(again).toMatchObject({ exitCode: 0, json: { outcome: "already_active", notes: [] } });
    const back = await runCommand(bench, { to: "v2" }, { AB2D_API_VERSION: "v3" });
    expect(back.text).toContain(`set apiVersion: v2 for contract ${bench.contract}`);
    expect(await activeSource(bench.database)).toBe("ccw");
  });

  it("exits 3 with gaps, says which, and that the old source stays", async () => {
    const bench = await syncBench();
    await bench.sync();
    bench.simulator.setFaults(["error-file"]);
    const result = await runCommand(bench);
    expect(result.exitCode).toBe(3);
    expect(result.text).toContain("not switched");
    expect(result.text).toContain("error_file");
    expect(result.text).toContain("V1 and V2 stay active");
    expect(result.json).toMatchObject({ outcome: "has_gaps", active_source_system: "ccw", changed: null });
  });

  it("--compare-only shows what analysts would see, and switches nothing", async () => {
    const bench = await syncBench();
    await bench.sync();
    const result = await runCommand(bench, { compareOnly: true });
    expect(result).toMatchObject({ exitCode: 0, json: { outcome: "compared", active_source_system: "ccw" } });
    expect(result.text).toMatch(/ {2}claims +\d+ +\d+ +0\n/);
    expect(await sourcesSeen(bench.database)).toEqual(["ccw"]);
  });

  it("refuses a version that there is not", async () => {
    const bench = await syncBench({ patients: 1 });
    await expect(runCommand(bench, { to: "v4" })).rejects.toMatchObject({ code: "USAGE", exitCode: 64 });
  });
});
