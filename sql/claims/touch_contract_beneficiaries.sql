-- Notes, once each, the beneficiaries of every version of the families that touch_contract_families noted, in numbered parts
-- like those: their service dates may have changed with the current versions.
-- Parameter: beneficiaries_at_once (beneficiaries a part).
-- Result: one row, part_count.
with touched_beneficiary as (
  select distinct claim_version.beneficiary_id
  from ab2d_etl.touched_family
  join ab2d.claim_version using (claim_family_key)
  where touched_family.output_file_id < 0
),
touched as (
  insert into ab2d_etl.staged_mbi (output_file_id, beneficiary_id)
  select
    -1 - (row_number() over (order by beneficiary_id) - 1) / :beneficiaries_at_once::bigint,
    beneficiary_id
  from touched_beneficiary
  returning output_file_id
)
select coalesce(-min(output_file_id), 0) as part_count
from touched;
