-- Marks the current MBI of each of a file's beneficiaries: the newest one called current.
-- Parameter: output_file_id.
-- Result: none.
with newest as (
  select distinct on (beneficiary_id)
    beneficiary_id,
    mbi
  from ab2d.beneficiary_identifier
  where currency = 'current'
    and beneficiary_id = any(array(
      select beneficiary_id
      from ab2d_etl.staged_mbi
      where output_file_id = :output_file_id
    ))
  order by beneficiary_id, exported_at desc, mbi desc
)
update ab2d.beneficiary_identifier
set is_current = true
from newest
where beneficiary_identifier.beneficiary_id = newest.beneficiary_id
  and beneficiary_identifier.mbi = newest.mbi
  and not beneficiary_identifier.is_current;
