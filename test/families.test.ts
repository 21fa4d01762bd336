import { isDeepStrictEqual } from "node:util";
import { afterAll, describe, expect, it } from "vitest";
import { switchSource } from "../src/claims/switch-source.ts";
import type { SourceSystem } from "../src/domain/api-version.ts";
import { type ContractNumber, parseContractNumber } from "../src/domain/contract-number.ts";
import { transaction } from "../src/postgres/transaction.ts";
import type { Delivery } from "./support/family-history.ts";
import { currentMbis, currentVersions, knownMbis, newestTexts } from "./support/family-model.ts";
import { familyScenario, type Run, type Switch } from "./support/family-scenario.ts";
import { type FreshDatabase, freshDatabase } from "./support/fresh-database.ts";
import { loadContents } from "./support/load-lines.ts";

/** How many histories, and the first seed: `npm run campaign:families` makes a campaign of it, and a seed can be run alone. */
const FAMILIES = Number(process.env["AB2D_TEST_FAMILIES"] ?? 200);
const FIRST_SEED = Number(process.env["AB2D_TEST_FAMILY_SEED"] ?? 1);
/** Histories that share a database and its files: they share no id. */
const AT_ONCE = 100;

const CONTRACTS = ["Z9999", "Z8888"].map((number) => parseContractNumber(number) as ContractNumber);

/** Does it, and tells how many lines it brought. */
async function perform(act: Run | Switch, database: FreshDatabase): Promise<number> {
  const contract = CONTRACTS[act.contract]!;
  if ("to" in act) {
    await transaction(database.pool, (tx) =>
      switchSource({ contract, to: act.to }, tx, { familiesAtOnce: 30 }),
    );
    return 0;
  }
  const { run, counts } = await loadContents(
    database,
    Object.fromEntries(act.files.map((lines, index) => [`${index}.ndjson`, lines])),
    {
      contract,
      apiVersion: act.version,
      loaders: act.loaders,
      ...(act.exportedAt === null ? {} : { exportedAt: new Date(act.exportedAt / 1000) }),
    },
  );
  expect(run).toMatchObject({ state: "complete", gaps: [] });
  expect(counts).toMatchObject({ rejected: 0, excluded: 0, blank: 0 });
  return act.files.flat().length;
}

/** What the model says of a history, in the form of `held`. */
function expected(
  deliveries: readonly Delivery[],
  sources: readonly SourceSystem[],
): Record<string, unknown> {
  const current = currentVersions(deliveries, sources);
  const mbis = currentMbis(deliveries);
  const rows: Record<string, unknown> = {};
  for (const newest of newestTexts(deliveries)) {
    const isCurrent = current.includes(newest);
    rows[newest.eobId] = {
      api_version: newest.version,
      family: newest.family,
      status: newest.status,
      final_action: newest.finalAction,
      last_updated: newest.lastUpdated,
      beneficiary: newest.beneficiary,
      text: newest.line,
      line_count: newest.quantities.length,
      diagnosis_count: newest.codes.length,
      is_current: isCurrent,
      is_shown: isCurrent,
      contracts: CONTRACTS.filter((_, contract) =>
        deliveries.some((line) => line.eobId === newest.eobId && line.contract === contract),
      ).sort(),
      quantities: isCurrent ? newest.quantities : [],
      codes: isCurrent ? newest.codes : [],
    };
  }
  for (const beneficiary of new Set(deliveries.map((line) => line.beneficiary))) {
    const days = current.filter((claim) => claim.beneficiary === beneficiary).map(({ from }) => from);
    rows[beneficiary] = {
      current_mbi: mbis.find((known) => known.beneficiary === beneficiary)?.mbi ?? null,
      first_service: days.sort()[0] ?? null,
      last_service: days.length > 0 ? "2024-02-05" : null,
    };
  }
  for (const known of knownMbis(deliveries)) {
    const { beneficiary, mbi, currency, exportedAt } = known;
    rows[`${beneficiary} ${mbi}`] = {
      currency,
      exported_at: exportedAt,
      is_current: mbis.some((other) => other.beneficiary === beneficiary && other.mbi === mbi),
    };
  }
  return rows;
}

const micros = (column: string) => `(extract(epoch from nullif(${column}, '-infinity')) * 1000000)::bigint`;

/** What the database holds: its versions by EOB id, its beneficiaries and their MBIs. */
async function held(database: FreshDatabase): Promise<Map<string, unknown>> {
  const rows = await database.rows<{ key: string }>(`
    select
      eob_id as key, claim_version.api_version, claim_family_key as family, status, final_action,
      ${micros("last_updated")} as last_updated, beneficiary_id as beneficiary, eob.resource::text as text, line_count,
      diagnosis_count, is_current,
      exists (select from ab2d.claim where claim.eob_id = claim_version.eob_id) as is_shown,
      array(
        select contract_number from ab2d.claim_contract where claim_contract.eob_id = claim_version.eob_id order by 1
      ) as contracts,
      array(
        select quantity::integer from ab2d.claim_line where claim_line.eob_id = claim_version.eob_id order by line_number
      ) as quantities,
      array(
        select code from ab2d.claim_diagnosis where claim_diagnosis.eob_id = claim_version.eob_id
        order by diagnosis_number
      ) as codes
    from ab2d.claim_version
    join ab2d_etl.eob using (eob_id)`);
  const beneficiaries = await database.rows<{ key: string }>(`
    select
      beneficiary_id as key, current_mbi, first_service_date::text as first_service,
      last_service_date::text as last_service
    from ab2d.beneficiary`);
  const identifiers = await database.rows<{ key: string }>(`
    select
      beneficiary_id || ' ' || mbi as key, currency, ${micros("exported_at")} as exported_at, is_current
    from ab2d.beneficiary_identifier`);
  return new Map([...rows, ...beneficiaries, ...identifiers].map(({ key, ...row }) => [key, row]));
}

/** What must be nowhere, whatever came. */
async function expectNothingLeftOver(database: FreshDatabase): Promise<void> {
  const [row] = await database.rows(`
    select
      (select count(*) from (
        select eob_id from ab2d.claim_line union select eob_id from ab2d.claim_diagnosis
        union select eob_id from ab2d.claim_procedure union select eob_id from ab2d.claim_provider
        except select eob_id from ab2d.claim
      ) as orphan) as orphans,
      (select count(*) from (
        select from ab2d.claim_version group by claim_family_key
        having min(version_number) <> 1 or max(version_number) <> count(*)
          or count(distinct version_number) <> count(*)
      ) as family) as misnumbered_families,
      (select count(*) from ab2d_etl.eob) - (select count(*) from ab2d.claim_version) as surplus_texts,
      (select count(*) from ab2d_etl.touched_family) + (select count(*) from ab2d_etl.staged_mbi)
        + (select count(*) from ab2d_etl.staged_line) as staged_rows`);
  expect(row).toEqual({ orphans: 0, misnumbered_families: 0, surplus_texts: 0, staged_rows: 0 });
}

/** Of the lines of a history what tells them apart. */
function brief(deliveries: readonly Delivery[]): string[] {
  return deliveries.map(({ line, codes, quantities, mbis, place, ...told }) =>
    Object.entries({ ...told, mbis: mbis.map(({ mbi, currency }) => `${mbi} ${currency}`) })
      .map(([name, value]) => `${name} ${value}`)
      .join(", "),
  );
}

const tally = {
  histories: 0,
  versions: 0,
  families: 0,
  contested: 0,
  tied: 0,
  current: 0,
  lines: 0,
  runs: 0,
  switches: 0,
};

/** Counts what a history puts to the test: families with several versions that might be current, and with ties among them. */
function count(deliveries: readonly Delivery[], sources: readonly SourceSystem[]): void {
  const newest = newestTexts(deliveries);
  const current = currentVersions(deliveries, sources);
  tally.versions += newest.length;
  tally.families += new Set(newest.map(({ family }) => family)).size;
  tally.current += current.length;
  for (const claim of current) {
    const rivals = newest.filter(
      (other) =>
        other !== claim &&
        other.family === claim.family &&
        other.status === "active" &&
        other.finalAction !== "NotFinalAction",
    );
    if (rivals.length > 0) tally.contested += 1;
    if (rivals.some(({ lastUpdated }) => lastUpdated === claim.lastUpdated)) tally.tied += 1;
  }
}

describe("load() of the histories of claim families agrees with a model of which version is current", () => {
  const seeds = Array.from({ length: Math.ceil(FAMILIES / AT_ONCE) }, (_, index) => FIRST_SEED + index);

  it.each(seeds)(`seed %i: ${AT_ONCE} histories`, { timeout: 120_000 }, async (seed) => {
    const { histories, steps, ...scenario } = familyScenario(seed, { histories: AT_ONCE });
    const sources = [...scenario.sources];
    const database = await freshDatabase();
    for (const [index, contract] of CONTRACTS.entries()) {
      await database.rows(
        "insert into ab2d.contract (contract_number, active_source_system) values ($1, $2)",
        [contract, sources[index]],
      );
    }
    for (const step of steps) {
      const lines = await Promise.all(step.map((act) => perform(act, database)));
      for (const each of lines) tally.lines += each;
      for (const act of step) {
        if ("to" in act) sources[act.contract] = act.to;
        tally["to" in act ? "switches" : "runs"] += 1;
      }
    }

    const actual = await held(database);
    const divergent: unknown[] = [];
    for (const [number, deliveries] of histories.entries()) {
      const wanted = expected(deliveries, sources);
      for (const [key, row] of Object.entries(wanted)) {
        if (!isDeepStrictEqual(actual.get(key), row))
          divergent.push({
            history: number,
            key,
            held: actual.get(key),
            wanted: row,
            deliveries: brief(deliveries),
          });
        actual.delete(key);
      }
      count(deliveries, sources);
    }
    expect(JSON.stringify(divergent.slice(0, 2), null, 1)).toBe("[]");
    expect([...actual.keys()]).toEqual([]);
    await expectNothingLeftOver(database);
    tally.histories += histories.length;
  });

  afterAll(() => {
    process.stdout.write(
      `families: ${Object.entries(tally)
        .map(([name, value]) => `${value} ${name}`)
        .join(", ")}\n`,
    );
  });
});
