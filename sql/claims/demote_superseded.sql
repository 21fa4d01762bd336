-- Takes the current mark, and the rows that only current claims have, from every version of a touched family that should
-- not be current. Runs before promote_current: the index one_current_version_per_family is checked row by row.
-- Grain of the result: one row per demoted version.
-- Parameter: output_file_id.
-- Result: eob_id.
with demoted as (
  update ab2d.claim_version
  set
    is_current = false,
    superseded_at = now()
  from ab2d_etl.family_order
  where family_order.claim_family_key = any(array(
      select claim_family_key
      from ab2d_etl.touched_family
      where output_file_id = :output_file_id
    ))
    and claim_version.eob_id = family_order.eob_id
    and claim_version.is_current
    and not family_order.should_be_current
  returning claim_version.eob_id
),
removed_line as (
  delete from ab2d.claim_line
  using demoted
  where claim_line.eob_id = demoted.eob_id
),
removed_diagnosis as (
  delete from ab2d.claim_diagnosis
  using demoted
  where claim_diagnosis.eob_id = demoted.eob_id
),
removed_procedure as (
  delete from ab2d.claim_procedure
  using demoted
  where claim_procedure.eob_id = demoted.eob_id
),
removed_provider as (
  delete from ab2d.claim_provider
  using demoted
  where claim_provider.eob_id = demoted.eob_id
)
select eob_id
from demoted;
