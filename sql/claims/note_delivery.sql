-- Notes for which contract a file's EOBs were delivered: what a reconciliation had missed is delivered again, and every
-- reconciliation of the contract under way has them, whichever command brings them.
-- Parameters: output_file_id, contract_number.
-- Result: none.
with delivered as materialized (
  select distinct eob_id
  from ab2d_etl.staged_line
  where output_file_id = :output_file_id
    and eob_id is not null
),
delivered_again as (
  update ab2d.claim_contract
  set not_delivered_since = null
  from delivered
  where claim_contract.eob_id = delivered.eob_id
    and claim_contract.contract_number = :contract_number
    and claim_contract.not_delivered_since is not null
)
insert into ab2d_etl.delivered_eob (series_id, eob_id)
select
  series.series_id,
  delivered.eob_id
from ab2d_etl.series
cross join delivered
where series.contract_number = :contract_number
  and series.command = 'reconcile'
  and series.state = 'open'
on conflict do nothing;
