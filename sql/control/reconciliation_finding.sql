-- What a full re-export has shown: which claims incremental exports had missed, and which are no longer delivered.
-- Missed means: older than what the next incremental export would have asked for, so that none would have brought it.
-- Parameters: series_id, contract_number, source_system, incremental_since (timestamptz, null before the first complete run).
-- Result: one row of counts.
with held as materialized (
  select
    claim_contract.eob_id,
    claim_contract.not_delivered_since,
    claim_version.claim_type,
    claim_version.beneficiary_id,
    coalesce(first_run.series_id = :series_id, false) as is_first_of_series,
    coalesce(claim_version.last_updated, '-infinity') <= :incremental_since::timestamptz as is_beyond_reach
  from ab2d.claim_contract
  join ab2d.claim_version using (eob_id)
  left join ab2d_etl.run as first_run
    on first_run.run_id = claim_contract.first_run_id
  where claim_contract.contract_number = :contract_number
    and claim_version.source_system = :source_system
),
missed as (
  select *
  from held
  where is_first_of_series
    and is_beyond_reach
),
changed as (
  select held.eob_id
  from held
  join ab2d_etl.eob using (eob_id)
  join ab2d_etl.output_file using (output_file_id)
  join ab2d_etl.run using (run_id)
  where run.series_id = :series_id
    and held.is_beyond_reach
    and not held.is_first_of_series
),
by_type as (
  select
    claim_type,
    count(*) as missed
  from missed
  group by claim_type
),
by_beneficiary as (
  select
    bool_and(is_first_of_series) and bool_or(is_beyond_reach) as is_missed,
    bool_and(not_delivered_since is not null) as is_not_delivered
  from held
  group by beneficiary_id
),
delivered_count as (
  select count(*) as delivered
  from ab2d_etl.delivered_eob
  where series_id = :series_id
),
missed_count as (
  select
    coalesce(sum(missed), 0)::bigint as missed,
    coalesce(jsonb_object_agg(claim_type, missed), '{}') as missed_by_type
  from by_type
),
changed_count as (
  select count(*) as changed
  from changed
),
held_count as (
  select count(*) filter (where not_delivered_since is not null) as not_delivered
  from held
),
beneficiary_count as (
  select
    count(*) filter (where is_missed) as missed_beneficiaries,
    count(*) filter (where is_not_delivered) as not_delivered_beneficiaries
  from by_beneficiary
)
select
  delivered,
  missed,
  missed_by_type,
  missed_beneficiaries,
  changed,
  not_delivered,
  not_delivered_beneficiaries
from delivered_count
cross join missed_count
cross join changed_count
cross join held_count
cross join beneficiary_count;
