-- Marks the version of each touched family that should be current, and numbers the family's versions from the oldest.
-- Grain of the result: one row per version that was changed.
-- Parameter: output_file_id.
-- Result: eob_id; is_promoted, whether it became current and has no lines, diagnoses, procedures and providers yet;
-- version_change, what it adds to the fingerprint of claim_version.
update ab2d.claim_version
set
  is_current = family_order.should_be_current,
  version_number = family_order.version_number,
  superseded_at = case when family_order.should_be_current then null else claim_version.superseded_at end
from ab2d_etl.family_order
join ab2d.claim_version as before using (eob_id)
where family_order.claim_family_key = any(array(
    select claim_family_key
    from ab2d_etl.touched_family
    where output_file_id = :output_file_id
  ))
  and claim_version.eob_id = family_order.eob_id
  and (
    claim_version.is_current <> family_order.should_be_current
    or claim_version.version_number <> family_order.version_number
  )
returning
  claim_version.eob_id,
  claim_version.is_current and not before.is_current as is_promoted,
  ab2d_etl.row_hash(claim_version)::numeric - ab2d_etl.row_hash(before) as version_change;
