-- Marks the EOBs of these ids as waiting for their line: 32 zeros for its hash and the lowest rank, so that any delivery replaces
-- them. Their text stays. Their version of the API is that of their header.
-- Parameter: eob_ids (text[]).
-- Result: none.
update ab2d_etl.eob
set
  api_version = coalesce(
    (
      select claim_version.api_version
      from ab2d.claim_version
      where claim_version.eob_id = eob.eob_id
    ),
    api_version
  ),
  ranked_at = '-infinity',
  exported_at = '-infinity',
  stamped_at = '-infinity',
  line_sha256 = decode(repeat('00', 32), 'hex')
where eob_id = any(:eob_ids::text[]);
