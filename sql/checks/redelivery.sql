-- Contracts for which a repair took rows as they were, although some had been lost or edited, and that were not exported whole
-- since.
-- Grain of the result: one row per contract and table.
-- Parameters: none.
-- Result: contract_number, table_name, accepted_at.
select
  contract.contract_number,
  fingerprint.table_name,
  fingerprint.accepted_at
from ab2d_etl.fingerprint
cross join ab2d.contract
where fingerprint.accepted_at is not null
  and not exists (
    select
    from ab2d_etl.series
    where series.contract_number = contract.contract_number
      and series.source_system = contract.active_source_system
      and series.state = 'complete'
      and series.opened_at > fingerprint.accepted_at
  )
  and not exists (
    select
    from ab2d_etl.run
    where run.contract_number = contract.contract_number
      and run.source_system = contract.active_source_system
      and run.command = 'sync'
      and run.state = 'complete'
      and run.opened_at > fingerprint.accepted_at
      and run.requested_until is null
      -- Everything: without a start, or from where the contract's claims begin.
      and (
        run.requested_since is null
        or run.requested_since::timestamptz
          <= greatest((contract.attested_on + 1)::timestamptz, '2020-02-14T00:00:00-05:00'::timestamptz)
      )
  )
order by contract.contract_number, fingerprint.table_name;
