-- Claims with another number of rows in claim_line than their header says, versions that have some although they are not current,
-- and rows without a header.
-- Grain of the result: one row per EOB id.
-- Parameters: none.
-- Result: eob_id, expected, found.
with held as (
  select
    eob_id,
    count(*) as found
  from ab2d.claim_line
  group by eob_id
),
wanted as (
  select
    eob_id,
    line_count as expected
  from ab2d.claim_version
  where is_current
)
select
  eob_id,
  coalesce(wanted.expected, 0) as expected,
  coalesce(held.found, 0) as found
from wanted
full join held using (eob_id)
where coalesce(wanted.expected, 0) <> coalesce(held.found, 0);
