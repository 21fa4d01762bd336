-- Series: exports of everything since a start, window by window, for `ab2d backfill` and `ab2d reconcile`; and what a status
-- command wants to know of a run at work.

-- Grain: one row per series of windows that together cover everything of a contract since a start.
create table ab2d_etl.series (
  series_id bigint generated always as identity primary key,
  contract_number text collate "C" not null,
  command text not null,
  api_version text not null,
  source_system text not null,
  state text not null default 'open',
  -- The _since of the first window as sent, with its offset; null where the parameter is left out.
  requested_since text,
  -- The _since of the incremental export that would have run instead; null before the first complete run.
  incremental_since text,
  opened_at timestamptz not null default clock_timestamp(),
  completed_at timestamptz,
  -- What a reconciliation found, as counts; null before its end.
  finding jsonb,
  constraint command_is_known check (command in ('backfill', 'reconcile')),
  constraint api_version_is_known check (api_version in ('v1', 'v2', 'v3')),
  constraint source_system_is_ccw_or_idr check (source_system in ('ccw', 'idr')),
  constraint state_is_known check (state in ('open', 'complete', 'abandoned')),
  constraint ended_series_has_its_end check ((state = 'open') = (completed_at is null))
);

create unique index one_open_series_per_contract_source_and_command
on ab2d_etl.series (contract_number, source_system, command)
where state = 'open';

alter table ab2d_etl.run
add column series_id bigint references ab2d_etl.series,
-- Why the last process that was at it stopped: the code of its error and what it exited with; null once the run goes on well.
add column error_code text,
add column exit_code integer,
drop constraint command_is_known,
add constraint command_is_known check (command in ('sync', 'load', 'backfill', 'reconcile')),
add constraint series_has_runs_of_its_command check ((series_id is not null) = (command in ('backfill', 'reconcile')));

create index run_series_id on ab2d_etl.run (series_id) where series_id is not null;

alter table ab2d_etl.export_job
-- What AB2D said at the last poll; a job may start again from nothing.
add column progress_percent integer,
add column polled_at timestamptz,
drop constraint state_is_known,
add constraint state_is_known check (state in ('started', 'complete', 'failed', 'expired', 'cancelled'));

alter table ab2d_etl.output_file
-- Of the uncompressed bytes on disk, measured when they landed.
add column landed_sha256 text,
-- The latest meta.lastUpdated of its lines: later than the run's requested_until, if AB2D did not heed that.
add column newest_last_updated timestamptz,
-- An error file's OperationOutcomes by severity and code, as counts.
add column issue_counts jsonb;

-- Grain: one row per EOB that a reconciliation under way was delivered.
create table ab2d_etl.delivered_eob (
  series_id bigint not null references ab2d_etl.series,
  eob_id text collate "C" not null,
  primary key (series_id, eob_id)
);

alter table ab2d.claim_contract
add column not_delivered_since timestamptz;

comment on column ab2d.claim_contract.not_delivered_since is
'Start of the first full re-export (`ab2d reconcile`) that did not deliver the claim to this contract any more; null while it is delivered. AB2D gives no reason: the member may have left, opted out, or been left out of that export by mistake. The claim stays.';

create index claim_contract_not_delivered
on ab2d.claim_contract (contract_number, eob_id)
where not_delivered_since is not null;

comment on table ab2d_etl.series is 'Grain: one row per backfill or reconciliation: windows of one contract that together cover everything since a start. A run is one window.';
comment on table ab2d_etl.delivered_eob is 'Grain: one row per reconciliation under way and EOB that it was delivered; emptied when it is complete.';
