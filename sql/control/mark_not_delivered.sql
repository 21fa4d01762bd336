-- Marks the claims of a contract that a full re-export did not deliver. None is deleted.
-- What another run delivered meanwhile counts as delivered (claims/note_delivery), and so does what was held only afterwards.
-- Parameters: series_id, contract_number, source_system, opened_at (start of the series).
-- Result: one row, count: claims marked now.
with marked as (
  update ab2d.claim_contract
  set not_delivered_since = :opened_at::timestamptz
  from ab2d.claim_version
  where claim_contract.contract_number = :contract_number
    and claim_contract.not_delivered_since is null
    and claim_contract.first_seen_at < :opened_at::timestamptz
    and claim_version.eob_id = claim_contract.eob_id
    and claim_version.source_system = :source_system
    and not exists (
      select
      from ab2d_etl.delivered_eob
      where delivered_eob.series_id = :series_id
        and delivered_eob.eob_id = claim_contract.eob_id
    )
  returning claim_contract.eob_id
)
select count(*) as count
from marked;
