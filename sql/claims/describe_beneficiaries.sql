-- Brings the beneficiaries of a file up to date: their current MBI, and by contract the first and last service date of their
-- claims of the contract's active source system.
-- Parameter: output_file_id.
-- Result: one row, patient_change: what this adds to the fingerprint of patient.
with touched as (
  select distinct beneficiary_id
  from ab2d_etl.staged_mbi
  where output_file_id = :output_file_id
),
span as (
  select
    touched.beneficiary_id,
    claim_contract.contract_number,
    count(*) over (partition by touched.beneficiary_id) = 1 as is_only_contract,
    min(claim_version.service_from) filter (
      where claim_version.is_current and claim_version.source_system = contract.active_source_system
    ) as first_service_date,
    max(claim_version.service_to) filter (
      where claim_version.is_current and claim_version.source_system = contract.active_source_system
    ) as last_service_date
  from touched
  join ab2d.claim_version using (beneficiary_id)
  join ab2d.claim_contract using (eob_id)
  left join ab2d.contract using (contract_number)
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
  insert into ab2d.beneficiary_contract as held
    (beneficiary_id, contract_number, is_only_contract, first_service_date, last_service_date)
  select beneficiary_id, contract_number, is_only_contract, first_service_date, last_service_date
  from span
  order by beneficiary_id, contract_number
  on conflict (beneficiary_id, contract_number) do update
  set
    is_only_contract = excluded.is_only_contract,
    first_service_date = excluded.first_service_date,
    last_service_date = excluded.last_service_date
  where (held.is_only_contract, held.first_service_date, held.last_service_date)
    is distinct from (excluded.is_only_contract, excluded.first_service_date, excluded.last_service_date)
),
described as (
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
  where held.current_mbi is distinct from excluded.current_mbi
  returning held.beneficiary_id, ab2d_etl.row_hash(held) as row_hash
)
select coalesce(sum(described.row_hash), 0) - coalesce(sum(ab2d_etl.row_hash(before)), 0) as patient_change
from described
left join ab2d.patient as before using (beneficiary_id);
