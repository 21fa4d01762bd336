-- Marks the claims of a contract that a full re-export did not deliver. None is deleted.
-- What another run delivered meanwhile counts as delivered (claims/note_delivery), and so does what was held only afterwards.
-- Claims from before the start of the series were not asked for, nor, where it has a start, those without a lastUpdated.
-- Parameters: series_id, contract_number, source_system, opened_at (of the series), since (timestamptz, null: everything).
-- Result: one row, count: claims marked now; contract_change: what this adds to the fingerprint of claim_contract.
with started as (
  select min(export_job.exported_at) as exported_at
  from ab2d_etl.export_job
  join ab2d_etl.run using (run_id)
  where run.series_id = :series_id
),
marked as (
  update ab2d.claim_contract
  set not_delivered_since = started.exported_at
  from ab2d.claim_version
  join ab2d.claim_contract as before using (eob_id)
  cross join started
  where claim_contract.contract_number = :contract_number
    and claim_contract.not_delivered_since is null
    and claim_contract.first_seen_at < :opened_at::timestamptz
    and claim_version.eob_id = claim_contract.eob_id
    and before.contract_number = claim_contract.contract_number
    and claim_version.source_system = :source_system
    and (:since::timestamptz is null or claim_version.last_updated > :since::timestamptz)
    and not exists (
      select
      from ab2d_etl.delivered_eob
      where delivered_eob.series_id = :series_id
        and delivered_eob.eob_id = claim_contract.eob_id
    )
  returning ab2d_etl.row_hash(claim_contract)::numeric - ab2d_etl.row_hash(before) as change
)
select
  count(*) as count,
  coalesce(sum(change), 0) as contract_change
from marked;
