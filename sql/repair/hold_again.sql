-- Gives the claims that no contract holds back to the contract of the file that brought them.
-- Parameters: none.
-- Result: one row, count.
with held as (
  insert into ab2d.claim_contract (eob_id, contract_number, first_run_id, first_seen_at)
  select
    claim_version.eob_id,
    run.contract_number,
    run.run_id,
    claim_version.first_seen_at
  from ab2d.claim_version
  left join ab2d.claim_contract using (eob_id)
  join ab2d_etl.eob using (eob_id)
  join ab2d_etl.output_file using (output_file_id)
  join ab2d_etl.run using (run_id)
  where claim_contract.eob_id is null
  returning eob_id
)
select count(*) as count
from held;
