-- Notes the families with a version that is wrongly current, wrongly not, or in the wrong place, in numbered parts: part n
-- under the output file -n, which no file has.
-- Parameter: families_at_once (families a part).
-- Result: one row, part_count and family_count.
with family as (
  select distinct claim_version.claim_family_key
  from ab2d.claim_version
  join ab2d_etl.family_order using (eob_id)
  where claim_version.is_current <> family_order.should_be_current
    or claim_version.version_number <> family_order.version_number
),
touched as (
  insert into ab2d_etl.touched_family (output_file_id, claim_family_key)
  select
    -1 - (row_number() over (order by claim_family_key) - 1) / :families_at_once::bigint,
    claim_family_key
  from family
  returning output_file_id
)
select
  coalesce(-min(output_file_id), 0) as part_count,
  count(*) as family_count
from touched;
