-- Forgets a contract: its runs, its watermarks, and the claims that no other contract holds. The audit stays.
-- Parameter: contract_number.
-- Result: none.
with forgotten_claim as materialized (
  select eob_id
  from ab2d.claim_contract
  group by eob_id
  having bool_and(contract_number = :contract_number)
),
forgotten_file as materialized (
  select output_file_id
  from ab2d_etl.output_file
  join ab2d_etl.run using (run_id)
  where run.contract_number = :contract_number
),
forgotten_beneficiary as materialized (
  select beneficiary_id
  from ab2d.claim_version
  group by beneficiary_id
  having bool_and(eob_id in (select eob_id from forgotten_claim))
),
removed_line as (
  delete from ab2d.claim_line
  where eob_id in (select eob_id from forgotten_claim)
),
removed_diagnosis as (
  delete from ab2d.claim_diagnosis
  where eob_id in (select eob_id from forgotten_claim)
),
removed_procedure as (
  delete from ab2d.claim_procedure
  where eob_id in (select eob_id from forgotten_claim)
),
removed_provider as (
  delete from ab2d.claim_provider
  where eob_id in (select eob_id from forgotten_claim)
),
removed_version as (
  delete from ab2d.claim_version
  where eob_id in (select eob_id from forgotten_claim)
  returning ab2d_etl.row_hash(claim_version) as row_hash
),
removed_eob as (
  delete from ab2d_etl.eob
  where eob_id in (select eob_id from forgotten_claim)
  returning ab2d_etl.row_hash(eob) as row_hash, ab2d_etl.line_fingerprint(line_sha256) as line_fingerprint
),
removed_identifier as (
  delete from ab2d.beneficiary_identifier
  where beneficiary_id in (select beneficiary_id from forgotten_beneficiary)
  returning ab2d_etl.row_hash(beneficiary_identifier) as row_hash
),
removed_patient as (
  delete from ab2d.patient
  where beneficiary_id in (select beneficiary_id from forgotten_beneficiary)
  returning ab2d_etl.row_hash(patient) as row_hash
),
removed_span as (
  delete from ab2d.beneficiary_contract
  where contract_number = :contract_number
),
-- Whose other contract is now their only one.
sole_span as (
  update ab2d.beneficiary_contract
  set is_only_contract = true
  where contract_number <> :contract_number
    and beneficiary_id in (
      select beneficiary_id
      from ab2d.beneficiary_contract
      where contract_number = :contract_number
    )
    and not exists (
      select
      from ab2d.beneficiary_contract as other
      where other.beneficiary_id = beneficiary_contract.beneficiary_id
        and other.contract_number not in (beneficiary_contract.contract_number, :contract_number)
    )
),
removed_holding as (
  delete from ab2d.claim_contract
  where contract_number = :contract_number
  returning ab2d_etl.row_hash(claim_contract) as row_hash
),
removed_rejected_line as (
  delete from ab2d_etl.rejected_line
  where output_file_id in (select output_file_id from forgotten_file)
),
removed_delivery as (
  delete from ab2d_etl.delivered_eob
  where series_id in (select series_id from ab2d_etl.series where contract_number = :contract_number)
),
removed_watermark as (
  delete from ab2d_etl.watermark
  where contract_number = :contract_number
),
removed_file as (
  delete from ab2d_etl.output_file
  where output_file_id in (select output_file_id from forgotten_file)
  returning fingerprint_delta
),
removed_hash as (
  select
    'ab2d.claim_version' as table_name,
    sum(row_hash) as total
  from removed_version
  union all
  select
    'ab2d_etl.eob',
    sum(row_hash)
  from removed_eob
  union all
  select
    'ab2d.beneficiary_identifier',
    sum(row_hash)
  from removed_identifier
  union all
  select
    'ab2d.patient',
    sum(row_hash)
  from removed_patient
  union all
  select
    'ab2d.claim_contract',
    sum(row_hash)
  from removed_holding
  union all
  -- The files' sums go, and with them the lines of claims that another contract holds: what is left over is noted.
  select
    'ab2d_etl.output_file',
    sum(part)
  from (
    select line_fingerprint::numeric as part
    from removed_eob
    union all
    select -fingerprint_delta
    from removed_file
  ) as line_part
),
lowered as (
  update ab2d_etl.fingerprint
  set fingerprint = ab2d_etl.as_fingerprint(fingerprint.fingerprint - removed_hash.total)
  from removed_hash
  where fingerprint.table_name = removed_hash.table_name
    and removed_hash.total is not null
),
removed_job as (
  delete from ab2d_etl.export_job
  where run_id in (
    select run_id
    from ab2d_etl.run
    where contract_number = :contract_number
  )
),
removed_run as (
  delete from ab2d_etl.run
  where contract_number = :contract_number
),
removed_series as (
  delete from ab2d_etl.series
  where contract_number = :contract_number
)
delete from ab2d.contract
where contract_number = :contract_number;
