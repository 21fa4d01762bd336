-- Takes the file and line from EOBs of files that can't have brought as many, or a line that far down: which of them says so
-- wrongly can't be told. Their texts, which have hashes of their own, stay as they are.
-- Parameters: none.
-- Result: none.
with overfull as (
  select output_file.output_file_id
  from ab2d_etl.output_file
  join ab2d_etl.eob using (output_file_id)
  group by output_file.output_file_id
  having count(*) > output_file.new_count + output_file.newer_count
    or max(eob.line_number) > output_file.line_count
)
update ab2d_etl.eob
set
  output_file_id = 0,
  line_number = 0
from overfull
where eob.output_file_id = overfull.output_file_id;
