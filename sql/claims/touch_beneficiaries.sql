-- Notes the beneficiaries of every version of a touched family: their service dates may have changed with its current one.
-- Parameter: output_file_id.
-- Result: none.
insert into ab2d_etl.staged_mbi (output_file_id, beneficiary_id)
select distinct :output_file_id::bigint, beneficiary_id
from ab2d.claim_version
where claim_family_key = any(array(
  select claim_family_key
  from ab2d_etl.touched_family
  where output_file_id = :output_file_id
));
