-- Question 08: Who was newly diagnosed with diabetes in the last 90 days?
-- Asked by: the MTM pharmacist, to meet members as therapy begins.
-- Grain of the result: one row per person.
-- Parameter: as_of (date): the 90 days up to this day, it included.
-- Result: person_id, current_mbi, first_diagnosed, first_service_date.
-- Caveats: New means none of the codes of list mtm:diabetes in the 365 days before, and claims held from at least that long ago.
--   Whoever was diagnosed longer ago, and had a year without it, is here again.
--   One claim is enough, so a diagnosis that was only suspected is here too.
--   Claims of a gap in membership are not held, which looks like a year without diagnosis.
--   Includes people who have left the contract or opted out: join your roster; claim_contract.not_delivered_since marks claims
--     that are no longer delivered.
with evidence as (
  select
    beneficiary_id,
    min(service_from) filter (where service_from > :as_of::date - 90) as first_diagnosed,
    max(service_from) filter (where service_from <= :as_of::date - 90) as diagnosed_before
  from ab2d.condition_evidence
  where list_name = 'mtm:diabetes'
    and service_from > :as_of::date - 90 - 365
    and service_from < :as_of::date + 1
  group by beneficiary_id
),
held as (
  select
    beneficiary_id,
    min(first_service_date) as first_service_date
  from ab2d.beneficiary_contract
  group by beneficiary_id
)
select
  person.person_id,
  person.current_mbi,
  min(evidence.first_diagnosed) as first_diagnosed,
  min(held.first_service_date) as first_service_date
from ab2d.person
left join evidence using (beneficiary_id)
left join held using (beneficiary_id)
group by person.person_id, person.current_mbi
having min(held.first_service_date) <= min(evidence.first_diagnosed) - 365
  and (max(evidence.diagnosed_before) >= min(evidence.first_diagnosed) - 365) is not true
order by first_diagnosed desc, person.person_id;
