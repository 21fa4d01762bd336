import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { CONTRACT } from "./claim-files.ts";
import { psql } from "./copy-ready-rows.ts";
import type { Command } from "./measure.ts";

/** A coding's code under a system, of a concept or of any element that has `coding`. */
const VARIABLES = "https://bluebutton.cms.gov/resources/variables/";
const codeUnder = (concept: string, system: string): string =>
  `(jsonb_path_query_first(${concept}, '$.coding[*] ? (@.system == "${system}").code') #>> '{}')`;
const extensionCode = (element: string, name: string): string =>
  `(jsonb_path_query_first(${element}, '$.extension[*] ? (@.url == "${VARIABLES}${name}").valueCoding.code') #>> '{}')`;
const identifier = (system: string): string =>
  `(jsonb_path_query_first(doc, '$.identifier[*] ? (@.system == "${system}").value') #>> '{}')`;

/**
 * The script that database people write: whole lines into a staging table, the rest in SQL. One transaction, one psql session.
 *
 * It leaves out: what several versions of the API differ in, a good quarter of the columns (the codes that lines take from the care
 * team, provider names and kinds, MBIs and members), which of two texts of an EOB is newer beyond lastUpdated, which version of
 * a family is current beyond `status`, rejected lines (the first bad one ends it), counts and fingerprints. It reads every line
 * whole, whether it is held or not.
 */
export async function flattenInSql(
  folder: string,
  { files, url }: { readonly files: readonly string[]; readonly url: string },
): Promise<Command> {
  const script = join(folder, "flatten.sql");
  // A quote and a delimiter that JSON text cannot hold make CSV a format that takes a line as it is.
  const copies = files.map(
    (file) => `\\copy staged (line) from '${file}' with (format csv, quote e'\\x01', delimiter e'\\x02')`,
  );
  await writeFile(script, `${STAGING}\n${copies.join("\n")}\n${FLATTENING}\n`);
  return psql(url, script);
}

const STAGING = `
create unlogged table staged (line text not null, doc jsonb not null generated always as (line::jsonb) stored);`;

const FLATTENING = `
analyze staged;

create unlogged table header as
select distinct on (doc ->> 'id')
  line,
  doc,
  doc ->> 'id' as eob_id,
  (doc -> 'meta' ->> 'lastUpdated')::timestamptz as last_updated,
  ${identifier(`${VARIABLES}clm_id`)} as claim_id,
  ${identifier("https://bluebutton.cms.gov/resources/identifier/claim-group")} as claim_group_id,
  doc ->> 'status' as status,
  'ccw:' || split_part(doc -> 'patient' ->> 'reference', '/', 2) as beneficiary_id,
  split_part(doc -> 'patient' ->> 'reference', '/', 2) as patient_id,
  split_part(doc ->> 'id', '-', 1) as claim_type,
  (doc -> 'billablePeriod' ->> 'start')::date as service_from,
  (doc -> 'billablePeriod' ->> 'end')::date as service_to
from staged
order by doc ->> 'id', (doc -> 'meta' ->> 'lastUpdated')::timestamptz desc;

insert into ab2d_etl.eob as held (eob_id, api_version, ranked_at, exported_at, stamped_at, line_sha256, output_file_id, line_number, mbis, mbi_currencies, resource)
select eob_id, 'v2', last_updated, '-infinity', '-infinity', sha256(convert_to(line, 'UTF8')), 1, 1, '{}', '{}', line::json
from header
on conflict (eob_id) do update
set (ranked_at, line_sha256, resource) = (excluded.ranked_at, excluded.line_sha256, excluded.resource)
where excluded.ranked_at > held.ranked_at;

insert into ab2d.claim_version as held (
  eob_id, source_system, api_version, claim_id, claim_group_id, claim_family_key, status, is_final, is_current, version_number,
  last_updated, beneficiary_id, patient_id, claim_type, claim_type_code, near_line_record_code, claim_query_code,
  facility_type_code, drg_code, service_from, service_to, principal_diagnosis_code, line_count, diagnosis_count, procedure_count, is_part2_restricted,
  content_sha256, first_seen_at
)
select
  eob_id, 'ccw', 'v2', claim_id, claim_group_id, 'group:' || claim_group_id, status, status = 'active', status = 'active', 1,
  last_updated, beneficiary_id, patient_id, claim_type,
  ${codeUnder("doc -> 'type'", `${VARIABLES}nch_clm_type_cd`)},
  ${extensionCode("doc", "nch_near_line_rec_ident_cd")},
  ${extensionCode("doc -> 'billablePeriod'", "claim_query_cd")},
  ${extensionCode("doc -> 'facility'", "clm_fac_type_cd")},
  jsonb_path_query_first(doc, '$.supportingInfo[*].code.coding[*] ? (@.system == "${VARIABLES}clm_drg_cd").code') #>> '{}',
  service_from, service_to,
  jsonb_path_query_first(doc, '$.diagnosis[*] ? (@.type[*].coding[*].code == "principal").diagnosisCodeableConcept.coding[0].code') #>> '{}',
  coalesce(jsonb_array_length(doc -> 'item'), 0),
  coalesce(jsonb_array_length(doc -> 'diagnosis'), 0),
  coalesce(jsonb_array_length(doc -> 'procedure'), 0),
  false,
  sha256(convert_to(line, 'UTF8')),
  now()
from header
on conflict (eob_id) do update
set (status, is_final, is_current, last_updated, content_sha256)
  = (excluded.status, excluded.is_final, excluded.is_current, excluded.last_updated, excluded.content_sha256)
where excluded.last_updated > held.last_updated;

insert into ab2d.claim_line (
  eob_id, line_number, beneficiary_id, claim_type, service_from, service_to, service_date_source, hcpcs_code, quantity,
  place_of_service_code, provider_state_code, provider_zip, pricing_locality_code, diagnosis_sequences, care_team_sequences
)
select
  eob_id,
  (item ->> 'sequence')::integer,
  beneficiary_id,
  claim_type,
  coalesce((item -> 'servicedPeriod' ->> 'start')::date, (item ->> 'servicedDate')::date, service_from),
  coalesce((item -> 'servicedPeriod' ->> 'end')::date, (item ->> 'servicedDate')::date, service_to),
  case when item ? 'servicedPeriod' or item ? 'servicedDate' then 'line' else 'claim' end,
  ${codeUnder("item -> 'productOrService'", "https://bluebutton.cms.gov/resources/codesystem/hcpcs")},
  (item -> 'quantity' ->> 'value')::numeric,
  ${codeUnder("item -> 'locationCodeableConcept'", `${VARIABLES}line_place_of_srvc_cd`)},
  ${extensionCode("item -> 'locationCodeableConcept'", "prvdr_state_cd")},
  ${extensionCode("item -> 'locationCodeableConcept'", "prvdr_zip")},
  ${extensionCode("item -> 'locationCodeableConcept'", "carr_line_prcng_lclty_cd")},
  array(select jsonb_array_elements_text(item -> 'diagnosisSequence')::integer),
  array(select jsonb_array_elements_text(item -> 'careTeamSequence')::integer)
from header
cross join jsonb_path_query(doc, '$.item[*]') as item
where status = 'active'
on conflict (eob_id, line_number) do update
set (service_from, service_to, hcpcs_code, quantity) = (excluded.service_from, excluded.service_to, excluded.hcpcs_code, excluded.quantity);

insert into ab2d.claim_diagnosis (
  eob_id, diagnosis_number, beneficiary_id, claim_type, service_from, service_to, code, code_raw, code_system, description,
  is_principal, is_admitting, is_external_cause, is_reason_for_visit, diagnosis_types
)
select
  eob_id,
  (diagnosis ->> 'sequence')::integer,
  beneficiary_id,
  claim_type,
  service_from,
  service_to,
  replace(coding ->> 'code', '.', ''),
  coding ->> 'code',
  'ICD-10-CM',
  coding ->> 'display',
  types ? 'principal',
  types ? 'admitting',
  types ? 'externalcauseofinjury',
  types ? 'patientreasonforvisit',
  array(select jsonb_array_elements_text(types))
from header
cross join jsonb_path_query(doc, '$.diagnosis[*]') as diagnosis
cross join jsonb_path_query_first(diagnosis, '$.diagnosisCodeableConcept.coding[0]') as coding
cross join jsonb_path_query_array(diagnosis, '$.type[*].coding[*].code') as types
where status = 'active'
on conflict (eob_id, diagnosis_number) do update
set (code, code_raw, description, diagnosis_types) = (excluded.code, excluded.code_raw, excluded.description, excluded.diagnosis_types);

insert into ab2d.claim_procedure (eob_id, procedure_number, beneficiary_id, claim_type, procedure_date, code, code_raw, code_system, description)
select
  eob_id,
  (procedure ->> 'sequence')::integer,
  beneficiary_id,
  claim_type,
  left(procedure ->> 'date', 10)::date,
  coding ->> 'code',
  coding ->> 'code',
  'ICD-10-PCS',
  coding ->> 'display'
from header
cross join jsonb_path_query(doc, '$.procedure[*]') as procedure
cross join jsonb_path_query_first(procedure, '$.procedureCodeableConcept.coding[0]') as coding
where status = 'active'
on conflict (eob_id, procedure_number) do update
set (procedure_date, code, code_raw, description) = (excluded.procedure_date, excluded.code, excluded.code_raw, excluded.description);

insert into ab2d.claim_provider (
  eob_id, provider_number, beneficiary_id, claim_type, service_from, service_to, role, role_raw, care_team_sequence, npi, id_raw, id_type, provider_name, specialty_code
)
select
  eob_id,
  row_number() over (partition by eob_id order by (member ->> 'sequence')::integer),
  beneficiary_id,
  claim_type,
  service_from,
  service_to,
  member -> 'role' -> 'coding' -> 0 ->> 'code',
  member -> 'role' -> 'coding' -> 0 ->> 'code',
  (member ->> 'sequence')::integer,
  case when member -> 'provider' -> 'identifier' ->> 'value' ~ '^[0-9]{10}$' then member -> 'provider' -> 'identifier' ->> 'value' end,
  member -> 'provider' -> 'identifier' ->> 'value',
  lower(member -> 'provider' -> 'identifier' -> 'type' -> 'coding' -> 0 ->> 'code'),
  member -> 'provider' ->> 'display',
  ${codeUnder("member -> 'qualification'", `${VARIABLES}prvdr_spclty`)}
from header
cross join jsonb_path_query(doc, '$.careTeam[*] ? (exists (@.provider.identifier.value))') as member
where status = 'active'
on conflict (eob_id, provider_number) do update
set (role, npi, id_raw, provider_name) = (excluded.role, excluded.npi, excluded.id_raw, excluded.provider_name);

insert into ab2d.claim_contract (eob_id, contract_number, first_run_id)
select eob_id, '${CONTRACT}', 1
from header
on conflict do nothing;

drop table staged, header;`;
