-- Question 11: Who is in hospice, home health care or a SNF now?
-- Asked by: the MTM team, since the setting decides how a review can be delivered.
-- Grain of the result: one row per person and claim type: the newest claim.
-- Parameter: as_of (date): claims that reach into the 60 days up to this day.
-- Result: person_id, current_mbi, claim_type, service_from, service_to, days_since, eob_id.
-- Caveats: Claims come late, so a claim that ended within 60 days is taken for care that goes on; days_since says how long ago
--     it ended, 0 if it had not.
--   AB2D sends no discharge status: whoever died or went home is here until the 60 days are over.
--   Includes people who have left the contract or opted out: join your roster; claim_contract.not_delivered_since marks claims
--     that are no longer delivered.
select distinct on (person.person_id, claim.claim_type)
  person.person_id,
  person.current_mbi,
  claim.claim_type,
  claim.service_from,
  claim.service_to,
  greatest(:as_of::date - claim.service_to, 0) as days_since,
  claim.eob_id
from ab2d.claim
join ab2d.person using (beneficiary_id)
where claim.claim_type in ('hospice', 'hha', 'snf')
  and claim.service_to >= :as_of::date - 60
  and claim.service_from < :as_of::date + 1
order by person.person_id, claim.claim_type, claim.service_to desc, claim.service_from desc, claim.eob_id;
