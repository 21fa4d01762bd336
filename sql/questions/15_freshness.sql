-- Question 15: How fresh and complete is what is held, by contract, API version and claim type?
-- Asked by: whoever has to trust today's data, before anything else.
-- Grain of the result: one row per contract, API version and claim type.
-- Parameters: none.
-- Result: contract_number, api_version, claim_type, versions, current_claims, cancelled_families, newest_update,
--     newest_service_date, median_days_to_update.
-- Caveats: A claim that was delivered to two contracts counts in both.
--   A cancelled family has no version that is final; V3 sends no cancellation, so a superseded version is no cancelled family.
--   Days to update are counted from a version's last service day to the day of its last update.
--   Members that AB2D left out cannot be seen here: `ab2d reconcile` finds them.
--   The work is in the view ab2d.contract_completeness; months and runs are in ab2d.data_freshness.
select
  contract_number,
  api_version,
  claim_type,
  versions,
  current_claims,
  cancelled_families,
  newest_update,
  newest_service_date,
  median_days_to_update
from ab2d.contract_completeness
order by contract_number, api_version, claim_type;
