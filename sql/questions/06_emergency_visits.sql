-- Question 06: Who went to an emergency department in the last 12 months, and how often?
-- Asked by: the care management team, to find preventable visits.
-- Grain of the result: one row per person with a visit.
-- Parameters: as_of (date): the 12 months that end with this day.
-- Result: person_id, current_mbi, emergency_days, last_emergency_day.
-- Caveats: A visit shows as HCPCS 99281 to 99285 or G0380 to G0384, or place of service 23, for AB2D sends no revenue codes.
--   Days are counted, not visits, so that the hospital's and the physician's claim count once; two visits on a day count once too.
--   A visit that ended in admission is often billed without such a line.
--   A line without its own date has the claim's first day.
with emergency as (
  select distinct
    beneficiary_id,
    service_from
  from ab2d.claim_line
  where (
      hcpcs_code in (
        '99281', '99282', '99283', '99284', '99285',
        'G0380', 'G0381', 'G0382', 'G0383', 'G0384'
      )
      or place_of_service_code = '23'
    )
    and service_from >= (:as_of::date - interval '12 months')::date
    and service_from < :as_of::date + 1
)
select
  person.person_id,
  person.current_mbi,
  count(distinct emergency.service_from) as emergency_days,
  max(emergency.service_from) as last_emergency_day
from emergency
join ab2d.person using (beneficiary_id)
group by person.person_id, person.current_mbi
order by emergency_days desc, last_emergency_day desc, person.person_id;
