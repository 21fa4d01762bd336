-- Question 06: Who went to an emergency department in the last 12 months, and how often?
-- Asked by: the care management team, to find preventable visits.
-- Grain of the result: one row per person with a visit.
-- Parameter: as_of (date): the 12 months that end with this day.
-- Result: person_id, current_mbi, emergency_days, last_emergency_day.
-- Caveats: A visit shows as HCPCS 99281 to 99285 or G0380 to G0384, or place of service 23, for AB2D sends no revenue codes.
--   Days are counted, not visits, so that the hospital's and the physician's claim count once; two visits on a day count once
--     too.
--   A visit that ended in admission is often billed without such a line.
--   A line without its own date has the claim's first day, and is no visit of its own when a known emergency day of the person
--     lies within the claim's days.
--   A person whose contracts take V2 and V3 may have a claim in both: see ab2d.possible_duplicate_claim.
with emergency as (
  select distinct
    beneficiary_id,
    service_from as first_day,
    case when service_date_source = 'line' then service_from else service_to end as last_day
  from ab2d.claim_line
  where (
      hcpcs_code in (
        '99281', '99282', '99283', '99284', '99285',
        'G0380', 'G0381', 'G0382', 'G0383', 'G0384'
      )
      or place_of_service_code = '23'
    )
    and service_from > (:as_of::date - interval '12 months')::date
    and service_from < :as_of::date + 1
),
-- Of a line without its own date in a claim of several days only the first and the last possible day are known.
emergency_of_person as (
  select
    person.person_id,
    person.current_mbi,
    emergency.first_day,
    emergency.last_day,
    min(emergency.first_day) filter (where emergency.first_day = emergency.last_day) over (
      partition by person.person_id
      order by emergency.first_day
      range between current row and unbounded following
    ) as next_known_day
  from emergency
  join ab2d.person using (beneficiary_id)
)
select
  person_id,
  current_mbi,
  count(distinct first_day) as emergency_days,
  max(first_day) as last_emergency_day
from emergency_of_person
where first_day = last_day
  or (next_known_day <= last_day) is not true
group by person_id, current_mbi
order by emergency_days desc, last_emergency_day desc, person_id;
