-- MBIs that AB2D stamped on a stored EOB and that its beneficiary lacks.
-- Grain of the result: one row per beneficiary and MBI.
-- Parameters: none.
-- Result: beneficiary_id, mbi.
with stamped as (
  select distinct
    claim_version.beneficiary_id,
    stamp.mbi
  from ab2d_etl.eob
  join ab2d.claim_version using (eob_id)
  cross join lateral unnest(eob.mbis) as stamp (mbi)
)
select
  stamped.beneficiary_id,
  stamped.mbi
from stamped
left join ab2d.beneficiary_identifier using (beneficiary_id, mbi)
where beneficiary_identifier.beneficiary_id is null;
