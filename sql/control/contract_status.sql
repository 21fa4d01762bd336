-- How each contract stands.
-- Grain of the result: one row per contract.
-- Parameters: none.
-- Result: the contract, its claims, its watermark, its last run and what waits for somebody.
select
  contract.contract_number,
  contract.active_source_system,
  held.versions,
  held.current_claims,
  held.beneficiaries,
  held.newest_update,
  watermark.exported_at as watermark,
  watermark.since_datetime,
  last_run.run_id,
  last_run.command,
  last_run.state,
  last_run.gaps,
  last_run.opened_at,
  last_run.completed_at,
  files.listed as files_listed,
  files.landed as files_landed,
  files.loaded as files_loaded,
  rejected.open_lines
from ab2d.contract
cross join lateral (
  select
    count(*) as versions,
    count(*) filter (where claim_version.is_current) as current_claims,
    count(distinct claim_version.beneficiary_id) as beneficiaries,
    max(claim_version.last_updated) as newest_update
  from ab2d.claim_contract
  join ab2d.claim_version using (eob_id)
  where claim_contract.contract_number = contract.contract_number
) as held
left join ab2d_etl.watermark
  on watermark.contract_number = contract.contract_number
  and watermark.source_system = contract.active_source_system
left join lateral (
  select *
  from ab2d_etl.run
  where run.contract_number = contract.contract_number
  order by run.run_id desc
  limit 1
) as last_run on true
left join lateral (
  select
    count(*) filter (where output_file.state = 'listed') as listed,
    count(*) filter (where output_file.state = 'landed') as landed,
    count(*) filter (where output_file.state = 'loaded') as loaded
  from ab2d_etl.output_file
  where output_file.run_id = last_run.run_id
) as files on true
cross join lateral (
  select count(*) as open_lines
  from ab2d_etl.rejected_line
  join ab2d_etl.output_file using (output_file_id)
  join ab2d_etl.run using (run_id)
  where run.contract_number = contract.contract_number
    and rejected_line.state = 'open'
) as rejected
order by contract.contract_number;
