import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "vitest";
import { asEtlError } from "../../src/as-etl-error.ts";
import { runReport } from "../../src/commands/run-report.ts";
import { seriesReport } from "../../src/commands/series-report.ts";
import type { RunSummary } from "../../src/control/summarize-run.ts";
import { type ApiVersion, sourceSystemOf } from "../../src/domain/api-version.ts";
import { ExitCode } from "../../src/errors.ts";
import type { SeriesSummary } from "../../src/pipeline/export-series.ts";
import { type Claim, expectChildren, heldClaims, trueClaims } from "./held-claims.ts";
import { days, type SyncBench } from "./sync-bench.ts";

/** One run of a command, well ended or not, and how things stood before it. */
export interface Attempt {
  /** As the command computes it. */
  readonly exit: number | null;
  /** The error's code; `undefined` where it ended without one. */
  readonly code: string | undefined;
  readonly isResumed: boolean;
  readonly before: Standing;
}

/** How things stand that an attempt may change. */
export interface Standing {
  /** Differs as soon as any row of a claims table does. */
  readonly digest: string;
  /** The ids of the claims that are held. */
  readonly eobIds: readonly string[];
  readonly watermark: number | undefined;
  readonly runs: number;
}

/** What is to be found after an attempt. */
export interface Outcome {
  readonly exit: ExitCode;
  readonly code?: string;
  /** Of the newest run; `none` where the attempt opened none. */
  readonly state: "complete" | "complete_with_gaps" | "open" | "failed" | "none";
  readonly gaps?: readonly string[];
  /**
   * The claims: `truth` all that AB2D has, `empty` none, `unchanged` what was there before, to the byte, `part` nothing that AB2D
   * does not have, and not all of it; or which ids are held, and whether each is current.
   */
  readonly tables: "truth" | "empty" | "unchanged" | "part" | Readonly<Record<string, boolean>>;
  readonly watermark: "advanced" | "held" | "none";
  /** The states of the newest run's export jobs, the oldest first. */
  readonly jobs: readonly string[];
}

export interface OutcomeOptions {
  /** Default `v2`. */
  readonly version?: ApiVersion;
  /** False where a fault changes it, so that AB2D itself does not say what is true. Default true. */
  readonly comparesLastUpdated?: boolean;
}

/** A run that brings everything. */
export const WELL: Outcome = {
  exit: ExitCode.ok,
  state: "complete",
  gaps: [],
  tables: "truth",
  watermark: "advanced",
  jobs: ["complete"],
};

const CLAIMS_TABLES = [
  "ab2d.claim_version",
  "ab2d.claim_line",
  "ab2d.claim_diagnosis",
  "ab2d.claim_procedure",
  "ab2d.claim_provider",
  "ab2d.claim_contract",
  "ab2d.beneficiary",
  "ab2d.beneficiary_identifier",
  "ab2d_etl.eob",
] as const;

/** Runs `doing`, by default a `sync`, and tells what the command would exit with. */
export async function attempt(
  bench: SyncBench,
  doing: () => Promise<RunSummary | SeriesSummary> = () => bench.sync(),
): Promise<Attempt> {
  const before = await standingOf(bench);
  try {
    const summary = await doing();
    const exit = ("series" in summary ? seriesReport(summary) : runReport(summary)).exitCode;
    return { exit, code: undefined, isResumed: "isResumed" in summary && summary.isResumed, before };
  } catch (error) {
    const { code, exitCode } = asEtlError(error);
    return { exit: exitCode, code, isResumed: false, before };
  }
}

/** How things stand now. */
export async function standingOf({ database }: SyncBench): Promise<Standing> {
  const digests = CLAIMS_TABLES.map(
    (table) =>
      `(select coalesce(md5(string_agg(md5(t::text), '' order by md5(t::text))), '') from ${table} as t)`,
  );
  const [row] = await database.rows<{ digest: string; ids: string[] | null; at: Date | null; runs: number }>(
    `select ${digests.join(" || ")} as digest,
      (select array_agg(eob_id order by eob_id) from ab2d.claim_version) as ids,
      (select max(exported_at) from ab2d_etl.watermark) as at,
      (select count(*) from ab2d_etl.run) as runs`,
  );
  return { digest: row!.digest, eobIds: row!.ids ?? [], watermark: row!.at?.getTime(), runs: row!.runs };
}

/** Looks at everything that an attempt leaves: exit code, claims tables, watermark, ledger, landing folder. */
export async function expectOutcome(
  bench: SyncBench,
  { exit, code, before }: Attempt,
  wanted: Outcome,
  { version = "v2", comparesLastUpdated = true }: OutcomeOptions = {},
): Promise<void> {
  expect({ exit, code }).toMatchObject({ exit: wanted.exit, ...(wanted.code ? { code: wanted.code } : {}) });
  if (wanted.exit === ExitCode.ok || wanted.exit === ExitCode.completeWithGaps) expect(code).toBeUndefined();
  await expectLedger(bench, before, wanted);
  await expectWatermark(bench, { before, wanted, version });
  await expectTables(bench, { before, wanted, version, comparesLastUpdated });
  await expectLanding(bench, wanted);
}

async function expectLedger({ database }: SyncBench, before: Standing, wanted: Outcome): Promise<void> {
  const runs = await database.rows<{ run_id: number; state: string; gaps: string[] }>(
    "select run_id, state, gaps from ab2d_etl.run order by run_id desc",
  );
  const run = runs[0];
  if (wanted.state === "none") {
    expect(runs.length).toBe(before.runs);
  } else {
    expect({ state: run?.state, gaps: run?.gaps }).toEqual({
      state: wanted.state,
      gaps: [...(wanted.gaps ?? [])],
    });
    const jobs = await database.rows<{ state: string }>(
      "select state from ab2d_etl.export_job where run_id = $1 order by asked_at, job_id",
      [run!.run_id],
    );
    expect(jobs.map(({ state }) => state)).toEqual(wanted.jobs);
    expect(runs.slice(1).filter(({ state }) => state === "open")).toEqual([]);
  }
  await expectAccounts({ database });
}

/** Every line has one outcome, nothing is staged any more, and what the counters say is what the tables hold. */
async function expectAccounts({ database }: Pick<SyncBench, "database">): Promise<void> {
  expect(
    await database.rows(
      `select file_name, state from ab2d_etl.output_file
      where kind = 'data' and line_count <> new_count + newer_count + unchanged_count + stale_count
        + duplicate_count + excluded_count + rejected_count + blank_count`,
    ),
  ).toEqual([]);
  const [sums] = await database.rows(
    `select coalesce(sum(new_count), 0)::integer = (select count(*) from ab2d_etl.eob) as eobs,
      coalesce(sum(new_count), 0)::integer = (select count(*) from ab2d.claim_version) as versions,
      coalesce(sum(rejected_count), 0)::integer = (select count(*) from ab2d_etl.rejected_line) as rejected,
      not exists (select from ab2d_etl.staged_line) and not exists (select from ab2d_etl.staged_mbi)
        and not exists (select from ab2d_etl.touched_family) as staged,
      not exists (select from ab2d_etl.run as r where (state = 'complete_with_gaps') = (gaps = '{}')) as gaps,
      not exists (
        select from ab2d_etl.output_file join ab2d_etl.run using (run_id)
        where ab2d_etl.run.state like 'complete%'
          and (output_file.state = 'listed' or (kind = 'data' and output_file.state = 'landed'))
      ) as loaded
    from ab2d_etl.output_file where state = 'loaded'`,
  );
  expect(sums).toEqual({
    eobs: true,
    versions: true,
    rejected: true,
    staged: true,
    gaps: true,
    loaded: true,
  });
}

async function expectWatermark(
  { database, clock }: SyncBench,
  {
    before,
    wanted,
    version,
  }: { readonly before: Standing; readonly wanted: Outcome; readonly version: ApiVersion },
): Promise<void> {
  const rows = await database.rows<{ exported_at: Date; state: string }>(
    `select exported_at, state from ab2d_etl.watermark join ab2d_etl.run using (run_id)
    where watermark.source_system = $1`,
    [sourceSystemOf(version)],
  );
  const now = rows[0]?.exported_at.getTime();
  if (wanted.watermark === "none") return expect(rows).toEqual([]);
  expect(rows.map(({ state }) => state)).toEqual(["complete"]);
  if (wanted.watermark === "held") return expect(now).toBe(before.watermark);
  expect(now).toBeGreaterThan(before.watermark ?? 0);
  expect(now).toBeLessThanOrEqual(clock.now().getTime());
}

interface TablesOptions extends Required<OutcomeOptions> {
  readonly before: Standing;
  readonly wanted: Outcome;
}

async function expectTables(
  bench: SyncBench,
  { before, wanted: { tables }, version, comparesLastUpdated }: TablesOptions,
): Promise<void> {
  if (tables === "unchanged") return expect((await standingOf(bench)).digest).toBe(before.digest);
  const held = await heldClaims(bench, version);
  await expectChildren(bench);
  if (tables === "empty") {
    for (const table of CLAIMS_TABLES) expect(await bench.database.rows(`select from ${table}`)).toEqual([]);
  } else if (tables === "truth") {
    const shown = (claims: readonly Claim[]) =>
      comparesLastUpdated ? claims : claims.map(({ last_updated: _unknown, ...claim }) => claim);
    expect(shown(held)).toEqual(shown(await trueClaims(bench, version)));
  } else if (tables === "part") {
    const known = new Set((await trueClaims(bench, version)).map(({ eob_id }) => eob_id));
    expect(held.filter(({ eob_id }) => !known.has(eob_id))).toEqual([]);
    expect(held.length).toBeLessThan(known.size);
  } else {
    expect(Object.fromEntries(held.map((claim) => [claim.eob_id, claim.is_current]))).toEqual(tables);
  }
}

/** No unfinished download is left, and every file that is, the ledger knows; after a run that ended well, only what it refers to. */
async function expectLanding({ landingDir, database }: SyncBench, { state }: Outcome): Promise<void> {
  const entries = await readdir(landingDir, { recursive: true, withFileTypes: true });
  const onDisk = entries
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name));
  const known = await database.rows<{ landed_path: string }>(
    `select distinct landed_path from ab2d_etl.output_file
    where landed_path is not null and ($1 or state = 'landed'
      or exists (select from ab2d_etl.rejected_line as l where l.output_file_id = output_file.output_file_id and line is null))`,
    [state !== "complete"],
  );
  const paths = new Set(known.map(({ landed_path }) => landed_path));
  expect(onDisk.filter((path) => !paths.has(path))).toEqual([]);
}

/** The next undisturbed runs: they end with exit 0, and everything is in. What still runs at AB2D ends before. */
export async function expectHealed(
  bench: SyncBench,
  {
    version = "v2",
    tables = "truth",
    comparesLastUpdated,
  }: OutcomeOptions & Pick<Partial<Outcome>, "tables"> = {},
): Promise<void> {
  bench.simulator.setFaults([]);
  bench.clock.advance(days(3));
  const sync = () => attempt(bench, () => bench.sync({ apiVersion: version }));
  const first = await sync();
  expect({ exit: first.exit, code: first.code }).toEqual({ exit: ExitCode.ok, code: undefined });
  const last = first.isResumed ? await sync() : first;
  const options = { version, ...(comparesLastUpdated === undefined ? {} : { comparesLastUpdated }) };
  const watermark = (await deliveredLines(bench)) > 0 ? "advanced" : "held";
  await expectOutcome(bench, last, { ...WELL, tables, watermark }, options);
}

/** The lines of the newest run. One without any is no proof that nothing was new, and moves no watermark. */
async function deliveredLines({ database }: SyncBench): Promise<number> {
  const [row] = await database.rows<{ lines: number }>(
    `select coalesce(sum(line_count), 0)::integer as lines from ab2d_etl.output_file
    where run_id = (select max(run_id) from ab2d_etl.run) and kind = 'data'`,
  );
  return row!.lines;
}

/** An attempt that is expected to end otherwise than well, and the undisturbed one after it. */
export async function expectStop(
  bench: SyncBench,
  wanted: Outcome,
  doing?: () => Promise<RunSummary | SeriesSummary>,
): Promise<void> {
  await expectOutcome(bench, await attempt(bench, doing), wanted);
  await expectHealed(bench);
}
