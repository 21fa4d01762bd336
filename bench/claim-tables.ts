/** The tables that hold claims, in the order in which the loader fills them. */
export const CLAIM_TABLES = [
  "ab2d_etl.eob",
  "ab2d.claim_version",
  "ab2d.claim_line",
  "ab2d.claim_diagnosis",
  "ab2d.claim_procedure",
  "ab2d.claim_provider",
  "ab2d.claim_contract",
  "ab2d.patient",
  "ab2d.beneficiary_identifier",
  "ab2d.beneficiary_contract",
] as const;

export type ClaimTable = (typeof CLAIM_TABLES)[number];
