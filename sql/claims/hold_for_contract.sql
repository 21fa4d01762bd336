-- Notes that a contract was delivered these EOBs, and touches the families of those it did not hold before.
-- Parameters: eob_ids (text[]), contract_number, run_id, output_file_id.
-- Result: one row, contract_change: what this adds to the fingerprint of claim_contract.
with newly_held as (
  insert into ab2d.claim_contract (eob_id, contract_number, first_run_id)
  select eob_id, :contract_number, :run_id::bigint
  from unnest(:eob_ids::text[]) as delivered (eob_id)
  on conflict do nothing
  returning eob_id, ab2d_etl.row_hash(claim_contract) as row_hash
),
touched as (
  insert into ab2d_etl.touched_family (output_file_id, claim_family_key)
  select distinct :output_file_id::bigint, claim_version.claim_family_key
  from newly_held
  join ab2d.claim_version using (eob_id)
  on conflict do nothing
)
select coalesce(sum(row_hash), 0) as contract_change
from newly_held;
