-- Notes families whose current version has to be chosen again at the end of the file.
-- Parameters: output_file_id, claim_family_keys (text[]).
-- Result: none.
insert into ab2d_etl.touched_family (output_file_id, claim_family_key)
select distinct :output_file_id::bigint, claim_family_key
from unnest(:claim_family_keys::text[]) as touched (claim_family_key)
on conflict do nothing;
