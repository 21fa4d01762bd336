-- Takes the current mark from every version of a touched family that should not be current. Runs before promote_current: the
-- index one_current_version_per_family is checked row by row.
-- Grain of the result: one row per demoted version, whose rows below the header have to go.
-- Parameter: output_file_id.
-- Result: eob_id; version_change, what it adds to the fingerprint of claim_version.
update ab2d.claim_version
set
  is_current = false,
  superseded_at = now()
from ab2d_etl.family_order
join ab2d.claim_version as before using (eob_id)
where family_order.claim_family_key = any(array(
    select claim_family_key
    from ab2d_etl.touched_family
    where output_file_id = :output_file_id
  ))
  and claim_version.eob_id = family_order.eob_id
  and claim_version.is_current
  and not family_order.should_be_current
returning
  claim_version.eob_id,
  ab2d_etl.row_hash(claim_version)::numeric - ab2d_etl.row_hash(before) as version_change;
