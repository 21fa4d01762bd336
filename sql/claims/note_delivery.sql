-- Notes for which contract a file's EOBs were delivered: what a reconciliation had missed is delivered again, and every
-- reconciliation of the contract under way has them, whichever command brings them. Exports from before the reconciliation, such
-- as files that were kept, prove nothing.
-- Parameters: output_file_id, contract_number.
-- Result: one row, contract_change: what this adds to the fingerprint of claim_contract.
with file as materialized (
  select
    output_file.exported_at,
    run.series_id
  from ab2d_etl.output_file
  join ab2d_etl.run using (run_id)
  where output_file.output_file_id = :output_file_id
),
delivered as materialized (
  select distinct eob_id
  from ab2d_etl.staged_line
  where output_file_id = :output_file_id
    and eob_id is not null
),
delivered_again as (
  update ab2d.claim_contract
  set not_delivered_since = null
  from delivered
  cross join file
  where claim_contract.eob_id = delivered.eob_id
    and claim_contract.contract_number = :contract_number
    and claim_contract.not_delivered_since < file.exported_at
  returning claim_contract.eob_id, claim_contract.contract_number, ab2d_etl.row_hash(claim_contract) as row_hash
),
under_way as (
  select
    series.series_id,
    min(export_job.exported_at) as started_at
  from ab2d_etl.series
  join ab2d_etl.run using (series_id)
  join ab2d_etl.export_job using (run_id)
  where series.contract_number = :contract_number
    and series.command = 'reconcile'
    and series.state = 'open'
  group by series.series_id
),
noted as (
  insert into ab2d_etl.delivered_eob (series_id, eob_id)
  select
    under_way.series_id,
    delivered.eob_id
  from under_way
  join file
    on file.series_id = under_way.series_id
    or file.exported_at >= under_way.started_at
  cross join delivered
  order by delivered.eob_id
  on conflict do nothing
)
-- The rows as they were: a statement does not see what it changes itself.
select
  coalesce(sum(delivered_again.row_hash), 0) - coalesce(sum(ab2d_etl.row_hash(before)), 0) as contract_change
from delivered_again
left join ab2d.claim_contract as before using (eob_id, contract_number);
