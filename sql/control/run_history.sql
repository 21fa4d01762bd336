-- The newest runs, newest first.
-- Grain of the result: one row per run.
-- Parameters: contract_number (null for all contracts), at_most (rows).
-- Result: the run, its window, its files and what became of their lines.
select
  run.run_id,
  run.contract_number,
  run.command,
  run.api_version,
  run.state,
  run.error_code,
  run.exit_code,
  run.gaps,
  run.requested_since,
  run.requested_until,
  run.opened_at,
  run.completed_at,
  job.since_datetime,
  job.job_id,
  files.file_count,
  files.byte_count,
  files.line_count,
  files.new_count,
  files.newer_count,
  files.unchanged_count,
  files.rejected_count
from ab2d_etl.run
left join lateral (
  select
    since_datetime,
    job_id
  from ab2d_etl.export_job
  where export_job.run_id = run.run_id
  order by export_job.asked_at desc
  limit 1
) as job on true
cross join lateral (
  select
    count(*) as file_count,
    coalesce(sum(byte_count), 0)::bigint as byte_count,
    coalesce(sum(line_count), 0)::bigint as line_count,
    coalesce(sum(new_count), 0)::bigint as new_count,
    coalesce(sum(newer_count), 0)::bigint as newer_count,
    coalesce(sum(unchanged_count), 0)::bigint as unchanged_count,
    coalesce(sum(rejected_count), 0)::bigint as rejected_count
  from ab2d_etl.output_file
  where output_file.run_id = run.run_id
    and output_file.state = 'loaded'
) as files
where :contract_number::text is null
  or run.contract_number = :contract_number
order by run.run_id desc
limit :at_most::integer;
