-- Question 02: Which members with diabetes have had no statin this calendar year (SUPD)?
-- Asked by: the Star ratings team, before the year's last refill outreach.
-- Grain of the result: one row per person.
-- Parameter: as_of (date): the 12 months that end with this day show diabetes; its calendar year is the measure's.
-- Result: person_id, current_mbi, first_evidence, last_evidence, fills_known_to.
-- Caveats: Fills are the sponsor's own, in ab2d.part_d_fill; null in fills_known_to means that none of the person's contracts
--     are loaded.
--   The day in fills_known_to is the newest fill's of the contracts that the person has claims of, whoever filled it.
--   Diabetes is seen in claims (one inpatient or SNF claim, or two days), where the official measure takes diabetes drug fills
--     and ages 40 to 75.
--   Persons with a claim on a list supd-exclusion:* or a hospice claim this year are left out.
--   Includes people who have left the contract or opted out: join your roster; claim_contract.not_delivered_since marks claims
--     that are no longer delivered.
with member as materialized (
  select
    beneficiary_id,
    person_id,
    current_mbi
  from ab2d.person
),
diabetes_evidence as (
  select
    beneficiary_id,
    min(service_from) as first_day,
    max(service_from) as last_day,
    max(service_to) as last_evidence,
    bool_or(claim_type in ('inpatient', 'snf')) as has_stay
  from ab2d.condition_evidence
  where list_name = 'mtm:diabetes'
    and service_from > (:as_of::date - interval '12 months')::date
    and service_from < :as_of::date + 1
  group by beneficiary_id
),
diabetic as (
  select
    member.person_id,
    member.current_mbi,
    min(diabetes_evidence.first_day) as first_evidence,
    max(diabetes_evidence.last_evidence) as last_evidence
  from diabetes_evidence
  join member using (beneficiary_id)
  group by member.person_id, member.current_mbi
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
  select member.person_id
  from member
  join (
    select beneficiary_id
    from statin_beneficiary
    union
    select beneficiary_id
    from excluded_beneficiary
  ) as beneficiary using (beneficiary_id)
),
contract_fills as (
  select
    contract_number,
    max(fill_date) as fills_known_to
  from ab2d.part_d_fill
  group by contract_number
),
person_fills as (
  select
    member.person_id,
    max(contract_fills.fills_known_to) as fills_known_to
  from contract_fills
  join ab2d.beneficiary_contract using (contract_number)
  join member using (beneficiary_id)
  group by member.person_id
)
select
  diabetic.person_id,
  diabetic.current_mbi,
  diabetic.first_evidence,
  diabetic.last_evidence,
  person_fills.fills_known_to
from diabetic
left join person_fills using (person_id)
where not exists (
  select
  from left_out
  where left_out.person_id = diabetic.person_id
)
order by diabetic.person_id;
