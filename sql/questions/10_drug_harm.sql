-- Question 10: Who had an adverse drug event, a fall or a fracture?
-- Asked by: the medication safety team.
-- Grain of the result: one row per person, list and day, newest first.
-- Parameter: as_of (date): the 12 months that end with this day.
-- Result: person_id, current_mbi, list_name, service_from, codes, claim_types, claims.
-- Caveats: The lists adverse-drug-event and fall-fracture of ab2d.code_list are samples: a clinician should own them.
--   Follow-up visits and sequelae carry the same codes, so days are not events.
--   Substance use disorder claims are left out by CMS: never read absence as absence.
with evidence as (
  -- By beneficiary first: that leaves few rows to be joined with the persons.
  select
    beneficiary_id,
    list_name,
    service_from,
    code,
    claim_type,
    eob_id
  from ab2d.condition_evidence
  where list_name in ('adverse-drug-event', 'fall-fracture')
    and service_from > (:as_of::date - interval '12 months')::date
    and service_from < :as_of::date + 1
  group by beneficiary_id, list_name, service_from, code, claim_type, eob_id
)
select
  person.person_id,
  person.current_mbi,
  evidence.list_name,
  evidence.service_from,
  array_agg(distinct evidence.code) as codes,
  array_agg(distinct evidence.claim_type) as claim_types,
  count(distinct evidence.eob_id) as claims
from evidence
join ab2d.person using (beneficiary_id)
group by person.person_id, person.current_mbi, evidence.list_name, evidence.service_from
order by evidence.service_from desc, person.person_id, evidence.list_name;
