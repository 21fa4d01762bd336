-- Staging: what one file's transaction knows of its lines. Unlogged: it is made again from the landed file after a crash.
-- Every row names its output file, so that loaders side by side don't meet.

-- Grain: one row per NDJSON line of the batch at hand.
create unlogged table ab2d_etl.staged_line (
  output_file_id bigint not null,
  line_number bigint not null,
  byte_offset bigint,
  byte_length bigint not null,
  eob_id text collate "C",
  last_updated timestamptz,
  line_sha256 bytea not null,
  primary key (output_file_id, line_number)
);

-- Grain: one row per beneficiary and MBI seen in a batch; mbi is null where an EOB carries none.
create unlogged table ab2d_etl.staged_mbi (
  output_file_id bigint not null,
  beneficiary_id text collate "C" not null,
  mbi text collate "C",
  currency text
);

create index staged_mbi_output_file_id on ab2d_etl.staged_mbi (output_file_id);

-- Grain: one row per claim family whose current version may have changed.
create unlogged table ab2d_etl.touched_family (
  output_file_id bigint not null,
  claim_family_key text collate "C" not null,
  primary key (output_file_id, claim_family_key)
);
