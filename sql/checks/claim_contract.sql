-- Versions that no contract holds, and claims held for a contract that are not there.
-- Grain of the result: one row per EOB id and contract.
-- Parameters: none.
-- Result: eob_id, contract_number (null: no contract holds it), problem.
select
  claim_version.eob_id,
  null as contract_number,
  'no contract holds it' as problem
from ab2d.claim_version
left join ab2d.claim_contract using (eob_id)
where claim_contract.eob_id is null
union all
select
  claim_contract.eob_id,
  claim_contract.contract_number,
  'there is no such claim'
from ab2d.claim_contract
left join ab2d.claim_version using (eob_id)
where claim_version.eob_id is null
union all
select
  claim_contract.eob_id,
  claim_contract.contract_number,
  'there is no such contract'
from ab2d.claim_contract
left join ab2d.contract using (contract_number)
where contract.contract_number is null;
