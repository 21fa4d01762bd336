import { expect } from "vitest";
import { type ApiVersion, sourceSystemOf } from "../../src/domain/api-version.ts";
import type { SyncBench } from "./sync-bench.ts";

/** A claim version, as far as AB2D itself says what is true of it. */
export interface Claim {
  readonly eob_id: string;
  readonly is_current: boolean;
  readonly last_updated: Date;
  readonly claim_family_key: string;
  readonly patient_id: string;
}

/** The claims that are held, by id. */
export function heldClaims(
  { database }: { readonly database: Pick<SyncBench["database"], "rows"> },
  version: ApiVersion,
): Promise<Claim[]> {
  return database.rows<Claim>(
    `select eob_id, is_current, last_updated, claim_family_key, patient_id from ab2d.claim_version
    where source_system = $1 order by eob_id`,
    [sourceSystemOf(version)],
  );
}

/** Where claims come from and where they are. */
type Ends = Pick<SyncBench, "simulator" | "contract"> & {
  readonly database: Pick<SyncBench["database"], "rows">;
};

/** The claims that AB2D has now, or had at an instant, by id; none is current in a source that is not the contract's. */
export async function trueClaims(
  { simulator, contract, database }: Ends,
  version: ApiVersion,
  at?: Date,
): Promise<Claim[]> {
  const [source] = await database.rows<{ active: string }>(
    "select active_source_system as active from ab2d.contract where contract_number = $1",
    [contract],
  );
  const isShown = source?.active === sourceSystemOf(version);
  return [...simulator.population(contract, at).claims[version]]
    .map((claim) => ({
      eob_id: claim.eobId,
      is_current: claim.isCurrent && isShown,
      last_updated: claim.lastUpdated,
      claim_family_key: version === "v3" ? `idr-${claim.familyKey}` : claim.familyKey,
      patient_id: claim.patientId,
    }))
    .sort((a, b) => (a.eob_id < b.eob_id ? -1 : 1));
}

/** Children belong to current claims only, in the numbers that the header says; each claim is its contract's and has its text. */
export async function expectChildren({ database, contract }: Omit<Ends, "simulator">): Promise<void> {
  const [row] = await database.rows(
    `select
      not exists (
        select from ab2d.claim_line left join ab2d.claim using (eob_id) where claim.eob_id is null
      ) as no_orphans,
      (select coalesce(sum(line_count), 0)::integer from ab2d.claim) = (select count(*) from ab2d.claim_line) as lines,
      (select count(*) from ab2d.claim_version)
        = (select count(*) from ab2d.claim_contract where contract_number = $1) as contracts,
      (select count(*) from ab2d.claim_contract where contract_number <> $1)::integer as foreign_claims,
      not exists (
        select from ab2d.claim_version left join ab2d_etl.eob using (eob_id) where eob.eob_id is null
      ) as texts,
      not exists (
        select from ab2d.claim_version left join ab2d.beneficiary using (beneficiary_id)
        where beneficiary.beneficiary_id is null
      ) as beneficiaries`,
    [contract],
  );
  expect(row).toEqual({
    no_orphans: true,
    lines: true,
    contracts: true,
    foreign_claims: 0,
    texts: true,
    beneficiaries: true,
  });
}
