import type { ColumnType, Generated } from "kysely";

type Timestamp = ColumnType<Date, Date | string, Date | string>;
type NullableTimestamp = ColumnType<Date | null, Date | string | null | undefined, Date | string | null>;

type Json = Readonly<Record<string, unknown>>;
type Counts = Readonly<Record<string, number>>;

/** The ledger's tables as Kysely sees them. A test compares them with the catalog. */
export interface Database {
  "ab2d.contract": {
    contract_number: string;
    contract_name: ColumnType<string | null, string | null | undefined, string | null>;
    attested_on: ColumnType<string | null, string | null | undefined, string | null>;
    active_source_system: string;
  };
  "ab2d.part_d_fill": {
    contract_number: string;
    mbi: string;
    ndc: string;
    drug_class: string;
    fill_date: ColumnType<string, string, string>;
    days_supply: number | null;
  };
  "ab2d_etl.run": {
    run_id: Generated<number>;
    contract_number: string;
    command: string;
    api_version: string;
    source_system: string;
    state: Generated<string>;
    requested_since: string | null;
    requested_until: string | null;
    opened_at: ColumnType<Date, never, never>;
    asked_at: NullableTimestamp;
    completed_at: NullableTimestamp;
    gaps: Generated<string[]>;
    series_id: number | null;
    error_code: string | null;
    exit_code: number | null;
  };
  "ab2d_etl.series": {
    series_id: Generated<number>;
    contract_number: string;
    command: string;
    api_version: string;
    source_system: string;
    state: Generated<string>;
    requested_since: string | null;
    incremental_since: string | null;
    opened_at: ColumnType<Date, never, never>;
    completed_at: NullableTimestamp;
    finding: ColumnType<Json | null, string | null | undefined, string | null>;
  };
  "ab2d_etl.delivered_eob": {
    series_id: number;
    eob_id: string;
  };
  "ab2d_etl.export_job": {
    job_id: string;
    run_id: number;
    state: Generated<string>;
    exported_at: Timestamp;
    asked_at: Timestamp;
    server_date: NullableTimestamp;
    since_datetime: string | null;
    transaction_time: string | null;
    request: string | null;
    expires_at: NullableTimestamp;
    completed_at: NullableTimestamp;
    progress_percent: number | null;
    polled_at: NullableTimestamp;
  };
  "ab2d_etl.output_file": {
    output_file_id: Generated<number>;
    run_id: number;
    job_id: string | null;
    kind: string;
    file_name: string;
    state: Generated<string>;
    expected_byte_count: number | null;
    expected_sha256: string | null;
    exported_at: Timestamp;
    landed_path: string | null;
    landed_at: NullableTimestamp;
    loaded_at: NullableTimestamp;
    load_seconds: number | null;
    byte_count: number | null;
    line_count: Generated<number>;
    new_count: Generated<number>;
    newer_count: Generated<number>;
    unchanged_count: Generated<number>;
    stale_count: Generated<number>;
    duplicate_count: Generated<number>;
    excluded_count: Generated<number>;
    rejected_count: Generated<number>;
    blank_count: Generated<number>;
    fingerprint_delta: string | null;
    landed_sha256: string | null;
    newest_last_updated: NullableTimestamp;
    issue_counts: ColumnType<Counts | null, string | null | undefined, string | null>;
  };
  "ab2d_etl.rejected_line": {
    output_file_id: number;
    line_number: number;
    byte_offset: number | null;
    byte_length: number;
    reason: string;
    line: Buffer | null;
    state: Generated<string>;
    recorded_at: ColumnType<Date, never, never>;
  };
  "ab2d_etl.watermark": {
    contract_number: string;
    source_system: string;
    exported_at: Timestamp;
    since_datetime: string | null;
    run_id: number;
    advanced_at: ColumnType<Date, Date | undefined, Date>;
  };
  "ab2d_etl.audit_event": {
    audit_event_id: Generated<number>;
    recorded_at: ColumnType<Date, never, never>;
    actor: string;
    host: string;
    program_version: string;
    action: string;
    contract_number: string | null;
    run_id: number | null;
    detail: ColumnType<unknown, string, never>;
  };
  "ab2d_etl.schema_drift": {
    api_version: string;
    json_path: string;
    occurrence_count: number;
    first_seen_at: ColumnType<Date, never, never>;
    last_seen_at: ColumnType<Date, Date | undefined, Date>;
    first_run_id: number | null;
    last_run_id: number | null;
  };
}
