-- Question 01: Which members have three or more of the core chronic conditions that medication therapy management targets?
-- Asked by: the MTM pharmacist who sets up the quarterly targeting list.
-- Grain of the result: one row per person with at least three conditions.
-- Parameter: as_of (date): the 24 months that end with this day are looked at.
-- Result: person_id, current_mbi, core_conditions, conditions, last_evidence.
-- Caveats: A condition counts with one inpatient or SNF claim, or with claims on two different days.
--   The lists mtm:* of ab2d.code_list are samples of 42 CFR 423.153(d)(2): a clinician should own them.
--   Substance use disorder claims are left out by CMS, and a new member's earlier claims are not held: absence proves nothing.
--   Includes people who have left the contract or opted out: join your roster; claim_contract.not_delivered_since marks claims
--     that are no longer delivered.
with evidence as (
  select
    beneficiary_id,
    list_name,
    min(service_from) as first_day,
    max(service_from) as last_day,
    max(service_to) as last_evidence,
    bool_or(claim_type in ('inpatient', 'snf')) as has_stay
  from ab2d.condition_evidence
  where starts_with(list_name, 'mtm:')
    and service_from > (:as_of::date - interval '24 months')::date
    and service_from < :as_of::date + 1
  group by beneficiary_id, list_name
),
condition as (
  select
    person.person_id,
    person.current_mbi,
    evidence.list_name,
    max(evidence.last_evidence) as last_evidence
  from evidence
  join ab2d.person using (beneficiary_id)
  group by person.person_id, person.current_mbi, evidence.list_name
  having bool_or(evidence.has_stay) or min(evidence.first_day) <> max(evidence.last_day)
)
select
  person_id,
  current_mbi,
  count(*) as core_conditions,
  array_agg(substr(list_name, 5) order by list_name) as conditions,
  max(last_evidence) as last_evidence
from condition
group by person_id, current_mbi
having count(*) >= 3
order by core_conditions desc, person_id;
