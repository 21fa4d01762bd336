-- Takes the current mark from MBIs that no export called current the newest.
-- Parameters: none.
-- Result: none.
update ab2d.beneficiary_identifier
set is_current = false
where is_current
  and not exists (
    select
    from ab2d_etl.newest_mbi
    where newest_mbi.beneficiary_id = beneficiary_identifier.beneficiary_id
      and newest_mbi.mbi = beneficiary_identifier.mbi
  );
