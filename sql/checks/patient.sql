-- Beneficiaries of claims or MBIs that patient lacks, and patients whose columns contradict their id or their MBIs.
-- Grain of the result: one row per beneficiary.
-- Parameters: none.
-- Result: beneficiary_id, problem.
with known as (
  select beneficiary_id
  from ab2d.claim_version
  union
  select beneficiary_id
  from ab2d.beneficiary_identifier
)
select
  coalesce(known.beneficiary_id, patient.beneficiary_id) as beneficiary_id,
  case when patient.beneficiary_id is null then 'missing' else 'contradicts its id or its MBIs' end as problem
from known
full join ab2d.patient on patient.beneficiary_id = known.beneficiary_id
left join ab2d.beneficiary_identifier
  on beneficiary_identifier.beneficiary_id = patient.beneficiary_id
  and beneficiary_identifier.is_current
where patient.beneficiary_id is null
  or patient.beneficiary_id <> patient.source_system || ':' || patient.patient_id
  or patient.current_mbi is distinct from beneficiary_identifier.mbi;
