-- The ledger: what was asked of AB2D, what came, what was loaded, and from where the next export starts.
-- `ab2d` is the analysts' schema, `ab2d_etl` the loader's.

create schema if not exists ab2d;
create schema if not exists ab2d_etl;

-- Grain: one row per Part D contract.
create table ab2d.contract (
  contract_number text collate "C" primary key,
  contract_name text,
  attested_on date,
  active_source_system text not null,
  constraint contract_number_is_five_letters_or_digits check (contract_number ~ '^[A-Z0-9]{5}$'),
  constraint source_system_is_ccw_or_idr check (active_source_system in ('ccw', 'idr'))
);

-- Grain: one row per window of claims brought for a contract, however many processes it took.
create table ab2d_etl.run (
  run_id bigint generated always as identity primary key,
  contract_number text collate "C" not null,
  command text not null,
  api_version text not null,
  source_system text not null,
  state text not null default 'open',
  -- As sent to AB2D, with its offset; null where the parameter was left out.
  requested_since text,
  requested_until text,
  opened_at timestamptz not null default clock_timestamp(),
  -- Our clock just before the first $export call that has no job yet. A job found running is never older than this if it is ours.
  asked_at timestamptz,
  completed_at timestamptz,
  -- Why the run is not known to be whole; see docs/operations.md. Empty for a run that is.
  gaps text[] not null default '{}',
  constraint command_is_known check (command in ('sync', 'load')),
  constraint api_version_is_known check (api_version in ('v1', 'v2', 'v3')),
  constraint source_system_is_ccw_or_idr check (source_system in ('ccw', 'idr')),
  constraint state_is_known check (state in ('open', 'complete', 'complete_with_gaps', 'failed')),
  constraint run_with_gaps_names_them check ((state = 'complete_with_gaps') = (gaps <> '{}')),
  constraint ended_run_has_its_end check ((state = 'open') = (completed_at is null))
);

create unique index one_open_sync_per_contract on ab2d_etl.run (contract_number) where state = 'open' and command = 'sync';
create index run_contract_number on ab2d_etl.run (contract_number, run_id);

-- Grain: one row per $export that AB2D accepted.
create table ab2d_etl.export_job (
  job_id uuid primary key,
  run_id bigint not null references ab2d_etl.run,
  state text not null default 'started',
  -- The start of the export: the earlier of our clock before the call and the Date header of the 202.
  exported_at timestamptz not null,
  asked_at timestamptz not null,
  server_date timestamptz,
  -- The Since-Datetime header of the 202, verbatim with its offset; today's server sends none.
  since_datetime text,
  -- The manifest's text, verbatim: a time without a zone, shown and never computed with.
  transaction_time text,
  request text,
  expires_at timestamptz,
  completed_at timestamptz,
  constraint state_is_known check (state in ('started', 'complete', 'failed', 'expired'))
);

create index export_job_run_id on ab2d_etl.export_job (run_id);

-- Grain: one row per file that a manifest lists or that `load` was given.
create table ab2d_etl.output_file (
  output_file_id bigint generated always as identity primary key,
  run_id bigint not null references ab2d_etl.run,
  job_id uuid references ab2d_etl.export_job,
  kind text not null,
  file_name text not null,
  state text not null default 'listed',
  expected_byte_count bigint,
  expected_sha256 text,
  -- The start of the export that the file came from; -infinity for a stray file of unknown age.
  exported_at timestamptz not null,
  landed_path text,
  landed_at timestamptz,
  loaded_at timestamptz,
  load_seconds numeric,
  byte_count bigint,
  line_count bigint not null default 0,
  new_count bigint not null default 0,
  newer_count bigint not null default 0,
  unchanged_count bigint not null default 0,
  stale_count bigint not null default 0,
  duplicate_count bigint not null default 0,
  excluded_count bigint not null default 0,
  rejected_count bigint not null default 0,
  blank_count bigint not null default 0,
  -- What the file added to the sum, modulo 2^64, of the first eight bytes of every stored line's sha-256.
  fingerprint_delta numeric,
  constraint kind_is_data_or_error check (kind in ('data', 'error')),
  constraint state_is_known check (state in ('listed', 'landed', 'loaded', 'unobtainable')),
  constraint every_line_has_one_outcome check (
    kind = 'error'
    or line_count = new_count + newer_count + unchanged_count + stale_count
      + duplicate_count + excluded_count + rejected_count + blank_count
  ),
  constraint loaded_file_has_the_expected_length check (
    state <> 'loaded' or expected_byte_count is null or byte_count = expected_byte_count
  ),
  constraint loaded_file_has_its_figures check (
    state <> 'loaded' or (loaded_at is not null and byte_count is not null and fingerprint_delta is not null)
  ),
  constraint only_data_is_loaded check (kind = 'data' or state <> 'loaded'),
  unique (job_id, file_name)
);

create index output_file_run_id on ab2d_etl.output_file (run_id, state);

-- Grain: one row per NDJSON line that could not be loaded. It holds the watermark until it is retried or accepted.
create table ab2d_etl.rejected_line (
  output_file_id bigint not null references ab2d_etl.output_file,
  line_number bigint not null,
  byte_offset bigint,
  byte_length bigint not null,
  reason text not null,
  -- The line as received; null for a line over the size limit, which stays in its landed file.
  line bytea,
  state text not null default 'open',
  recorded_at timestamptz not null default clock_timestamp(),
  primary key (output_file_id, line_number),
  constraint state_is_known check (state in ('open', 'accepted', 'retried'))
);

-- Grain: one row per contract and source system (ccw: V1 and V2; idr: V3).
create table ab2d_etl.watermark (
  contract_number text collate "C" not null,
  source_system text not null,
  -- The start of the last complete run.
  exported_at timestamptz not null,
  -- The Since-Datetime that the server returned for that run, verbatim; null where it sent none.
  since_datetime text,
  run_id bigint not null references ab2d_etl.run,
  advanced_at timestamptz not null default clock_timestamp(),
  primary key (contract_number, source_system),
  constraint source_system_is_ccw_or_idr check (source_system in ('ccw', 'idr'))
);

-- Grain: one row per thing done that an auditor asks for. Written by the loader, never changed.
create table ab2d_etl.audit_event (
  audit_event_id bigint generated always as identity primary key,
  recorded_at timestamptz not null default clock_timestamp(),
  actor text not null,
  host text not null,
  program_version text not null,
  action text not null,
  contract_number text,
  run_id bigint,
  detail jsonb not null default '{}'
);

-- Grain: one row per API version and place in an EOB that was not as the mapper knows it.
create table ab2d_etl.schema_drift (
  api_version text not null,
  json_path text not null,
  occurrence_count bigint not null,
  first_seen_at timestamptz not null default clock_timestamp(),
  last_seen_at timestamptz not null default clock_timestamp(),
  primary key (api_version, json_path)
);
