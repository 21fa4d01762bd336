-- Removes the contracts and service dates of beneficiaries without claims.
-- Parameters: none.
-- Result: none.
delete from ab2d.beneficiary_contract
where not exists (
  select
  from ab2d.claim_version
  where claim_version.beneficiary_id = beneficiary_contract.beneficiary_id
);
