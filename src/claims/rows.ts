import type { RowOf } from "../postgres/columns.ts";

/** `ab2d.claim_version`: one row per EOB id. */
export const CLAIM_VERSION = {
  eob_id: "text",
  source_system: "text",
  api_version: "text",
  claim_id: "text?",
  claim_group_id: "text?",
  claim_control_number: "text?",
  claim_family_key: "text",
  status: "text",
  final_action: "text?",
  is_final: "boolean",
  is_current: "boolean",
  version_number: "int4",
  last_updated: "timestamptz?",
  beneficiary_id: "text",
  patient_id: "text",
  claim_type: "text",
  claim_type_code: "text?",
  claim_form: "text?",
  near_line_record_code: "text?",
  claim_query_code: "text?",
  facility_type_code: "text?",
  service_classification_code: "text?",
  coverage_part: "text?",
  service_from: "date",
  service_to: "date",
  drg_code: "text?",
  principal_diagnosis_code: "text?",
  admitting_diagnosis_code: "text?",
  billing_npi: "text?",
  facility_npi: "text?",
  facility_ccn: "text?",
  attending_npi: "text?",
  operating_npi: "text?",
  other_operating_npi: "text?",
  referring_npi: "text?",
  line_count: "int4",
  diagnosis_count: "int4",
  procedure_count: "int4",
  is_part2_restricted: "boolean",
  meta_source: "text?",
  content_sha256: "bytea",
  first_seen_at: "timestamptz",
  superseded_at: "timestamptz?",
} as const;

/** `ab2d.claim_line`: one row per item of a current claim. */
export const CLAIM_LINE = {
  eob_id: "text",
  line_number: "int4",
  beneficiary_id: "text",
  claim_type: "text",
  service_from: "date",
  service_to: "date",
  service_date_source: "text",
  hcpcs_code: "text?",
  hcpcs_system: "text?",
  hipps_code: "text?",
  ndc_code: "text?",
  ndc_raw: "text?",
  quantity: "numeric?",
  ndc_quantity: "numeric?",
  ndc_quantity_unit: "text?",
  anesthesia_units: "numeric?",
  place_of_service_code: "text?",
  provider_state_code: "text?",
  provider_zip: "text?",
  pricing_locality_code: "text?",
  pricing_state_code: "text?",
  supplier_type_code: "text?",
  provider_type_code: "text?",
  clia_lab_number: "text?",
  rendering_npi: "text?",
  rendering_specialty_code: "text?",
  line_diagnosis_code: "text?",
  diagnosis_sequences: "int4[]",
  care_team_sequences: "int4[]",
} as const;

/** `ab2d.claim_diagnosis`: one row per coded diagnosis of a current claim. */
export const CLAIM_DIAGNOSIS = {
  eob_id: "text",
  diagnosis_number: "int4",
  beneficiary_id: "text",
  claim_type: "text",
  service_from: "date",
  service_to: "date",
  code: "text",
  code_raw: "text",
  code_system: "text?",
  description: "text?",
  is_principal: "boolean",
  is_admitting: "boolean",
  is_external_cause: "boolean",
  is_reason_for_visit: "boolean",
  diagnosis_types: "text[]",
  present_on_admission: "text?",
} as const;

/** `ab2d.claim_procedure`: one row per coded ICD procedure of a current claim. */
export const CLAIM_PROCEDURE = {
  eob_id: "text",
  procedure_number: "int4",
  beneficiary_id: "text",
  claim_type: "text",
  procedure_date: "date?",
  code: "text",
  code_raw: "text",
  code_system: "text?",
  description: "text?",
  is_principal: "boolean?",
} as const;

/** `ab2d.claim_provider`: one row per person or organisation, and role, of a current claim. */
export const CLAIM_PROVIDER = {
  eob_id: "text",
  provider_number: "int4",
  beneficiary_id: "text",
  claim_type: "text",
  service_from: "date",
  service_to: "date",
  role: "text",
  role_raw: "text?",
  care_team_sequence: "int4?",
  npi: "text?",
  id_raw: "text",
  id_type: "text",
  provider_name: "text?",
  specialty_code: "text?",
  taxonomy_code: "text?",
  participating_code: "text?",
  provider_type_code: "text?",
  is_responsible: "boolean?",
} as const;

export type ClaimVersionRow = RowOf<typeof CLAIM_VERSION>;
export type ClaimLineRow = RowOf<typeof CLAIM_LINE>;
export type ClaimDiagnosisRow = RowOf<typeof CLAIM_DIAGNOSIS>;
export type ClaimProcedureRow = RowOf<typeof CLAIM_PROCEDURE>;
export type ClaimProviderRow = RowOf<typeof CLAIM_PROVIDER>;

/** What an EOB alone says of its claim; the columns that need the database are filled in when it is stored. */
export type ClaimHeader = Omit<
  ClaimVersionRow,
  "is_current" | "version_number" | "content_sha256" | "first_seen_at" | "superseded_at"
>;

/** The rows of a claim below its header; they exist for current claims only. */
export interface ClaimChildren {
  readonly lines: readonly ClaimLineRow[];
  readonly diagnoses: readonly ClaimDiagnosisRow[];
  readonly procedures: readonly ClaimProcedureRow[];
  readonly providers: readonly ClaimProviderRow[];
}

/** A Medicare Beneficiary Identifier that AB2D stamped on an EOB at export time. */
export interface StampedMbi {
  readonly mbi: string;
  readonly currency: "current" | "historic" | "unknown";
}

/** Why a well-formed EOB is not loaded, by policy: it never holds the watermark. */
export type ExclusionReason = "part_d" | "prior_authorization";

/** Why an EOB can't be loaded: it is kept whole as a rejected line. */
export type MappingRejection =
  | "not_an_object"
  | "not_an_eob"
  | "api_version_mismatch"
  | "id_missing"
  | "patient_missing"
  | "status_missing"
  | "status_unknown"
  | "billable_period_missing"
  | "date_invalid"
  | "number_invalid"
  | "last_updated_invalid"
  | "sequence_missing"
  | "sequence_duplicate"
  | "final_action_unknown"
  | "part2_restricted"
  | "text_not_storable"
  | "key_too_long";

/** What an EOB becomes. */
export type MappedEob =
  | {
      readonly kind: "claim";
      readonly header: ClaimHeader;
      readonly children: ClaimChildren;
      readonly mbis: readonly StampedMbi[];
    }
  | { readonly kind: "excluded"; readonly reason: ExclusionReason }
  | { readonly kind: "rejected"; readonly reason: MappingRejection };
