-- Removes the lines, diagnoses, procedures and providers of claims.
-- Parameter: eob_ids (text[]).
-- Result: none.
with removed_line as (
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
)
delete from ab2d.claim_provider
where eob_id = any(:eob_ids::text[]);
