-- Question 10: Who had an adverse drug event, a fall or a fracture?
-- Asked by: the medication safety team.
-- Grain of the result: one row per person, list and day, newest first.
-- Parameters: as_of (date): the 12 months that end with this day.
-- Result: person_id, current_mbi, list_name, service_from, codes, claim_types, claims.
-- Caveats: The lists adverse-drug-event and fall-fracture of ab2d.code_list are samples: a clinician should own them.
--   Follow-up visits and sequelae carry the same codes, so days are not events.
--   Substance use disorder claims are left out by CMS: never read absence as absence.
select
  person.person_id,
  person.current_mbi,
  condition_evidence.list_name,
  condition_evidence.service_from,
  array_agg(distinct condition_evidence.code) as codes,
  array_agg(distinct condition_evidence.claim_type) as claim_types,
  count(distinct condition_evidence.eob_id) as claims
from ab2d.condition_evidence
join ab2d.person using (beneficiary_id)
where condition_evidence.list_name in ('adverse-drug-event', 'fall-fracture')
  and condition_evidence.service_from >= (:as_of::date - interval '12 months')::date
  and condition_evidence.service_from < :as_of::date + 1
group by person.person_id, person.current_mbi, condition_evidence.list_name, condition_evidence.service_from
order by condition_evidence.service_from desc, person.person_id, condition_evidence.list_name;
