-- Marks the current MBI of each of a file's beneficiaries: the newest one called current.
-- Parameter: output_file_id.
-- Result: none.
update ab2d.beneficiary_identifier
set is_current = true
from ab2d_etl.newest_mbi
where newest_mbi.beneficiary_id = any(array(
    select beneficiary_id
    from ab2d_etl.staged_mbi
    where output_file_id = :output_file_id
  ))
  and beneficiary_identifier.beneficiary_id = newest_mbi.beneficiary_id
  and beneficiary_identifier.mbi = newest_mbi.mbi
  and not beneficiary_identifier.is_current;
