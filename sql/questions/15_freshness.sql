-- Question 15: How fresh and complete is what is held, by contract, API version and claim type?
-- Asked by: whoever has to trust today's data, before anything else.
-- Grain of the result: one row per contract, API version and claim type.
-- Parameters: none.
-- Result: contract_number, api_version, claim_type, versions, current_claims, cancelled_families, newest_update, newest_service_date, median_days_to_update.
-- Caveats: A claim that was delivered to two contracts counts in both.
--   A cancelled family has no version that is final; V3 sends no cancellation, so a superseded version is no cancelled family.
--   Days to update are counted from a version's last service day to the day of its last update.
--   Members that AB2D left out cannot be seen here: `ab2d reconcile` finds them.
with by_days as (
  select
    claim_contract.contract_number,
    claim_version.api_version,
    claim_version.claim_type,
    claim_version.last_updated::date - claim_version.service_to as days_to_update,
    count(*) as versions,
    count(*) filter (where claim_version.is_current) as current_claims,
    max(claim_version.last_updated) as newest_update,
    max(claim_version.service_to) as newest_service_date
  from ab2d.claim_contract
  join ab2d.claim_version using (eob_id)
  group by 1, 2, 3, 4
),
-- The median out of the few different numbers of days: sorting all versions takes longer than all else.
ranked as (
  select
    *,
    sum(versions) over upwards as versions_so_far,
    sum(versions) filter (where days_to_update is not null) over everywhere as versions_with_days
  from by_days
  window
    everywhere as (partition by contract_number, api_version, claim_type),
    upwards as (everywhere order by days_to_update)
),
held as (
  select
    contract_number,
    api_version,
    claim_type,
    sum(versions)::bigint as versions,
    sum(current_claims)::bigint as current_claims,
    max(newest_update) as newest_update,
    max(newest_service_date) as newest_service_date,
    min(days_to_update) filter (where versions_so_far * 2 >= versions_with_days) as median_days_to_update
  from ranked
  group by contract_number, api_version, claim_type
),
-- A cancelled family as its newest version that the contract was sent.
cancelled_family as (
  select distinct on (claim_contract.contract_number, claim_version.claim_family_key)
    claim_contract.contract_number,
    claim_version.api_version,
    claim_version.claim_type
  from ab2d.claim_version
  join ab2d.claim_contract using (eob_id)
  where not claim_version.is_final
    and claim_version.final_action is distinct from 'NotFinalAction'
    and not exists (
      select
      from ab2d.claim_version as final_version
      where final_version.claim_family_key = claim_version.claim_family_key
        and final_version.is_final
    )
  order by claim_contract.contract_number, claim_version.claim_family_key, claim_version.version_number desc
),
cancelled as (
  select
    contract_number,
    api_version,
    claim_type,
    count(*) as cancelled_families
  from cancelled_family
  group by contract_number, api_version, claim_type
)
select
  held.contract_number,
  held.api_version,
  held.claim_type,
  held.versions,
  held.current_claims,
  coalesce(cancelled.cancelled_families, 0) as cancelled_families,
  held.newest_update,
  held.newest_service_date,
  held.median_days_to_update
from held
left join cancelled using (contract_number, api_version, claim_type)
order by held.contract_number, held.api_version, held.claim_type;
