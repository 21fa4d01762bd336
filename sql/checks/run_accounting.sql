-- Runs that are called complete, but one of whose files is not loaded.
-- Grain of the result: one row per such file.
-- Parameters: none.
-- Result: run_id, output_file_id, state (of the file).
select
  run.run_id,
  output_file.output_file_id,
  output_file.state
from ab2d_etl.run
join ab2d_etl.output_file using (run_id)
where run.state in ('complete', 'complete_with_gaps')
  and (output_file.state = 'listed' or (output_file.state = 'landed' and output_file.kind = 'data'))
order by run.run_id, output_file.output_file_id;
