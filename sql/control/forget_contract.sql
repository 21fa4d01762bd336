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
),
removed_eob as (
  delete from ab2d_etl.eob
  where eob_id in (select eob_id from forgotten_claim)
),
removed_identifier as (
  delete from ab2d.beneficiary_identifier
  where beneficiary_id in (select beneficiary_id from forgotten_beneficiary)
),
removed_patient as (
  delete from ab2d.patient
  where beneficiary_id in (select beneficiary_id from forgotten_beneficiary)
),
removed_span as (
  delete from ab2d.beneficiary_contract
  where contract_number = :contract_number
),
removed_holding as (
  delete from ab2d.claim_contract
  where contract_number = :contract_number
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
