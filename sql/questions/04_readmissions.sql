-- Question 04: Which members came back to hospital within 30 days of a discharge, for whatever cause?
-- Asked by: the care coordination team.
-- Grain of the result: one row per discharge that a readmission followed; newest first.
-- Parameters: none.
-- Result: person_id, current_mbi, admitted, discharged, drg_code, readmitted, days_to_readmission, readmission_drg_code.
-- Caveats: A stay is the person's inpatient claims that overlap or follow within a day, so that interim bills and transfers make
--     one stay.
--   In drg_code is that of the stay's last claim that has one, in readmission_drg_code that of the readmission's first claim
--     that has one.
--   Interim bills make one stay only while none between them is missing: a gap looks like a readmission, and the last bill held
--     like a discharge.
--   A true readmission on the day after discharge cannot be told from a transfer, for AB2D sends no discharge status.
--   Planned readmissions, rehabilitation and long-term hospitals cannot be told apart either.
--   Admission and discharge are the claim's first and last day.
with inpatient as (
  select
    person.person_id,
    person.current_mbi,
    claim.eob_id,
    claim.service_from,
    claim.service_to,
    claim.drg_code,
    max(claim.service_to) over (
      partition by person.person_id
      order by claim.service_from, claim.service_to, claim.eob_id
      rows between unbounded preceding and 1 preceding
    ) as earlier_to
  from ab2d.claim
  join ab2d.person using (beneficiary_id)
  where claim.claim_type = 'inpatient'
),
numbered as (
  select
    *,
    count(*) filter (where earlier_to is null or service_from > earlier_to + 1) over (
      partition by person_id
      order by service_from, service_to, eob_id
    ) as stay_number
  from inpatient
),
stay as (
  select
    person_id,
    current_mbi,
    stay_number,
    min(service_from) as admitted,
    max(service_to) as discharged,
    (array_agg(drg_code order by service_to desc, service_from desc, eob_id) filter (where drg_code is not null))[1] as drg_code,
    (array_agg(drg_code order by service_from, service_to, eob_id) filter (where drg_code is not null))[1] as admission_drg_code
  from numbered
  group by person_id, current_mbi, stay_number
),
followed_stay as (
  select
    *,
    lead(admitted) over next_stay as readmitted,
    lead(admission_drg_code) over next_stay as readmission_drg_code
  from stay
  window next_stay as (partition by person_id order by stay_number)
)
select
  person_id,
  current_mbi,
  admitted,
  discharged,
  drg_code,
  readmitted,
  readmitted - discharged as days_to_readmission,
  readmission_drg_code
from followed_stay
where readmitted <= discharged + 30
order by discharged desc, person_id;
