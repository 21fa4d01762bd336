-- Removes the held EOBs that newer ones replace, with their headers. Their contracts stay; their rows below the header go in
-- remove_children, a statement of its own: this one may wait for a loader that is just giving the claim those rows, and a
-- statement does not see what was committed while it waited.
-- Parameter: eob_ids (text[]).
-- Result: one row, eob_change and version_change: what this adds to the fingerprints of eob and claim_version.
with removed_version as (
  delete from ab2d.claim_version
  where eob_id = any(:eob_ids::text[])
  returning ab2d_etl.row_hash(claim_version) as row_hash
),
removed_eob as (
  delete from ab2d_etl.eob
  where eob_id = any(:eob_ids::text[])
  returning ab2d_etl.row_hash(eob) as row_hash
)
select
  -coalesce(sum(row_hash) filter (where is_eob), 0) as eob_change,
  -coalesce(sum(row_hash) filter (where not is_eob), 0) as version_change
from (
  select
    true as is_eob,
    row_hash
  from removed_eob
  union all
  select
    false,
    row_hash
  from removed_version
) as removed;
