-- Watermarks that do not follow from complete runs: one that is not the start of the run it names, a run that moved it over time
-- that no run asked for, or a step back.
-- Grain of the result: one row per contract, source system, run and what is wrong with it.
-- Parameters: none.
-- Result: contract_number, source_system, run_id, problem.
with told as (
  -- What each run found and left: written when it was completed, never changed.
  select
    run.contract_number,
    run.source_system,
    run.run_id,
    run.series_id,
    run.requested_since::timestamptz as since,
    run.requested_until,
    contract.attested_on,
    audit_event.audit_event_id,
    (audit_event.detail ->> 'watermark_before')::timestamptz as before,
    (audit_event.detail ->> 'watermark_after')::timestamptz as after
  from ab2d_etl.audit_event
  join ab2d_etl.run using (run_id)
  join ab2d.contract on contract.contract_number = run.contract_number
  where audit_event.detail ? 'watermark_after'
),
step as (
  select
    told.*,
    lag(told.after) over (
      partition by told.contract_number, told.source_system
      order by told.audit_event_id
    ) as left_before,
    row_number() over (
      partition by told.contract_number, told.source_system
      order by told.audit_event_id desc
    ) as place_from_last
  from told
),
started as (
  select
    run_id,
    max(exported_at) as exported_at
  from ab2d_etl.export_job
  where state = 'complete'
  group by run_id
)
select
  contract_number,
  source_system,
  run_id,
  'it goes back' as problem
from step
where after < before
union all
select
  contract_number,
  source_system,
  run_id,
  'it was moved between two runs'
from step
where left_before is not null
  and before is distinct from left_before
union all
-- A contract's claims begin with its attestation: a window that starts there leaves nothing out.
select
  contract_number,
  source_system,
  run_id,
  'the run does not join what was brought before'
from step
where after is distinct from before
  and before is not null
  and series_id is null
  and (requested_until is not null or (since > before and since > coalesce(attested_on, '2020-01-01') + interval '2 days'))
union all
select
  watermark.contract_number,
  watermark.source_system,
  watermark.run_id,
  'it is not what the last complete run left'
from ab2d_etl.watermark
left join step
  on step.contract_number = watermark.contract_number
  and step.source_system = watermark.source_system
  and step.place_from_last = 1
where date_trunc('milliseconds', watermark.exported_at) is distinct from step.after
union all
-- Of a series whose open window came without a line, the watermark is where that window starts.
select
  watermark.contract_number,
  watermark.source_system,
  watermark.run_id,
  'it is not the start of a complete run'
from ab2d_etl.watermark
left join ab2d_etl.run
  on run.run_id = watermark.run_id
  and run.contract_number = watermark.contract_number
  and run.source_system = watermark.source_system
  and run.state = 'complete'
left join started on started.run_id = run.run_id
where (
    watermark.exported_at = started.exported_at
    or (run.series_id is not null and watermark.exported_at = run.requested_since::timestamptz)
  ) is not true
union all
-- A run that left one has to have left it here.
select
  step.contract_number,
  step.source_system,
  step.run_id,
  'it is gone'
from step
left join ab2d_etl.watermark using (contract_number, source_system)
where step.place_from_last = 1
  and step.after is not null
  and watermark.contract_number is null
order by 1, 2, 3;
