-- Removes headers that neither an EOB nor a contract knows, and what contracts hold of claims that are not there or under a
-- contract that is not there. Runs twice: before lost EOBs get their stand-ins, and when all headers are in place.
-- Parameter: with_holdings (boolean, whether the contracts' rows are looked at).
-- Result: none.
with removed_version as (
  delete from ab2d.claim_version
  where not exists (
      select
      from ab2d_etl.eob
      where eob.eob_id = claim_version.eob_id
    )
    and not exists (
      select
      from ab2d.claim_contract
      where claim_contract.eob_id = claim_version.eob_id
    )
)
delete from ab2d.claim_contract
where :with_holdings::boolean
  and (
    not exists (
      select
      from ab2d.claim_version
      where claim_version.eob_id = claim_contract.eob_id
    )
    or not exists (
      select
      from ab2d.contract
      where contract.contract_number = claim_contract.contract_number
    )
  );
