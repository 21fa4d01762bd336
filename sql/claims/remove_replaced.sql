-- Removes the held EOBs that newer ones replace, with their headers. Their contracts stay; their rows below the header go in
-- remove_children, a statement of its own: this one may wait for a loader that is just giving the claim those rows, and a
-- statement does not see what was committed while it waited.
-- Parameter: eob_ids (text[]).
-- Result: none.
with removed_version as (
  delete from ab2d.claim_version
  where eob_id = any(:eob_ids::text[])
)
delete from ab2d_etl.eob
where eob_id = any(:eob_ids::text[]);
