-- Puts right what a patient's id says of it, and removes patients whose id neither a claim nor an MBI has and contradicts them.
-- Parameters: none.
-- Result: none.
with known as materialized (
  select beneficiary_id
  from ab2d.claim_version
  union
  select beneficiary_id
  from ab2d.beneficiary_identifier
),
removed as (
  delete from ab2d.patient
  where beneficiary_id <> source_system || ':' || patient_id
    and not exists (
      select
      from known
      where known.beneficiary_id = patient.beneficiary_id
    )
)
update ab2d.patient
set
  source_system = split_part(patient.beneficiary_id, ':', 1),
  patient_id = substr(patient.beneficiary_id, strpos(patient.beneficiary_id, ':') + 1)
from known
where patient.beneficiary_id = known.beneficiary_id
  and patient.beneficiary_id <> patient.source_system || ':' || patient.patient_id;
