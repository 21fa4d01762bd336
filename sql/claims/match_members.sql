-- Counts a contract's beneficiaries with claims by the source systems that know them. The two sources share no id: an MBI,
-- current or historic, tells that two beneficiaries are one person.
-- Parameter: contract_number.
-- Result: one row, in_both, in_ccw_only and in_idr_only.
with holder as materialized (
  select distinct
    claim_version.source_system,
    claim_version.beneficiary_id
  from ab2d.claim_contract
  join ab2d.claim_version using (eob_id)
  where claim_contract.contract_number = :contract_number
    and claim_version.is_final
),
known as materialized (
  select
    holder.source_system,
    holder.beneficiary_id,
    beneficiary_identifier.mbi
  from holder
  join ab2d.beneficiary_identifier using (beneficiary_id)
),
matched as materialized (
  select
    ccw.beneficiary_id as ccw_id,
    idr.beneficiary_id as idr_id
  from known as ccw
  join known as idr using (mbi)
  where ccw.source_system = 'ccw'
    and idr.source_system = 'idr'
),
total as (
  select
    count(*) filter (where source_system = 'ccw') as ccw_count,
    count(*) filter (where source_system = 'idr') as idr_count
  from holder
),
total_matched as (
  select
    count(distinct ccw_id) as ccw_count,
    count(distinct idr_id) as idr_count
  from matched
)
select
  total_matched.ccw_count as in_both,
  total.ccw_count - total_matched.ccw_count as in_ccw_only,
  total.idr_count - total_matched.idr_count as in_idr_only
from total
cross join total_matched;
