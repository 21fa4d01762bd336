-- Marks the current MBI of each of a file's beneficiaries: the newest one called current.
-- Parameter: output_file_id.
-- Result: one row, identifier_change: what this adds to the fingerprint of beneficiary_identifier.
with marked as (
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
    and not beneficiary_identifier.is_current
  returning
    beneficiary_identifier.beneficiary_id,
    beneficiary_identifier.mbi,
    ab2d_etl.row_hash(beneficiary_identifier) as row_hash
)
select
  coalesce(sum(marked.row_hash), 0) - coalesce(sum(ab2d_etl.row_hash(before)), 0) as identifier_change
from marked
left join ab2d.beneficiary_identifier as before using (beneficiary_id, mbi);
