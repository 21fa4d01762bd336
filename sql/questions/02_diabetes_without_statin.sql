-- Question 02: Which members with diabetes have had no statin this calendar year (SUPD)?
-- Asked by: the Star ratings team, before the year's last refill outreach.
-- Grain of the result: one row per person.
-- Parameters: as_of (date): the 12 months that end with this day show diabetes; its calendar year is the measure's.
-- Result: person_id, current_mbi, first_evidence, last_evidence, fills_known_to.
-- Caveats: Fills are the sponsor's own, in ab2d.part_d_fill; fills_known_to is the newest one, and null means that none are loaded.
--   Diabetes is seen in claims (one inpatient or SNF claim, or two days), where the official measure takes diabetes drug fills and ages 40 to 75.
--   Persons with a claim on a list supd-exclusion:* or a hospice claim this year are left out.
with diabetes_evidence as (
  select
    beneficiary_id,
    min(service_from) as first_day,
    max(service_from) as last_day,
    max(service_to) as last_evidence,
    bool_or(claim_type in ('inpatient', 'snf')) as has_stay
  from ab2d.condition_evidence
  where list_name = 'mtm:diabetes'
    and service_from >= (:as_of::date - interval '12 months')::date
    and service_from < :as_of::date + 1
  group by beneficiary_id
),
diabetic as (
  select
    person.person_id,
    person.current_mbi,
    min(diabetes_evidence.first_day) as first_evidence,
    max(diabetes_evidence.last_evidence) as last_evidence
  from diabetes_evidence
  join ab2d.person using (beneficiary_id)
  group by person.person_id, person.current_mbi
  having bool_or(diabetes_evidence.has_stay) or min(diabetes_evidence.first_day) <> max(diabetes_evidence.last_day)
),
-- Under any MBI that the person has or had.
statin_beneficiary as (
  select beneficiary_identifier.beneficiary_id
  from ab2d.part_d_fill
  join ab2d.beneficiary_identifier using (mbi)
  where part_d_fill.drug_class = 'statin'
    and part_d_fill.fill_date >= date_trunc('year', :as_of::date)::date
    and part_d_fill.fill_date < :as_of::date + 1
),
excluded_beneficiary as (
  select beneficiary_id
  from ab2d.condition_evidence
  where starts_with(list_name, 'supd-exclusion:')
    and service_from >= date_trunc('year', :as_of::date)::date
    and service_from < :as_of::date + 1
  union
  select beneficiary_id
  from ab2d.claim
  where claim_type = 'hospice'
    and service_to >= date_trunc('year', :as_of::date)::date
    and service_from < :as_of::date + 1
),
left_out as (
  select person.person_id
  from ab2d.person
  join (
    select beneficiary_id
    from statin_beneficiary
    union
    select beneficiary_id
    from excluded_beneficiary
  ) as beneficiary using (beneficiary_id)
)
select
  diabetic.person_id,
  diabetic.current_mbi,
  diabetic.first_evidence,
  diabetic.last_evidence,
  (
    select max(part_d_fill.fill_date)
    from ab2d.part_d_fill
  ) as fills_known_to
from diabetic
where not exists (
  select
  from left_out
  where left_out.person_id = diabetic.person_id
)
order by diabetic.person_id;
