-- Claims: every version of every claim with its header, the lines, diagnoses, procedures and providers of the current ones,
-- the beneficiaries with every MBI ever seen, and the EOBs as received.
-- No foreign keys on bulk tables (three times slower to fill); `ab2d verify` checks them. No triggers, and no unique index
-- without eob_id but the family's, so that the tables can be distributed by eob_id.

-- Grain: one row per EOB id: the newest text received, and what decides which text is newest.
create table ab2d_etl.eob (
  eob_id text collate "C" primary key,
  api_version text not null,
  -- meta.lastUpdated, or the start of its export if that is earlier; -infinity without one.
  ranked_at timestamptz not null,
  -- The start of the export that delivered this very text, as it ranks: of several the one by which the text is newest.
  exported_at timestamptz not null,
  -- The start of the newest export that delivered this very text: its MBIs count from then.
  stamped_at timestamptz not null,
  line_sha256 bytea not null,
  output_file_id bigint not null,
  line_number bigint not null,
  -- The MBIs that AB2D stamped on the text, and each one's currency.
  mbis text[] not null,
  mbi_currencies text[] not null,
  resource json not null
);

do $$
begin
  alter table ab2d_etl.eob alter column resource set compression lz4;
exception
  -- A server built without lz4 keeps its default compression.
  when feature_not_supported or invalid_parameter_value then null;
end
$$;

-- Grain: one row per EOB id, which is one version of a claim.
create table ab2d.claim_version (
  eob_id text collate "C" not null,
  source_system text not null,
  api_version text not null,
  claim_id text,
  claim_group_id text,
  claim_control_number text,
  claim_family_key text collate "C" not null,
  status text not null,
  final_action text,
  is_final boolean not null,
  is_current boolean not null,
  version_number integer not null,
  last_updated timestamptz,
  beneficiary_id text collate "C" not null,
  patient_id text not null,
  claim_type text not null,
  claim_type_code text,
  claim_form text,
  near_line_record_code text,
  claim_query_code text,
  facility_type_code text,
  service_classification_code text,
  coverage_part text,
  service_from date not null,
  service_to date not null,
  drg_code text,
  principal_diagnosis_code text,
  admitting_diagnosis_code text,
  billing_npi text,
  facility_npi text,
  facility_ccn text,
  attending_npi text,
  operating_npi text,
  other_operating_npi text,
  referring_npi text,
  line_count integer not null,
  diagnosis_count integer not null,
  procedure_count integer not null,
  is_part2_restricted boolean not null,
  meta_source text,
  content_sha256 bytea not null,
  first_seen_at timestamptz not null,
  superseded_at timestamptz,
  primary key (eob_id),
  constraint source_system_is_ccw_or_idr check (source_system in ('ccw', 'idr')),
  constraint current_version_is_final check (is_final or not is_current)
);

create unique index one_current_version_per_family on ab2d.claim_version (claim_family_key) where is_current;
create index claim_version_claim_family_key on ab2d.claim_version (claim_family_key);
create index claim_version_beneficiary_id on ab2d.claim_version (beneficiary_id, service_from);

-- Grain: one row per line (FHIR item) of a current claim.
create table ab2d.claim_line (
  eob_id text collate "C" not null,
  line_number integer not null,
  beneficiary_id text collate "C" not null,
  claim_type text not null,
  service_from date not null,
  service_to date not null,
  service_date_source text not null,
  hcpcs_code text,
  hcpcs_system text,
  hipps_code text,
  ndc_code text,
  ndc_raw text,
  quantity numeric,
  ndc_quantity numeric,
  ndc_quantity_unit text,
  anesthesia_units numeric,
  place_of_service_code text,
  provider_state_code text,
  provider_zip text,
  pricing_locality_code text,
  pricing_state_code text,
  supplier_type_code text,
  provider_type_code text,
  clia_lab_number text,
  rendering_npi text,
  rendering_specialty_code text,
  line_diagnosis_code text,
  diagnosis_sequences integer[] not null,
  care_team_sequences integer[] not null,
  primary key (eob_id, line_number)
);

-- Grain: one row per coded diagnosis of a current claim.
create table ab2d.claim_diagnosis (
  eob_id text collate "C" not null,
  diagnosis_number integer not null,
  beneficiary_id text collate "C" not null,
  claim_type text not null,
  service_from date not null,
  service_to date not null,
  code text not null,
  code_raw text not null,
  code_system text,
  description text,
  is_principal boolean not null,
  is_admitting boolean not null,
  is_external_cause boolean not null,
  is_reason_for_visit boolean not null,
  diagnosis_types text[] not null,
  present_on_admission text,
  primary key (eob_id, diagnosis_number)
);

create index claim_diagnosis_code on ab2d.claim_diagnosis (code text_pattern_ops);

-- Grain: one row per coded ICD procedure of a current claim.
create table ab2d.claim_procedure (
  eob_id text collate "C" not null,
  procedure_number integer not null,
  beneficiary_id text collate "C" not null,
  claim_type text not null,
  procedure_date date,
  code text not null,
  code_raw text not null,
  code_system text,
  description text,
  is_principal boolean,
  primary key (eob_id, procedure_number)
);

-- Grain: one row per person or organisation, and role, of a current claim.
create table ab2d.claim_provider (
  eob_id text collate "C" not null,
  provider_number integer not null,
  beneficiary_id text collate "C" not null,
  claim_type text not null,
  service_from date not null,
  service_to date not null,
  role text not null,
  role_raw text,
  care_team_sequence integer,
  npi text,
  id_raw text not null,
  id_type text not null,
  provider_name text,
  specialty_code text,
  taxonomy_code text,
  participating_code text,
  provider_type_code text,
  is_responsible boolean,
  primary key (eob_id, provider_number)
);

-- Grain: one row per claim version and contract that it was delivered to.
create table ab2d.claim_contract (
  eob_id text collate "C" not null,
  contract_number text collate "C" not null,
  first_run_id bigint not null,
  first_seen_at timestamptz not null default now(),
  primary key (eob_id, contract_number)
);

create index claim_contract_contract_number on ab2d.claim_contract (contract_number);

-- Grain: one row per patient id of a source system.
create table ab2d.beneficiary (
  beneficiary_id text collate "C" primary key,
  source_system text not null,
  patient_id text not null,
  current_mbi text collate "C",
  first_service_date date,
  last_service_date date,
  first_seen_at timestamptz not null default now()
);

-- Grain: one row per beneficiary and MBI ever seen for it.
create table ab2d.beneficiary_identifier (
  beneficiary_id text collate "C" not null,
  mbi text collate "C" not null,
  is_current boolean not null,
  currency text not null,
  exported_at timestamptz not null,
  first_seen_at timestamptz not null default now(),
  primary key (beneficiary_id, mbi),
  constraint currency_is_known check (currency in ('current', 'historic', 'unknown')),
  constraint current_mbi_is_called_current check (currency = 'current' or not is_current)
);

create unique index one_current_mbi_per_beneficiary on ab2d.beneficiary_identifier (beneficiary_id) where is_current;
create index beneficiary_identifier_mbi on ab2d.beneficiary_identifier (mbi);

-- Grain: one row per claim: the current version of its family.
create view ab2d.claim with (security_invoker = true) as
select
  eob_id,
  source_system,
  api_version,
  claim_id,
  claim_group_id,
  claim_control_number,
  claim_family_key,
  status,
  final_action,
  version_number,
  last_updated,
  beneficiary_id,
  patient_id,
  claim_type,
  claim_type_code,
  claim_form,
  near_line_record_code,
  claim_query_code,
  facility_type_code,
  service_classification_code,
  coverage_part,
  service_from,
  service_to,
  drg_code,
  principal_diagnosis_code,
  admitting_diagnosis_code,
  billing_npi,
  facility_npi,
  facility_ccn,
  attending_npi,
  operating_npi,
  other_operating_npi,
  referring_npi,
  line_count,
  diagnosis_count,
  procedure_count,
  is_part2_restricted,
  meta_source,
  content_sha256,
  first_seen_at
from ab2d.claim_version
where is_current;

-- Grain: one row per claim version: where it stands in its family.
-- The current one is the newest final version among those whose source system is the active one of a contract that holds them.
create view ab2d_etl.family_order with (security_invoker = true) as
with version as (
  select
    eob_id,
    claim_family_key,
    last_updated,
    is_final,
    is_final and exists (
      select
      from ab2d.claim_contract
      join ab2d.contract using (contract_number)
      where claim_contract.eob_id = claim_version.eob_id
        and contract.active_source_system = claim_version.source_system
    ) as is_eligible
  from ab2d.claim_version
)
select
  eob_id,
  claim_family_key,
  row_number() over oldest_first as version_number,
  is_eligible and row_number() over best_first = 1 as should_be_current
from version
window
  oldest_first as (partition by claim_family_key order by last_updated nulls first, is_final, eob_id),
  best_first as (partition by claim_family_key order by is_eligible desc, last_updated desc nulls last, eob_id desc);

-- Grain: one row per beneficiary with an MBI that is called current: the newest of those.
create view ab2d_etl.newest_mbi with (security_invoker = true) as
select distinct on (beneficiary_id)
  beneficiary_id,
  mbi
from ab2d.beneficiary_identifier
where currency = 'current'
order by beneficiary_id, exported_at desc, mbi desc;
