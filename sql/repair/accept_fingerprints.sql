-- Takes the rows as they are now for those to be watched. Where they are not those that were loaded, and can't be made again from
-- others, that is noted: they have to be delivered again.
-- Parameters: none.
-- Result: one row per table whose fingerprint was changed: table_name.
update ab2d_etl.fingerprint
set
  fingerprint = recomputed_fingerprint.fingerprint,
  accepted_at = case
    when fingerprint.table_name in ('ab2d_etl.eob', 'ab2d.claim_contract', 'ab2d.beneficiary_identifier')
      then clock_timestamp()
    else fingerprint.accepted_at
  end
from ab2d_etl.recomputed_fingerprint
where recomputed_fingerprint.table_name = fingerprint.table_name
  and recomputed_fingerprint.fingerprint <> fingerprint.fingerprint
returning fingerprint.table_name;
