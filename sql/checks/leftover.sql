-- Rows that a load or a reconciliation should have taken away at its end. Those of one at work are seen by nobody else.
-- Grain of the result: one row per table and file, or series.
-- Parameters: none.
-- Result: table_name, of_id (output_file_id or series_id), rows_left.
select
  'ab2d_etl.staged_line' as table_name,
  output_file_id as of_id,
  count(*) as rows_left
from ab2d_etl.staged_line
group by output_file_id
union all
select
  'ab2d_etl.staged_mbi',
  output_file_id,
  count(*)
from ab2d_etl.staged_mbi
group by output_file_id
union all
select
  'ab2d_etl.touched_family',
  output_file_id,
  count(*)
from ab2d_etl.touched_family
group by output_file_id
union all
select
  'ab2d_etl.delivered_eob',
  series_id,
  count(*)
from ab2d_etl.delivered_eob
left join ab2d_etl.series using (series_id)
where series.state is distinct from 'open'
group by series_id;
