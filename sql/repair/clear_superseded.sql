-- Takes the end from versions that are current.
-- Parameters: none.
-- Result: none.
update ab2d.claim_version
set superseded_at = null
where is_current
  and superseded_at is not null;
