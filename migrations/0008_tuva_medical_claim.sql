-- For the Tuva Project: the claims in the shape of its input layer.

-- Columns, their order, names and types as models/input_layer/stg_input_layer__medical_claim.yml of tuva-health/tuva has them at commit
-- d227474. Earlier releases had data_source before file_name. Tuva reads columns by name, so either is served. What AB2D does
-- not send is null.

-- Grain: one row per line of a current claim; a claim without lines has one row, numbered 1, so that its diagnoses are not lost.
-- Diagnoses, procedures and lines are looked up claim by claim, by primary key: nothing is sorted as a whole, and rows come at once.
create view ab2d.tuva_medical_claim with (security_invoker = true) as
select
  claim.eob_id as claim_id,
  coalesce(claim_line.line_number, 1) as claim_line_number,
  coalesce(claim.claim_form, 'undetermined') as claim_type,
  person.person_id,
  person.current_mbi as member_id,
  'medicare'::text as payer,
  'medicare'::text as plan,
  claim.service_from as claim_start_date,
  claim.service_to as claim_end_date,
  coalesce(claim_line.service_from, claim.service_from) as claim_line_start_date,
  coalesce(claim_line.service_to, claim.service_to) as claim_line_end_date,
  case when claim.claim_type in ('inpatient', 'snf') then claim.service_from end as admission_date,
  case when claim.claim_type in ('inpatient', 'snf') then claim.service_to end as discharge_date,
  null::text as admit_source_code,
  null::text as admit_type_code,
  null::text as discharge_disposition_code,
  claim_line.place_of_service_code,
  null::text as bill_type_code,
  case when claim.drg_code is not null then 'ms-drg' end as drg_code_type,
  claim.drg_code,
  null::text as revenue_center_code,
  claim_line.quantity as service_unit_quantity,
  claim_line.hcpcs_code,
  null::text as hcpcs_modifier_1,
  null::text as hcpcs_modifier_2,
  null::text as hcpcs_modifier_3,
  null::text as hcpcs_modifier_4,
  null::text as hcpcs_modifier_5,
  claim_line.rendering_npi,
  null::text as rendering_tin,
  claim.billing_npi,
  null::text as billing_tin,
  claim.facility_npi,
  null::date as paid_date,
  null::numeric as paid_amount,
  null::numeric as allowed_amount,
  null::numeric as charge_amount,
  null::numeric as coinsurance_amount,
  null::numeric as copayment_amount,
  null::numeric as deductible_amount,
  null::numeric as total_cost_amount,
  lower(diagnosis.code_system) as diagnosis_code_type,
  diagnosis.codes[1] as diagnosis_code_1,
  diagnosis.codes[2] as diagnosis_code_2,
  diagnosis.codes[3] as diagnosis_code_3,
  diagnosis.codes[4] as diagnosis_code_4,
  diagnosis.codes[5] as diagnosis_code_5,
  diagnosis.codes[6] as diagnosis_code_6,
  diagnosis.codes[7] as diagnosis_code_7,
  diagnosis.codes[8] as diagnosis_code_8,
  diagnosis.codes[9] as diagnosis_code_9,
  diagnosis.codes[10] as diagnosis_code_10,
  diagnosis.codes[11] as diagnosis_code_11,
  diagnosis.codes[12] as diagnosis_code_12,
  diagnosis.codes[13] as diagnosis_code_13,
  diagnosis.codes[14] as diagnosis_code_14,
  diagnosis.codes[15] as diagnosis_code_15,
  diagnosis.codes[16] as diagnosis_code_16,
  diagnosis.codes[17] as diagnosis_code_17,
  diagnosis.codes[18] as diagnosis_code_18,
  diagnosis.codes[19] as diagnosis_code_19,
  diagnosis.codes[20] as diagnosis_code_20,
  diagnosis.codes[21] as diagnosis_code_21,
  diagnosis.codes[22] as diagnosis_code_22,
  diagnosis.codes[23] as diagnosis_code_23,
  diagnosis.codes[24] as diagnosis_code_24,
  diagnosis.codes[25] as diagnosis_code_25,
  diagnosis.present_on_admission[1] as diagnosis_poa_1,
  diagnosis.present_on_admission[2] as diagnosis_poa_2,
  diagnosis.present_on_admission[3] as diagnosis_poa_3,
  diagnosis.present_on_admission[4] as diagnosis_poa_4,
  diagnosis.present_on_admission[5] as diagnosis_poa_5,
  diagnosis.present_on_admission[6] as diagnosis_poa_6,
  diagnosis.present_on_admission[7] as diagnosis_poa_7,
  diagnosis.present_on_admission[8] as diagnosis_poa_8,
  diagnosis.present_on_admission[9] as diagnosis_poa_9,
  diagnosis.present_on_admission[10] as diagnosis_poa_10,
  diagnosis.present_on_admission[11] as diagnosis_poa_11,
  diagnosis.present_on_admission[12] as diagnosis_poa_12,
  diagnosis.present_on_admission[13] as diagnosis_poa_13,
  diagnosis.present_on_admission[14] as diagnosis_poa_14,
  diagnosis.present_on_admission[15] as diagnosis_poa_15,
  diagnosis.present_on_admission[16] as diagnosis_poa_16,
  diagnosis.present_on_admission[17] as diagnosis_poa_17,
  diagnosis.present_on_admission[18] as diagnosis_poa_18,
  diagnosis.present_on_admission[19] as diagnosis_poa_19,
  diagnosis.present_on_admission[20] as diagnosis_poa_20,
  diagnosis.present_on_admission[21] as diagnosis_poa_21,
  diagnosis.present_on_admission[22] as diagnosis_poa_22,
  diagnosis.present_on_admission[23] as diagnosis_poa_23,
  diagnosis.present_on_admission[24] as diagnosis_poa_24,
  diagnosis.present_on_admission[25] as diagnosis_poa_25,
  lower(procedure.code_system) as procedure_code_type,
  procedure.codes[1] as procedure_code_1,
  procedure.codes[2] as procedure_code_2,
  procedure.codes[3] as procedure_code_3,
  procedure.codes[4] as procedure_code_4,
  procedure.codes[5] as procedure_code_5,
  procedure.codes[6] as procedure_code_6,
  procedure.codes[7] as procedure_code_7,
  procedure.codes[8] as procedure_code_8,
  procedure.codes[9] as procedure_code_9,
  procedure.codes[10] as procedure_code_10,
  procedure.codes[11] as procedure_code_11,
  procedure.codes[12] as procedure_code_12,
  procedure.codes[13] as procedure_code_13,
  procedure.codes[14] as procedure_code_14,
  procedure.codes[15] as procedure_code_15,
  procedure.codes[16] as procedure_code_16,
  procedure.codes[17] as procedure_code_17,
  procedure.codes[18] as procedure_code_18,
  procedure.codes[19] as procedure_code_19,
  procedure.codes[20] as procedure_code_20,
  procedure.codes[21] as procedure_code_21,
  procedure.codes[22] as procedure_code_22,
  procedure.codes[23] as procedure_code_23,
  procedure.codes[24] as procedure_code_24,
  procedure.codes[25] as procedure_code_25,
  procedure.dates[1] as procedure_date_1,
  procedure.dates[2] as procedure_date_2,
  procedure.dates[3] as procedure_date_3,
  procedure.dates[4] as procedure_date_4,
  procedure.dates[5] as procedure_date_5,
  procedure.dates[6] as procedure_date_6,
  procedure.dates[7] as procedure_date_7,
  procedure.dates[8] as procedure_date_8,
  procedure.dates[9] as procedure_date_9,
  procedure.dates[10] as procedure_date_10,
  procedure.dates[11] as procedure_date_11,
  procedure.dates[12] as procedure_date_12,
  procedure.dates[13] as procedure_date_13,
  procedure.dates[14] as procedure_date_14,
  procedure.dates[15] as procedure_date_15,
  procedure.dates[16] as procedure_date_16,
  procedure.dates[17] as procedure_date_17,
  procedure.dates[18] as procedure_date_18,
  procedure.dates[19] as procedure_date_19,
  procedure.dates[20] as procedure_date_20,
  procedure.dates[21] as procedure_date_21,
  procedure.dates[22] as procedure_date_22,
  procedure.dates[23] as procedure_date_23,
  procedure.dates[24] as procedure_date_24,
  procedure.dates[25] as procedure_date_25,
  null::boolean as in_network_flag,
  null::text as file_name,
  null::date as file_date,
  claim.first_seen_at as ingest_datetime,
  'cms-ab2d'::text as data_source
from ab2d.claim
join ab2d.person using (beneficiary_id)
left join lateral (
  -- Principal diagnoses first, and of several the one that is claim.principal_diagnosis_code. A code that is listed twice counts
  -- once. The type is one for the whole claim: codes of another system than the first one's are left out. So are, as in CCW's 25,
  -- codes that are nothing but the diagnosis at admission, the reason for the visit or an external cause.
  select
    listed.code_system,
    array_agg(listed.code order by listed.place) as codes,
    array_agg(listed.present_on_admission order by listed.place) as present_on_admission
  from (
    select
      claim_diagnosis.code_system,
      claim_diagnosis.code,
      (array_agg(claim_diagnosis.present_on_admission order by claim_diagnosis.diagnosis_number)
        filter (where claim_diagnosis.present_on_admission is not null))[1] as present_on_admission,
      min(array[(not claim_diagnosis.is_principal)::integer, claim_diagnosis.diagnosis_number]) as place
    from ab2d.claim_diagnosis
    where claim_diagnosis.eob_id = claim.eob_id
      and claim_diagnosis.code_system is not null
      and not claim_diagnosis.diagnosis_types <@ array[
        'admitting', 'patientreasonforvisit', 'reason-for-visit', 'externalcauseofinjury', 'external', 'external-first'
      ]
    group by claim_diagnosis.code_system, claim_diagnosis.code
  ) as listed
  group by listed.code_system
  order by min(listed.place)
  limit 1
) as diagnosis on true
left join lateral (
  select
    listed.code_system,
    array_agg(listed.code order by listed.place) as codes,
    array_agg(listed.procedure_date order by listed.place) as dates
  from (
    select
      claim_procedure.code_system,
      claim_procedure.code,
      claim_procedure.procedure_date,
      min(array[(claim_procedure.is_principal is not true)::integer, claim_procedure.procedure_number]) as place
    from ab2d.claim_procedure
    where claim_procedure.eob_id = claim.eob_id
      and claim_procedure.code_system is not null
    group by claim_procedure.code_system, claim_procedure.code, claim_procedure.procedure_date
  ) as listed
  group by listed.code_system
  order by min(listed.place)
  limit 1
) as procedure on true
left join lateral (
  select
    claim_line.line_number,
    claim_line.service_from,
    claim_line.service_to,
    claim_line.place_of_service_code,
    claim_line.quantity,
    claim_line.hcpcs_code,
    claim_line.rendering_npi
  from ab2d.claim_line
  where claim_line.eob_id = claim.eob_id
  order by claim_line.line_number
) as claim_line on true;
