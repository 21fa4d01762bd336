-- Question 05: Who was discharged from a hospital or a SNF in the last 14 days and is not in one again?
-- Asked by: the pharmacist who reviews medication after a discharge.
-- Grain of the result: one row per person: the last stay.
-- Parameter: as_of (date): the 14 days up to this day, it included.
-- Result: person_id, current_mbi, claim_type, admitted, discharged, drg_code, principal_diagnosis_code, attending_npi, eob_id,
--     first_seen_at.
-- Caveats: A stay is the person's inpatient and SNF claims that overlap or follow within a day; the other columns are its last
--     claim's.
--   Claims come weeks late: take for as_of the newest day whose claims are held, or most discharges are missing.
--   A stay is followed back for twelve months.
--   A stay whose last bill is an interim one (claim_query_code 1) is no discharge yet; V3 often lacks it, and such a stay is
--     listed then.
--   Includes people who have left the contract or opted out: join your roster; claim_contract.not_delivered_since marks claims
--     that are no longer delivered.
with institutional as (
  select
    person.person_id,
    person.current_mbi,
    claim.eob_id,
    claim.claim_type,
    claim.service_from,
    claim.service_to,
    claim.claim_query_code,
    claim.drg_code,
    claim.principal_diagnosis_code,
    claim.attending_npi,
    claim.first_seen_at,
    max(claim.service_to) over (
      partition by person.person_id
      order by claim.service_from, claim.service_to, claim.eob_id
      rows between unbounded preceding and 1 preceding
    ) as earlier_to
  from ab2d.claim
  join ab2d.person using (beneficiary_id)
  where claim.claim_type in ('inpatient', 'snf')
    and claim.service_to > (:as_of::date - interval '12 months')::date
    and claim.service_from < :as_of::date + 1
),
numbered as (
  select
    *,
    count(*) filter (where earlier_to is null or service_from > earlier_to + 1) over (
      partition by person_id
      order by service_from, service_to, eob_id
    ) as stay_number
  from institutional
),
in_stay as (
  select
    *,
    min(service_from) over stay as admitted,
    max(service_to) over stay as discharged
  from numbered
  window stay as (partition by person_id, stay_number)
),
last_stay as (
  select distinct on (person_id) *
  from in_stay
  order by person_id, stay_number desc, service_to desc, service_from desc, eob_id
)
select
  person_id,
  current_mbi,
  claim_type,
  admitted,
  discharged,
  drg_code,
  principal_diagnosis_code,
  attending_npi,
  eob_id,
  first_seen_at
from last_stay
where discharged > :as_of::date - 14
  and discharged < :as_of::date + 1
  and claim_query_code is distinct from '1'
order by discharged desc, person_id;
