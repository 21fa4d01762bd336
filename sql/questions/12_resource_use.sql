-- Question 12: How much care did each member use in the last 12 months?
-- Asked by: the actuary or care manager who looks for outliers without amounts.
-- Grain of the result: one row per person with a claim or an emergency day, the most hospital stays first.
-- Parameter: as_of (date): claims that began in the 12 months that end with this day, and emergency days in them whenever the
--     claim began.
-- Result: person_id, current_mbi, inpatient_stays, inpatient_days, emergency_days, outpatient_claims, professional_claims,
--     claims, drg_codes, last_service_date.
-- Caveats: AB2D sends no amounts: weigh drg_codes with the year's DRG weights for a measure of cost.
--   A stay is the person's inpatient claims that overlap or follow within a day; its days are nights, at least one.
--   Interim bills make one stay only while none between them is missing; each of them counts in claims and has its DRG in
--     drg_codes.
--   A stay that interim bills from before the 12 months began counts with its later bills' days alone.
--   Emergency days as in question 06. Professional claims are of type carrier.
--   Denied claims cannot be told from paid ones in V2 and V3.
--   A person whose contracts take V2 and V3 may have a claim in both: see ab2d.possible_duplicate_claim.
with recent_claim as (
  select
    person.person_id,
    person.current_mbi,
    claim.eob_id,
    claim.claim_type,
    claim.service_from,
    claim.service_to,
    claim.drg_code
  from ab2d.claim
  join ab2d.person using (beneficiary_id)
  where claim.service_from > (:as_of::date - interval '12 months')::date
    and claim.service_from < :as_of::date + 1
),
claims_of_person as (
  select
    person_id,
    current_mbi,
    count(*) filter (where claim_type = 'outpatient') as outpatient_claims,
    count(*) filter (where claim_type = 'carrier') as professional_claims,
    count(*) as claims,
    array_agg(distinct drg_code) filter (where drg_code is not null) as drg_codes,
    max(service_to) as last_service_date
  from recent_claim
  group by person_id, current_mbi
),
inpatient as (
  select
    *,
    max(service_to) over (
      partition by person_id
      order by service_from, service_to, eob_id
      rows between unbounded preceding and 1 preceding
    ) as earlier_to
  from recent_claim
  where claim_type = 'inpatient'
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
    greatest(max(service_to) - min(service_from), 1) as inpatient_days
  from numbered
  group by person_id, stay_number
),
stays_of_person as (
  select
    person_id,
    count(*) as inpatient_stays,
    sum(inpatient_days) as inpatient_days
  from stay
  group by person_id
),
emergency as (
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
),
emergencies_of_person as (
  select
    person_id,
    current_mbi,
    count(distinct first_day) as emergency_days,
    max(first_day) as last_emergency_day
  from emergency_of_person
  where first_day = last_day
    or (next_known_day <= last_day) is not true
  group by person_id, current_mbi
)
select
  person_id,
  coalesce(claims_of_person.current_mbi, emergencies_of_person.current_mbi) as current_mbi,
  coalesce(stays_of_person.inpatient_stays, 0) as inpatient_stays,
  coalesce(stays_of_person.inpatient_days, 0) as inpatient_days,
  coalesce(emergencies_of_person.emergency_days, 0) as emergency_days,
  coalesce(claims_of_person.outpatient_claims, 0) as outpatient_claims,
  coalesce(claims_of_person.professional_claims, 0) as professional_claims,
  coalesce(claims_of_person.claims, 0) as claims,
  claims_of_person.drg_codes,
  greatest(claims_of_person.last_service_date, emergencies_of_person.last_emergency_day) as last_service_date
from claims_of_person
left join stays_of_person using (person_id)
full join emergencies_of_person using (person_id)
order by inpatient_stays desc, inpatient_days desc, emergency_days desc, person_id;
