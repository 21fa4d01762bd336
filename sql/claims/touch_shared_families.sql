-- Touches those of the given families that have more than one version. A batch found each of them alone; another loader may
-- have committed a version of the same family since. Runs under the resolution lock.
-- Parameters: output_file_id, claim_family_keys (text[]).
-- Result: none.
insert into ab2d_etl.touched_family (output_file_id, claim_family_key)
select :output_file_id::bigint, claim_family_key
from ab2d.claim_version
where claim_family_key = any(:claim_family_keys::text[])
group by claim_family_key
having count(*) > 1
on conflict do nothing;
