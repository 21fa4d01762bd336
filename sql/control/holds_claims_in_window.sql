-- Tells whether claims of a contract are held that an export of the window must bring again.
-- Parameters: contract_number, source_system, since and until (timestamptz, null for an open end).
-- Result: one row, holds_claims.
select exists (
  select
  from ab2d.claim_contract
  join ab2d.claim_version using (eob_id)
  where claim_contract.contract_number = :contract_number
    and claim_version.source_system = :source_system
    and claim_version.last_updated > coalesce(:since::timestamptz, '-infinity')
    and claim_version.last_updated <= coalesce(:until::timestamptz, 'infinity')
) as holds_claims;
