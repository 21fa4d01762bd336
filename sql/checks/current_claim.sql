-- Versions that are current and should not be, or the other way round, and versions with a wrong place in their family.
-- Grain of the result: one row per EOB id.
-- Parameters: none.
-- Result: eob_id, claim_family_key.
select
  claim_version.eob_id,
  claim_version.claim_family_key
from ab2d.claim_version
join ab2d_etl.family_order using (eob_id)
where claim_version.is_current <> family_order.should_be_current
  or claim_version.version_number <> family_order.version_number
  or (claim_version.is_current and claim_version.superseded_at is not null);
