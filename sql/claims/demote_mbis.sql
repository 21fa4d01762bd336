-- Takes the current mark from the MBIs of a file's beneficiaries that a newer export has replaced.
-- Runs before promote_mbis: the index one_current_mbi_per_beneficiary is checked row by row.
-- Parameter: output_file_id.
-- Result: none.
update ab2d.beneficiary_identifier
set is_current = false
from ab2d_etl.newest_mbi
where newest_mbi.beneficiary_id = any(array(
    select beneficiary_id
    from ab2d_etl.staged_mbi
    where output_file_id = :output_file_id
  ))
  and beneficiary_identifier.beneficiary_id = newest_mbi.beneficiary_id
  and beneficiary_identifier.mbi <> newest_mbi.mbi
  and beneficiary_identifier.is_current;
