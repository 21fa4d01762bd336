-- Brings the beneficiaries of a file up to date: their current MBI, and by contract the first and last service date of their claims.
-- Parameter: output_file_id.
-- Result: none.
with touched as (
  select distinct beneficiary_id
  from ab2d_etl.staged_mbi
  where output_file_id = :output_file_id
),
span as (
  select
    touched.beneficiary_id,
    claim_contract.contract_number,
    min(claim_version.service_from) filter (where claim_version.is_current) as first_service_date,
    max(claim_version.service_to) filter (where claim_version.is_current) as last_service_date
  from touched
  join ab2d.claim_version using (beneficiary_id)
  join ab2d.claim_contract using (eob_id)
  group by touched.beneficiary_id, claim_contract.contract_number
),
left_contract as (
  delete from ab2d.beneficiary_contract
  using touched
  where beneficiary_contract.beneficiary_id = touched.beneficiary_id
    and not exists (
      select
      from span
      where span.beneficiary_id = beneficiary_contract.beneficiary_id
        and span.contract_number = beneficiary_contract.contract_number
    )
),
described_span as (
  insert into ab2d.beneficiary_contract as held (beneficiary_id, contract_number, first_service_date, last_service_date)
  select beneficiary_id, contract_number, first_service_date, last_service_date
  from span
  order by beneficiary_id, contract_number
  on conflict (beneficiary_id, contract_number) do update
  set
    first_service_date = excluded.first_service_date,
    last_service_date = excluded.last_service_date
  where (held.first_service_date, held.last_service_date)
    is distinct from (excluded.first_service_date, excluded.last_service_date)
)
insert into ab2d.patient as held (beneficiary_id, source_system, patient_id, current_mbi)
select
  touched.beneficiary_id,
  split_part(touched.beneficiary_id, ':', 1),
  substr(touched.beneficiary_id, strpos(touched.beneficiary_id, ':') + 1),
  beneficiary_identifier.mbi
from touched
left join ab2d.beneficiary_identifier
  on beneficiary_identifier.beneficiary_id = touched.beneficiary_id
  and beneficiary_identifier.is_current
order by touched.beneficiary_id
on conflict (beneficiary_id) do update
set current_mbi = excluded.current_mbi
where held.current_mbi is distinct from excluded.current_mbi;
