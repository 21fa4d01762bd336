-- Beneficiaries whose contracts or service dates, or what row-level security takes from them, are not those of their claims.
-- Grain of the result: one row per beneficiary and contract.
-- Parameters: none.
-- Result: beneficiary_id, contract_number.
with span as (
  select
    claim_version.beneficiary_id,
    claim_contract.contract_number,
    count(*) over (partition by claim_version.beneficiary_id) = 1 as is_only_contract,
    min(claim_version.service_from) filter (
      where claim_version.is_current and claim_version.source_system = contract.active_source_system
    ) as first_service_date,
    max(claim_version.service_to) filter (
      where claim_version.is_current and claim_version.source_system = contract.active_source_system
    ) as last_service_date
  from ab2d.claim_version
  join ab2d.claim_contract using (eob_id)
  left join ab2d.contract using (contract_number)
  group by claim_version.beneficiary_id, claim_contract.contract_number
)
select
  beneficiary_id,
  contract_number
from span
full join ab2d.beneficiary_contract as held using (beneficiary_id, contract_number)
where span.beneficiary_id is null
  or held.beneficiary_id is null
  or (span.is_only_contract, span.first_service_date, span.last_service_date)
    is distinct from (held.is_only_contract, held.first_service_date, held.last_service_date);
