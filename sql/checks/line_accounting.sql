-- Files whose lines are not accounted for: the outcomes do not add up to the lines, a rejected line is not kept, or more EOBs say
-- that they came from the file than it brought.
-- Grain of the result: one row per file and what is wrong with it.
-- Parameters: none.
-- Result: output_file_id, problem, expected, found.
with rejected as (
  select
    output_file_id,
    count(*) as found
  from ab2d_etl.rejected_line
  group by output_file_id
),
brought as (
  select
    output_file_id,
    count(*) as found,
    max(line_number) as last_line
  from ab2d_etl.eob
  group by output_file_id
)
select
  output_file.output_file_id,
  problem.what as problem,
  problem.expected,
  problem.found
from ab2d_etl.output_file
left join rejected using (output_file_id)
left join brought using (output_file_id)
cross join lateral (
  values
    (
      'outcomes do not add up to the lines',
      output_file.kind = 'data',
      output_file.line_count,
      output_file.new_count + output_file.newer_count + output_file.unchanged_count + output_file.stale_count
        + output_file.duplicate_count + output_file.excluded_count + output_file.rejected_count + output_file.blank_count
    ),
    ('rejected lines are not kept', true, output_file.rejected_count, coalesce(rejected.found, 0)),
    (
      'more EOBs than the file brought',
      coalesce(brought.found, 0) > output_file.new_count + output_file.newer_count,
      output_file.new_count + output_file.newer_count,
      coalesce(brought.found, 0)
    ),
    (
      'an EOB from beyond its last line',
      coalesce(brought.last_line, 0) > output_file.line_count,
      output_file.line_count,
      coalesce(brought.last_line, 0)
    )
) as problem (what, is_asked, expected, found)
where problem.is_asked
  and problem.expected <> problem.found
order by output_file.output_file_id, problem.what;
