-- Adds up the rows that were just copied into the tables of EOBs and of versions.
-- Parameter: eob_ids (text[]).
-- Result: one row, eob_change and version_change: what they add to the fingerprints of eob and claim_version.
select
  coalesce(sum(ab2d_etl.row_hash(eob)), 0) as eob_change,
  coalesce(sum(ab2d_etl.row_hash(claim_version)), 0) as version_change
from ab2d_etl.eob
join ab2d.claim_version using (eob_id)
where eob_id = any(:eob_ids::text[]);
