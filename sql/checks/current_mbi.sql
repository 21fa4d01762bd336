-- Beneficiaries whose current MBI is not the newest that an export called current.
-- Grain of the result: one row per beneficiary.
-- Parameters: none.
-- Result: beneficiary_id.
with marked as (
  select
    beneficiary_id,
    mbi
  from ab2d.beneficiary_identifier
  where is_current
)
select beneficiary_id
from ab2d_etl.newest_mbi
full join marked using (beneficiary_id)
where newest_mbi.mbi is distinct from marked.mbi;
