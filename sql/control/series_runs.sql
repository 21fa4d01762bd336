-- The complete runs of a series in the order in which they were opened, and whether AB2D delivered anything in them.
-- Parameter: series_id.
-- Result: run_id, requested_since, requested_until, has_lines (of the job that completed the run, not of one it replaced).
select
  run.run_id,
  run.requested_since,
  run.requested_until,
  coalesce(sum(output_file.line_count) filter (where export_job.state = 'complete' and output_file.kind = 'data'), 0) > 0
    as has_lines
from ab2d_etl.run
left join ab2d_etl.export_job using (run_id)
left join ab2d_etl.output_file using (job_id)
where run.series_id = :series_id
  and run.state = 'complete'
group by run.run_id
order by run.run_id;
