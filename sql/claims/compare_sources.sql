-- Sets a contract's claims of its two source systems side by side: what analysts see, and what they would see with that source
-- active. A claim counts where it is the newest final version of its family among those that the contract holds.
-- Grain of the result: one row per source system and claim type, and one per source system, whose claim_type is null.
-- Parameter: contract_number.
-- Result: source_system, claim_type, and the figures.
with held as (
  select
    claim_version.source_system,
    claim_version.claim_type,
    claim_version.claim_family_key,
    claim_version.beneficiary_id,
    claim_version.service_from,
    claim_version.service_to,
    claim_version.last_updated,
    claim_version.line_count,
    claim_version.diagnosis_count,
    claim_version.is_current,
    claim_version.is_final
      and row_number() over (
        partition by claim_version.claim_family_key
        order by claim_version.is_final desc, claim_version.last_updated desc nulls last, claim_version.eob_id desc
      ) = 1 as is_claim
  from ab2d.claim_contract
  join ab2d.claim_version using (eob_id)
  where claim_contract.contract_number = :contract_number
)
select
  source_system,
  claim_type,
  count(*) as versions,
  count(distinct claim_family_key) as families,
  count(*) filter (where is_current) as current_claims,
  count(distinct beneficiary_id) filter (where is_current) as current_beneficiaries,
  count(*) filter (where is_claim) as claims,
  count(distinct beneficiary_id) filter (where is_claim) as beneficiaries,
  coalesce(sum(line_count) filter (where is_claim), 0)::bigint as lines,
  coalesce(sum(diagnosis_count) filter (where is_claim), 0)::bigint as diagnoses,
  min(service_from) filter (where is_claim) as first_service,
  max(service_to) filter (where is_claim) as last_service,
  max(last_updated) as newest_update
from held
group by grouping sets ((source_system), (source_system, claim_type))
order by source_system, claim_type nulls first;
