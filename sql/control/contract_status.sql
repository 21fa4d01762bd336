-- How each contract stands.
-- Grain of the result: one row per contract.
-- Parameters: none.
-- Result: the contract, its claims, its watermark, its last run with its export job, an unfinished backfill or
-- reconciliation, the process that is at work for it, what waits for somebody, and the drift of its version's schema.
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
  last_run.error_code,
  last_run.exit_code,
  last_run.gaps,
  last_run.opened_at,
  last_run.completed_at,
  files.listed as files_listed,
  files.landed as files_landed,
  files.loaded as files_loaded,
  rejected.open_lines,
  job.job_id,
  job.state as job_state,
  job.progress_percent as job_percent,
  job.polled_at,
  series.command as series_command,
  series.opened_at as series_opened_at,
  series.windows_complete as series_windows_complete,
  holder.application_name as holder,
  drift.of_version as drift
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
    and claim_version.source_system = contract.active_source_system
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
    -- A later run that was complete asked for the same window again: it had them in a form that loads, or no more.
    and run.run_id > (
      select coalesce(max(whole.run_id), 0)
      from ab2d_etl.run as whole
      where whole.contract_number = contract.contract_number
        and whole.source_system = run.source_system
        and whole.command = 'sync'
        and whole.state = 'complete'
    )
) as rejected
left join lateral (
  select *
  from ab2d_etl.export_job
  where export_job.run_id = last_run.run_id
  order by export_job.asked_at desc
  limit 1
) as job on true
left join lateral (
  select
    open_series.command,
    open_series.opened_at,
    count(run.run_id) as windows_complete
  from ab2d_etl.series as open_series
  left join ab2d_etl.run
    on run.series_id = open_series.series_id
    and run.state = 'complete'
  where open_series.contract_number = contract.contract_number
    and open_series.state = 'open'
  group by open_series.series_id
  order by open_series.series_id desc
  limit 1
) as series on true
left join lateral (
  -- The run lock of src/control/run-lock.ts: whoever has it is at work for the contract.
  select pg_stat_activity.application_name
  from pg_locks
  join pg_stat_activity using (pid)
  join pg_database
    on pg_database.oid = pg_locks.database
    and pg_database.datname = current_database()
  where pg_locks.locktype = 'advisory'
    and pg_locks.granted
    and pg_locks.classid = 4802003
    and pg_locks.objid::bigint = (hashtext(contract.contract_number)::bigint & 4294967295)
  limit 1
) as holder on true
left join lateral (
  select json_build_object(
    'api_version', last_run.api_version,
    'places', count(*),
    'new_places', count(*) filter (where seen.is_new),
    'new_paths', coalesce(
      (array_agg(seen.json_path order by seen.json_path) filter (where seen.is_new))[1:10],
      '{}'
    )
  ) as of_version
  from (
    select
      schema_drift.json_path,
      -- A backfill's windows are runs of one series: what one of them met is new until another command runs.
      coalesce(
        first_run.run_id = last_run.run_id or first_run.series_id = last_run.series_id,
        false
      ) as is_new
    from ab2d_etl.schema_drift
    left join ab2d_etl.run as first_run on first_run.run_id = schema_drift.first_run_id
    where schema_drift.api_version = last_run.api_version
  ) as seen
) as drift on last_run.run_id is not null
order by contract.contract_number;
