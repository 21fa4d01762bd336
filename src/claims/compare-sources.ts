import type { SourceSystem } from "../domain/api-version.ts";
import type { Transaction } from "../postgres/transaction.ts";

/** Figures of a contract's claims of one source system, or of one claim type of it. */
export interface SourceFigures {
  readonly versions: number;
  readonly families: number;
  /** What analysts see. */
  readonly current_claims: number;
  readonly current_beneficiaries: number;
  /** From here on: what they see, or would see, with this source active. */
  readonly claims: number;
  readonly beneficiaries: number;
  readonly lines: number;
  readonly diagnoses: number;
  /** `YYYY-MM-DD`; null without claims. */
  readonly first_service: string | null;
  readonly last_service: string | null;
  readonly newest_update: Date | null;
}

/** A contract's claims of both source systems, side by side. Counts only. */
export interface SourceComparison {
  readonly sources: Readonly<Record<SourceSystem, SourceFigures>>;
  /** By claim type, those that either source has. */
  readonly claimTypes: readonly (Readonly<Record<SourceSystem, SourceFigures>> & {
    readonly claim_type: string;
  })[];
  /** Beneficiaries with claims, by the sources that know one of their MBIs. */
  readonly members: { readonly in_both: number; readonly in_ccw_only: number; readonly in_idr_only: number };
}

const NOTHING: SourceFigures = {
  versions: 0,
  families: 0,
  current_claims: 0,
  current_beneficiaries: 0,
  claims: 0,
  beneficiaries: 0,
  lines: 0,
  diagnoses: 0,
  first_service: null,
  last_service: null,
  newest_update: null,
};

/**
 * Sets what is held of a contract in `ccw` and `idr` side by side, so that a person can judge a source before analysts see it.
 * The sources share no claim id: figures and members can be compared, single claims can't.
 */
export async function compareSources(contract: string, tx: Transaction): Promise<SourceComparison> {
  const values = { contract_number: contract };
  const rows = await tx.run<SourceFigures & { source_system: SourceSystem; claim_type: string | null }>(
    "claims/compare_sources",
    values,
  );
  const [members] = await tx.run<SourceComparison["members"]>("claims/match_members", values);
  const figures = (claimType: string | null): Record<SourceSystem, SourceFigures> => {
    const both = { ccw: NOTHING, idr: NOTHING };
    for (const { source_system, claim_type, ...row } of rows)
      if (claim_type === claimType) both[source_system] = row;
    return both;
  };
  const types = new Set(rows.flatMap(({ claim_type }) => claim_type ?? []));
  return {
    sources: figures(null),
    claimTypes: [...types].sort().map((claim_type) => ({ claim_type, ...figures(claim_type) })),
    members: members ?? { in_both: 0, in_ccw_only: 0, in_idr_only: 0 },
  };
}
