-- Clears what a file's transaction staged: the last thing before its commit.
-- Parameter: output_file_id.
-- Result: none.
with cleared_line as (
  delete from ab2d_etl.staged_line
  where output_file_id = :output_file_id
),
cleared_mbi as (
  delete from ab2d_etl.staged_mbi
  where output_file_id = :output_file_id
)
delete from ab2d_etl.touched_family
where output_file_id = :output_file_id;
