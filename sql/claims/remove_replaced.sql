-- Removes the held EOBs that newer ones replace, with their rows in every claims table. Their contracts stay.
-- Parameter: eob_ids (text[]).
-- Result: none.
with removed_eob as (
  delete from ab2d_etl.eob
  where eob_id = any(:eob_ids::text[])
),
removed_line as (
  delete from ab2d.claim_line
  where eob_id = any(:eob_ids::text[])
),
removed_diagnosis as (
  delete from ab2d.claim_diagnosis
  where eob_id = any(:eob_ids::text[])
),
removed_procedure as (
  delete from ab2d.claim_procedure
  where eob_id = any(:eob_ids::text[])
),
removed_provider as (
  delete from ab2d.claim_provider
  where eob_id = any(:eob_ids::text[])
)
delete from ab2d.claim_version
where eob_id = any(:eob_ids::text[]);
