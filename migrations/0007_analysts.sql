-- For analysts: service dates by contract, one person over several beneficiary ids, code lists, views, the indexes that the
-- questions in sql/questions need, and what row-level security by contract stands on (sql/roles.sql turns it on).

-- Service dates are kept by contract: over all of them they would tell an analyst of one contract about the other's claims.

alter table ab2d.beneficiary rename to patient;
alter index ab2d.beneficiary_pkey rename to patient_pkey;
alter table ab2d.patient
drop column first_service_date,
drop column last_service_date;

-- Grain: one row per beneficiary and contract that a claim of theirs was delivered to.
create table ab2d.beneficiary_contract (
  beneficiary_id text collate "C" not null,
  contract_number text collate "C" not null,
  -- Row-level security rests on it: all claims of a beneficiary with one contract are that contract's.
  is_only_contract boolean not null,
  first_service_date date,
  last_service_date date,
  primary key (beneficiary_id, contract_number)
);

insert into ab2d.beneficiary_contract
  (beneficiary_id, contract_number, is_only_contract, first_service_date, last_service_date)
select
  claim_version.beneficiary_id,
  claim_contract.contract_number,
  count(*) over (partition by claim_version.beneficiary_id) = 1,
  min(claim_version.service_from) filter (
    where claim_version.is_current and claim_version.source_system = contract.active_source_system
  ),
  max(claim_version.service_to) filter (
    where claim_version.is_current and claim_version.source_system = contract.active_source_system
  )
from ab2d.claim_version
join ab2d.claim_contract using (eob_id)
left join ab2d.contract using (contract_number)
group by claim_version.beneficiary_id, claim_contract.contract_number;

-- Grain: one row per patient id of a source system. The dates are looked up only where a question asks for them.
create view ab2d.beneficiary with (security_invoker = true) as
select
  beneficiary_id,
  source_system,
  patient_id,
  current_mbi,
  (
    select min(beneficiary_contract.first_service_date)
    from ab2d.beneficiary_contract
    where beneficiary_contract.beneficiary_id = patient.beneficiary_id
  ) as first_service_date,
  (
    select max(beneficiary_contract.last_service_date)
    from ab2d.beneficiary_contract
    where beneficiary_contract.beneficiary_id = patient.beneficiary_id
  ) as last_service_date,
  first_seen_at
from ab2d.patient;

-- One person: an MBI belongs to one person for ever, so beneficiary ids that share one, now or formerly, are one person. What does
-- not look like an MBI (eleven capital letters and digits, the first 1 to 9) may stand in for one of anybody, and joins nobody.

-- The beneficiary ids that share an MBI with another, be it over a third, and their person: the first of the ids.
-- A function for its row estimate and its jit: a planner that reads the recursion expects thousands of millions of rows of it, which
-- costs every question about people seconds of compiling.
create function ab2d.joined_beneficiaries()
returns table (beneficiary_id text, person_id text)
language sql
stable
parallel restricted
rows 100
cost 100000
set search_path = ''
set jit = off
as $$
  with recursive shared_mbi as (
    select
      mbi,
      min(beneficiary_id) as first_id
    from ab2d.beneficiary_identifier
    where mbi ~ '^[1-9][0-9A-Z]{10}$'
    group by mbi
    having count(*) > 1
  ),
  -- By each MBI of theirs, who they are. That is the answer but for those who are two people by two MBIs.
  named as (
    select distinct
      beneficiary_identifier.beneficiary_id,
      shared_mbi.first_id
    from shared_mbi
    join ab2d.beneficiary_identifier using (mbi)
  ),
  bridge as (
    select distinct
      mine.first_id,
      other.first_id as other_id
    from (select beneficiary_id from named group by beneficiary_id having count(*) > 1) as between_two
    join named as mine using (beneficiary_id)
    join named as other using (beneficiary_id)
    where mine.first_id <> other.first_id
  ),
  same_person as (
    select first_id, other_id
    from bridge
    union
    select same_person.first_id, bridge.other_id
    from same_person
    join bridge on bridge.first_id = same_person.other_id
  ),
  bridged as (
    select
      first_id,
      min(other_id) as person_id
    from same_person
    group by first_id
  )
  select
    named.beneficiary_id,
    min(coalesce(bridged.person_id, named.first_id))
  from named
  left join bridged using (first_id)
  group by named.beneficiary_id;
$$;

-- Grain: one row per beneficiary id: the person it stands for.
create view ab2d.person with (security_invoker = true) as
with joined as materialized (
  select beneficiary_id, person_id
  from ab2d.joined_beneficiaries()
),
-- What the newest export to any of the ids calls current; an older one may not know of a new MBI yet.
joined_mbi as (
  select distinct on (joined.person_id)
    joined.person_id,
    beneficiary_identifier.mbi
  from joined
  join ab2d.beneficiary_identifier using (beneficiary_id)
  where beneficiary_identifier.is_current
  order by joined.person_id, beneficiary_identifier.exported_at desc, beneficiary_identifier.mbi desc
)
select
  patient.beneficiary_id,
  coalesce(joined.person_id, patient.beneficiary_id) as person_id,
  coalesce(joined_mbi.mbi, patient.current_mbi) as current_mbi
from ab2d.patient
left join joined using (beneficiary_id)
left join joined_mbi using (person_id);

-- All beneficiary ids of the person who has or had this MBI, as stored or as on a card; none for an unknown one. By index, whatever the
-- size of the tables.
create function ab2d.beneficiaries_of(mbi text) returns setof text
language sql
stable
parallel safe
rows 2
as $$
  with recursive same_person as (
    select beneficiary_identifier.beneficiary_id
    from ab2d.beneficiary_identifier
    where beneficiary_identifier.mbi = upper(replace(btrim(beneficiaries_of.mbi), '-', '') collate "C")
    union
    select other.beneficiary_id
    from same_person
    join ab2d.beneficiary_identifier as mine using (beneficiary_id)
    join ab2d.beneficiary_identifier as other using (mbi)
    where mine.mbi ~ '^[1-9][0-9A-Z]{10}$'
  )
  select beneficiary_id
  from same_person;
$$;

-- Tables of the sponsor's own: code lists, and the Part D fills that one question needs.

-- Grain: one row per list and code prefix.
create table ab2d.code_list (
  list_name text collate "C" not null,
  code_system text collate "C" not null,
  code_prefix text collate "C" not null,
  -- What all codes with the prefix sort before: codes are capital letters and digits, and ~ sorts after these.
  -- Stored, since || is not leakproof: under row-level security an index answers `code < code_prefix_end`, not `code < code_prefix || '~'`.
  code_prefix_end text collate "C" generated always as (code_prefix || '~') stored,
  primary key (list_name, code_system, code_prefix),
  constraint code_system_is_one_that_diagnoses_have check (code_system in ('ICD-10-CM', 'ICD-9-CM')),
  constraint code_prefix_is_upper_case_without_dot check (code_prefix ~ '^[A-Z0-9]+$')
);

-- A prefix within another of its list would show the same diagnosis twice.
create function ab2d.refuse_prefix_within_another() returns trigger
language plpgsql
as $$
declare
  other text;
begin
  select code_list.code_prefix
  into other
  from ab2d.code_list
  where code_list.list_name = new.list_name
    and code_list.code_system = new.code_system
    and code_list.code_prefix <> new.code_prefix
    and (starts_with(code_list.code_prefix, new.code_prefix) or starts_with(new.code_prefix, code_list.code_prefix))
  limit 1;
  if other is not null then
    raise exception 'code list % cannot have prefix % beside %', new.list_name, new.code_prefix, other
    using
      errcode = 'exclusion_violation',
      hint = 'One begins with the other: keep the shorter one to have all its codes, or list the longer ones only.';
  end if;
  return null;
end
$$;

create constraint trigger no_prefix_lies_within_another
after insert or update on ab2d.code_list
for each row execute function ab2d.refuse_prefix_within_another();

-- Grain: one row per fill of a prescription.
create table ab2d.part_d_fill (
  contract_number text collate "C" not null,
  mbi text collate "C" not null,
  ndc text not null,
  drug_class text not null,
  fill_date date not null,
  days_supply integer,
  primary key (mbi, fill_date, ndc, contract_number),
  constraint mbi_is_eleven_capital_letters_or_digits check (mbi ~ '^[0-9A-Z]{11}$'),
  constraint ndc_is_eleven_digits check (ndc ~ '^[0-9]{11}$'),
  constraint drug_class_is_lower_case check (drug_class = lower(drug_class))
);

-- Diagnosis and procedure codes sort by bytes, so that one index finds a code and all codes with a prefix.

drop index ab2d.claim_diagnosis_code;

alter table ab2d.claim_diagnosis
alter column code type text collate "C";

alter table ab2d.claim_line
alter column hcpcs_code type text collate "C";

create index claim_diagnosis_code on ab2d.claim_diagnosis (code, service_from);
create index claim_line_hcpcs_code on ab2d.claim_line (hcpcs_code, service_from) where hcpcs_code is not null;
create index claim_line_emergency_room on ab2d.claim_line (service_from) where place_of_service_code = '23';
create index claim_line_ndc on ab2d.claim_line (service_from) where ndc_raw is not null;
create index claim_version_type_and_date on ab2d.claim_version (claim_type, service_to) where is_current;

comment on index ab2d.claim_diagnosis_code is 'For questions 01, 02, 08 and 10: finds diagnoses by code or by the beginning of a code, newest or oldest first.';
comment on index ab2d.claim_line_hcpcs_code is 'For questions 06, 09 and 12: finds lines by service or item.';
comment on index ab2d.claim_line_emergency_room is 'For questions 06 and 12: finds the lines of emergency rooms.';
comment on index ab2d.claim_line_ndc is 'For question 09: finds the lines that name a drug by NDC.';
comment on index ab2d.claim_version_type_and_date is 'For questions 02, 04, 05 and 11, and for one month in the view tuva_medical_claim: finds current claims of a type by their last day.';

-- Grain: one row per diagnosis of a current claim and list that its code is on.
create view ab2d.condition_evidence with (security_invoker = true) as
select
  code_list.list_name,
  claim_diagnosis.eob_id,
  claim_diagnosis.diagnosis_number,
  claim_diagnosis.beneficiary_id,
  claim_diagnosis.claim_type,
  claim_diagnosis.service_from,
  claim_diagnosis.service_to,
  claim_diagnosis.code_system,
  claim_diagnosis.code,
  claim_diagnosis.is_principal
from ab2d.code_list
-- A range, which an index answers.
join ab2d.claim_diagnosis
  on claim_diagnosis.code_system = code_list.code_system
  and claim_diagnosis.code >= code_list.code_prefix
  and claim_diagnosis.code < code_list.code_prefix_end;

-- Grain: one row per claim version, with what became of it.
create view ab2d.claim_history with (security_invoker = true) as
select
  claim_version.claim_family_key,
  claim_version.version_number,
  claim_version.eob_id,
  case
    when claim_version.is_current then 'current'
    when current_version.eob_id is not null then 'superseded'
    -- It would count for this contract: a newer version went to one that the reader doesn't see.
    when claim_version.is_final and exists (
      select
      from ab2d.claim_contract
      join ab2d.contract using (contract_number)
      where claim_contract.eob_id = claim_version.eob_id
        and contract.active_source_system = claim_version.source_system
    ) then 'superseded'
    when claim_version.is_final then 'other_source'
    when claim_version.final_action = 'NotFinalAction' then 'not_final'
    else 'cancelled'
  end as outcome,
  current_version.eob_id as current_eob_id,
  claim_version.source_system,
  claim_version.api_version,
  claim_version.claim_id,
  claim_version.claim_control_number,
  claim_version.status,
  claim_version.final_action,
  claim_version.last_updated,
  claim_version.beneficiary_id,
  claim_version.claim_type,
  claim_version.service_from,
  claim_version.service_to,
  claim_version.drg_code,
  claim_version.principal_diagnosis_code,
  claim_version.line_count,
  claim_version.diagnosis_count,
  claim_version.procedure_count,
  claim_version.content_sha256,
  claim_version.first_seen_at,
  claim_version.superseded_at
from ab2d.claim_version
left join ab2d.claim_version as current_version
  on current_version.claim_family_key = claim_version.claim_family_key
  and current_version.is_current;

-- Row-level security by contract.

-- Grain: one row per role and contract whose claims its members may see.
create table ab2d.contract_analyst (
  role_name name not null,
  contract_number text collate "C" not null,
  primary key (role_name, contract_number)
);

-- These functions decide what row-level security lets through, so their search path is fixed: with one of their own, analysts could put
-- functions of the same names before PostgreSQL's. It also keeps them from being merged into the query, where a view's owner would run them.

-- The contracts that whoever runs the query may see while row-level security is on.
create function ab2d.visible_contracts() returns text[]
language sql
stable
parallel safe
set search_path = ''
as $$
  select coalesce(array_agg(distinct contract_analyst.contract_number), '{}')
  from ab2d.contract_analyst
  join pg_catalog.pg_roles on pg_roles.rolname = contract_analyst.role_name
  where pg_has_role(pg_roles.oid, 'usage');
$$;

-- Whether these are all the contracts there are. It runs as its owner: to others contracts that they may not see don't exist.
-- Only who may see the contracts gets a yes, so that nobody finds out by trying which others there are.
create function ab2d.are_all_contracts(contract_numbers text[]) returns boolean
language sql
stable
parallel safe
security definer
set search_path = ''
as $$
  select contract_numbers <> '{}'
    and not exists (
      select
      from ab2d.contract
      where contract.contract_number <> all (contract_numbers)
    )
    and contract_numbers <@ array(
      select contract_analyst.contract_number
      from ab2d.contract_analyst
      join pg_catalog.pg_roles on pg_roles.rolname = contract_analyst.role_name
      where pg_has_role(session_user, pg_roles.oid, 'member')
    );
$$;

-- Whether whoever runs the query may see this contract, for views that read what they themselves may not.
create function ab2d.sees_contract(contract_number text) returns boolean
language sql
stable
parallel safe
set search_path = ''
as $$
  select exists (
    select
    from ab2d.contract
    where contract.contract_number = sees_contract.contract_number
  );
$$;

-- Grain: one row per contract, claim type and month of service; one row without type and month for a contract without claims.
-- It runs as its owner, since runs and watermarks are the loader's, and shows only contracts that the reader may see.
create view ab2d.data_freshness with (security_barrier = true) as
with visible_contract as materialized (
  select contract_number, active_source_system
  from ab2d.contract
  where ab2d.sees_contract(contract_number)
),
held as (
  select
    claim_contract.contract_number,
    claim_version.claim_type,
    date_trunc('month', claim_version.service_to)::date as service_month,
    count(*) as claims,
    max(claim_version.last_updated) as newest_last_updated
  from visible_contract
  join ab2d.claim_contract using (contract_number)
  join ab2d.claim_version
    on claim_version.eob_id = claim_contract.eob_id
    and claim_version.source_system = visible_contract.active_source_system
    and claim_version.is_current
  group by claim_contract.contract_number, claim_version.claim_type, date_trunc('month', claim_version.service_to)
)
select
  visible_contract.contract_number,
  last_run.command as last_run_command,
  last_run.state as last_run_state,
  last_run.gaps as last_run_gaps,
  last_run.completed_at as last_run_ended_at,
  watermark.exported_at as watermark,
  max(held.newest_last_updated) over (partition by visible_contract.contract_number) as newest_last_updated,
  held.claim_type,
  held.service_month,
  coalesce(held.claims, 0) as claims
from visible_contract
left join ab2d_etl.watermark
  on watermark.contract_number = visible_contract.contract_number
  and watermark.source_system = visible_contract.active_source_system
left join lateral (
  select run.command, run.state, run.gaps, run.completed_at
  from ab2d_etl.run
  where run.contract_number = visible_contract.contract_number
    and run.source_system = visible_contract.active_source_system
    and run.command <> 'load'
    and run.completed_at is not null
  order by run.completed_at desc
  limit 1
) as last_run on true
left join held on held.contract_number = visible_contract.contract_number;

-- Grain: one row per contract, API version and claim type.
-- It runs as its owner, since a policy's look at each of all versions takes twice as long as the counting, and it has workers only
-- without one; it shows only contracts that the reader may see.
create view ab2d.contract_completeness with (security_barrier = true) as
with by_days as (
  select
    claim_contract.contract_number,
    claim_version.api_version,
    claim_version.claim_type,
    (claim_version.last_updated at time zone 'UTC')::date - claim_version.service_to as days_to_update,
    count(*) as versions,
    count(*) filter (
      where claim_version.is_current and claim_version.source_system = contract.active_source_system
    ) as current_claims,
    max(claim_version.last_updated) as newest_update,
    max(claim_version.service_to) as newest_service_date
  from ab2d.claim_contract
  join ab2d.contract using (contract_number)
  join ab2d.claim_version using (eob_id)
  where claim_contract.contract_number = any (array(
      select contract.contract_number
      from ab2d.contract
      where ab2d.sees_contract(contract.contract_number)
    ))
  group by 1, 2, 3, 4
),
-- The median out of the few different numbers of days: sorting all versions takes longer than all else.
ranked as (
  select
    *,
    sum(versions) over upwards as versions_so_far,
    sum(versions) filter (where days_to_update is not null) over everywhere as versions_with_days
  from by_days
  window
    everywhere as (partition by contract_number, api_version, claim_type),
    upwards as (everywhere order by days_to_update)
),
held as (
  select
    contract_number,
    api_version,
    claim_type,
    sum(versions)::bigint as versions,
    sum(current_claims)::bigint as current_claims,
    max(newest_update) as newest_update,
    max(newest_service_date) as newest_service_date,
    min(days_to_update) filter (where versions_so_far * 2 >= versions_with_days) as median_days_to_update
  from ranked
  group by contract_number, api_version, claim_type
),
-- A cancelled family as its newest version that the contract was sent.
cancelled_family as (
  select distinct on (claim_contract.contract_number, claim_version.claim_family_key)
    claim_contract.contract_number,
    claim_version.api_version,
    claim_version.claim_type
  from ab2d.claim_version
  join ab2d.claim_contract using (eob_id)
  where claim_contract.contract_number = any (array(
      select contract.contract_number
      from ab2d.contract
      where ab2d.sees_contract(contract.contract_number)
    ))
    and not claim_version.is_final
    and claim_version.final_action is distinct from 'NotFinalAction'
    and not exists (
      select
      from ab2d.claim_version as final_version
      where final_version.claim_family_key = claim_version.claim_family_key
        and final_version.is_final
    )
  order by claim_contract.contract_number, claim_version.claim_family_key, claim_version.version_number desc
),
cancelled as (
  select
    contract_number,
    api_version,
    claim_type,
    count(*) as cancelled_families
  from cancelled_family
  group by contract_number, api_version, claim_type
)
select
  held.contract_number,
  held.api_version,
  held.claim_type,
  held.versions,
  held.current_claims,
  coalesce(cancelled.cancelled_families, 0) as cancelled_families,
  held.newest_update,
  held.newest_service_date,
  held.median_days_to_update
from held
left join cancelled using (contract_number, api_version, claim_type);

-- How few different numbers of days there are: without it the planner expects as many groups as versions, and takes no workers.
create statistics ab2d.claim_version_days_to_update (ndistinct)
on claim_type, api_version, ((last_updated at time zone 'UTC')::date - service_to)
from ab2d.claim_version;

-- Claims that may be one claim twice. V3 says nothing of which claim an adjustment replaces, and a person whose contracts take
-- V2 and V3 has claims in both. Listed, never hidden.

-- Grain: one row per pair of current claims of one person.
-- Claims are gathered by what the two must have in common, which sorts each claim once; a join of all claims with all sorts them twice.
create view ab2d.possible_duplicate_claim with (security_invoker = true) as
with same_control_number as (
  select
    person.person_id,
    array_agg(claim.eob_id) as eob_ids,
    array_agg(claim.claim_type) as claim_types,
    array_agg(claim.service_from) as service_froms,
    array_agg(claim.service_to) as service_tos
  from ab2d.claim
  join ab2d.person using (beneficiary_id)
  where claim.claim_control_number is not null
  group by person.person_id, claim.claim_control_number
  having count(*) > 1
),
same_stay as (
  select
    person.person_id,
    claim.claim_type,
    claim.service_from,
    claim.service_to,
    array_agg(claim.eob_id) as eob_ids,
    array_agg(claim.claim_control_number) as claim_control_numbers,
    array_agg(claim.billing_npi) as billing_npis,
    array_agg(claim.attending_npi) as attending_npis
  from ab2d.claim
  join ab2d.person using (beneficiary_id)
  where claim.claim_form = 'institutional'
  group by person.person_id, claim.source_system, claim.claim_type, claim.service_from, claim.service_to
  having count(*) > 1
),
-- Whoever has claims of two sources has a beneficiary id in each, and few people do.
joined as materialized (
  select beneficiary_id, person_id
  from ab2d.joined_beneficiaries()
),
two_ids as materialized (
  select
    mine.person_id,
    mine.beneficiary_id,
    other.beneficiary_id as other_beneficiary_id
  from joined as mine
  join joined as other using (person_id)
  where split_part(other.beneficiary_id, ':', 1) <> split_part(mine.beneficiary_id, ':', 1)
)
select
  same_control_number.person_id,
  mine.eob_id,
  other.eob_id as other_eob_id,
  'control_number' as reason,
  mine.claim_type,
  mine.service_from,
  mine.service_to,
  other.claim_type as other_claim_type,
  other.service_from as other_service_from,
  other.service_to as other_service_to
from same_control_number
cross join lateral unnest(eob_ids, claim_types, service_froms, service_tos)
  as mine (eob_id, claim_type, service_from, service_to)
cross join lateral unnest(eob_ids, claim_types, service_froms, service_tos)
  as other (eob_id, claim_type, service_from, service_to)
where other.eob_id > mine.eob_id
union all
select
  same_stay.person_id,
  mine.eob_id,
  other.eob_id,
  'same_stay',
  same_stay.claim_type,
  same_stay.service_from,
  same_stay.service_to,
  same_stay.claim_type,
  same_stay.service_from,
  same_stay.service_to
from same_stay
cross join lateral unnest(eob_ids, claim_control_numbers, billing_npis, attending_npis)
  as mine (eob_id, claim_control_number, billing_npi, attending_npi)
cross join lateral unnest(eob_ids, claim_control_numbers, billing_npis, attending_npis)
  as other (eob_id, claim_control_number, billing_npi, attending_npi)
where other.eob_id > mine.eob_id
  and (other.claim_control_number = mine.claim_control_number) is not true
  and (other.billing_npi <> mine.billing_npi) is not true
  and (other.attending_npi <> mine.attending_npi) is not true
union all
select
  two_ids.person_id,
  mine.eob_id,
  other.eob_id,
  'two_sources',
  mine.claim_type,
  mine.service_from,
  mine.service_to,
  other.claim_type,
  other.service_from,
  other.service_to
from two_ids
join ab2d.claim as mine on mine.beneficiary_id = two_ids.beneficiary_id
join ab2d.claim as other
  on other.beneficiary_id = two_ids.other_beneficiary_id
  and other.claim_type = mine.claim_type
  and other.service_from = mine.service_from
  and other.service_to = mine.service_to
  and other.eob_id > mine.eob_id
where (
    mine.claim_form = 'institutional'
    -- Not the principal one: V2 often marks another first, and none on SNF claims.
    or exists (
      select
      from ab2d.claim_diagnosis as my_diagnosis
      join ab2d.claim_diagnosis as other_diagnosis using (code)
      where my_diagnosis.eob_id = mine.eob_id
        and other_diagnosis.eob_id = other.eob_id
    )
  )
  and (other.billing_npi <> mine.billing_npi) is not true
  and (other.attending_npi <> mine.attending_npi) is not true;

-- Sample lists to begin with: the ten core chronic diseases of 42 CFR 423.153(d)(2), the exclusions of the Star rating on statins in
-- diabetes, adverse drug events, falls and fractures. A clinician should own them: edit the table.
insert into ab2d.code_list (list_name, code_system, code_prefix)
values
  ('mtm:alzheimers', 'ICD-10-CM', 'G30'),
  ('mtm:bone-arthritis', 'ICD-10-CM', 'M80'),
  ('mtm:bone-arthritis', 'ICD-10-CM', 'M81'),
  ('mtm:bone-arthritis', 'ICD-10-CM', 'M05'),
  ('mtm:bone-arthritis', 'ICD-10-CM', 'M06'),
  ('mtm:bone-arthritis', 'ICD-10-CM', 'M15'),
  ('mtm:bone-arthritis', 'ICD-10-CM', 'M16'),
  ('mtm:bone-arthritis', 'ICD-10-CM', 'M17'),
  ('mtm:bone-arthritis', 'ICD-10-CM', 'M18'),
  ('mtm:bone-arthritis', 'ICD-10-CM', 'M19'),
  ('mtm:chf', 'ICD-10-CM', 'I50'),
  ('mtm:chf', 'ICD-10-CM', 'I110'),
  ('mtm:chf', 'ICD-10-CM', 'I130'),
  ('mtm:chf', 'ICD-10-CM', 'I132'),
  ('mtm:diabetes', 'ICD-10-CM', 'E08'),
  ('mtm:diabetes', 'ICD-10-CM', 'E09'),
  ('mtm:diabetes', 'ICD-10-CM', 'E10'),
  ('mtm:diabetes', 'ICD-10-CM', 'E11'),
  ('mtm:diabetes', 'ICD-10-CM', 'E13'),
  ('mtm:dyslipidemia', 'ICD-10-CM', 'E78'),
  ('mtm:esrd', 'ICD-10-CM', 'N186'),
  ('mtm:esrd', 'ICD-10-CM', 'Z992'),
  ('mtm:hiv', 'ICD-10-CM', 'B20'),
  ('mtm:hiv', 'ICD-10-CM', 'Z21'),
  ('mtm:hypertension', 'ICD-10-CM', 'I10'),
  ('mtm:hypertension', 'ICD-10-CM', 'I11'),
  ('mtm:hypertension', 'ICD-10-CM', 'I12'),
  ('mtm:hypertension', 'ICD-10-CM', 'I13'),
  ('mtm:hypertension', 'ICD-10-CM', 'I15'),
  ('mtm:hypertension', 'ICD-10-CM', 'I16'),
  ('mtm:hypertension', 'ICD-10-CM', 'I1A'),
  ('mtm:mental-health', 'ICD-10-CM', 'F20'),
  ('mtm:mental-health', 'ICD-10-CM', 'F25'),
  ('mtm:mental-health', 'ICD-10-CM', 'F31'),
  ('mtm:mental-health', 'ICD-10-CM', 'F32'),
  ('mtm:mental-health', 'ICD-10-CM', 'F33'),
  ('mtm:respiratory', 'ICD-10-CM', 'J41'),
  ('mtm:respiratory', 'ICD-10-CM', 'J42'),
  ('mtm:respiratory', 'ICD-10-CM', 'J43'),
  ('mtm:respiratory', 'ICD-10-CM', 'J44'),
  ('mtm:respiratory', 'ICD-10-CM', 'J45'),
  ('mtm:respiratory', 'ICD-10-CM', 'J47'),
  ('supd-exclusion:myopathy', 'ICD-10-CM', 'G72'),
  ('supd-exclusion:myopathy', 'ICD-10-CM', 'M6282'),
  ('supd-exclusion:myopathy', 'ICD-10-CM', 'T466X5'),
  ('supd-exclusion:esrd', 'ICD-10-CM', 'N186'),
  ('supd-exclusion:esrd', 'ICD-10-CM', 'Z992'),
  ('supd-exclusion:cirrhosis', 'ICD-10-CM', 'K746'),
  ('supd-exclusion:cirrhosis', 'ICD-10-CM', 'K7030'),
  ('supd-exclusion:prediabetes', 'ICD-10-CM', 'R7303'),
  ('supd-exclusion:prediabetes', 'ICD-10-CM', 'R7309'),
  ('supd-exclusion:pcos', 'ICD-10-CM', 'E282'),
  ('supd-exclusion:pregnancy', 'ICD-10-CM', 'O'),
  ('adverse-drug-event', 'ICD-10-CM', 'T36'),
  ('adverse-drug-event', 'ICD-10-CM', 'T37'),
  ('adverse-drug-event', 'ICD-10-CM', 'T38'),
  ('adverse-drug-event', 'ICD-10-CM', 'T39'),
  ('adverse-drug-event', 'ICD-10-CM', 'T40'),
  ('adverse-drug-event', 'ICD-10-CM', 'T41'),
  ('adverse-drug-event', 'ICD-10-CM', 'T42'),
  ('adverse-drug-event', 'ICD-10-CM', 'T43'),
  ('adverse-drug-event', 'ICD-10-CM', 'T44'),
  ('adverse-drug-event', 'ICD-10-CM', 'T45'),
  ('adverse-drug-event', 'ICD-10-CM', 'T46'),
  ('adverse-drug-event', 'ICD-10-CM', 'T47'),
  ('adverse-drug-event', 'ICD-10-CM', 'T48'),
  ('adverse-drug-event', 'ICD-10-CM', 'T49'),
  ('adverse-drug-event', 'ICD-10-CM', 'T50'),
  ('fall-fracture', 'ICD-10-CM', 'M80'),
  ('fall-fracture', 'ICD-10-CM', 'M84'),
  ('fall-fracture', 'ICD-10-CM', 'S02'),
  ('fall-fracture', 'ICD-10-CM', 'S12'),
  ('fall-fracture', 'ICD-10-CM', 'S22'),
  ('fall-fracture', 'ICD-10-CM', 'S32'),
  ('fall-fracture', 'ICD-10-CM', 'S42'),
  ('fall-fracture', 'ICD-10-CM', 'S52'),
  ('fall-fracture', 'ICD-10-CM', 'S62'),
  ('fall-fracture', 'ICD-10-CM', 'S72'),
  ('fall-fracture', 'ICD-10-CM', 'S82'),
  ('fall-fracture', 'ICD-10-CM', 'S92'),
  ('fall-fracture', 'ICD-10-CM', 'W0'),
  ('fall-fracture', 'ICD-10-CM', 'W1'),
  ('fall-fracture', 'ICD-10-CM', 'R296');
