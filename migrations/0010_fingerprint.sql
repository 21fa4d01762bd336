-- Fingerprints: for every table that can't be made again from another one, a sum over its rows, kept up by whatever changes it.
-- `ab2d verify` adds the rows up again: a row that was lost, doubled or edited by anyone but the loader shows.
--
-- The sum does not depend on the order of the rows (the AdHash construction). Rows are hashed as PostgreSQL stores them, by
-- hash_record_extended, which hash partitioning stands on, so that it stays the same from version to version.
-- A migration that adds a column to one of these tables has to set its fingerprint anew, as the end of this file does.

-- A sum of hashes, reduced to 0 … 2^64 − 1.
create function ab2d_etl.as_fingerprint(total numeric)
returns numeric
language sql
immutable
parallel safe
as $$
  select mod(mod(coalesce($1, 0), 18446744073709551616) + 18446744073709551616, 18446744073709551616)
$$;

-- Whole rows, so that no column can be forgotten.

create function ab2d_etl.row_hash(ab2d.claim_version)
returns bigint
language sql
immutable
parallel safe
as $$
  select pg_catalog.hash_record_extended($1, 0)
$$;

create function ab2d_etl.row_hash(ab2d.claim_contract)
returns bigint
language sql
immutable
parallel safe
as $$
  select pg_catalog.hash_record_extended($1, 0)
$$;

create function ab2d_etl.row_hash(ab2d.beneficiary_identifier)
returns bigint
language sql
immutable
parallel safe
as $$
  select pg_catalog.hash_record_extended($1, 0)
$$;

create function ab2d_etl.row_hash(ab2d.patient)
returns bigint
language sql
immutable
parallel safe
as $$
  select pg_catalog.hash_record_extended($1, 0)
$$;

-- All columns but the text itself, which line_sha256 holds to (sql/checks/eob_text.sql).
create function ab2d_etl.row_hash(ab2d_etl.eob)
returns bigint
language sql
immutable
parallel safe
as $$
  select pg_catalog.hash_record_extended(
    row(
      ($1).eob_id,
      ($1).api_version,
      ($1).ranked_at,
      ($1).exported_at,
      ($1).stamped_at,
      ($1).line_sha256,
      ($1).output_file_id,
      ($1).line_number,
      ($1).mbis,
      ($1).mbi_currencies
    ),
    0
  )
$$;

-- A line's part in output_file.fingerprint_delta: the first eight bytes of its sha-256.
create function ab2d_etl.line_fingerprint(line_sha256 bytea)
returns bigint
language sql
immutable
parallel safe
as $$
  select ('x' || encode(substr($1, 1, 8), 'hex'))::bit(64)::bigint
$$;

comment on function ab2d_etl.as_fingerprint(numeric) is 'Reduces a sum of hashes to 0 … 2^64 − 1.';
comment on function ab2d_etl.row_hash(ab2d.claim_version) is 'A row''s part in the fingerprint of its table.';
comment on function ab2d_etl.row_hash(ab2d.claim_contract) is 'A row''s part in the fingerprint of its table.';
comment on function ab2d_etl.row_hash(ab2d.beneficiary_identifier) is 'A row''s part in the fingerprint of its table.';
comment on function ab2d_etl.row_hash(ab2d.patient) is 'A row''s part in the fingerprint of its table.';
comment on function ab2d_etl.row_hash(ab2d_etl.eob) is 'A row''s part in the fingerprint of its table: all columns but `resource`, which `line_sha256` holds to.';
comment on function ab2d_etl.line_fingerprint(bytea) is 'A stored line''s part in `output_file.fingerprint_delta`.';

-- Grain: one row per table with a fingerprint, as its rows add up now. Reads the tables whole.
create view ab2d_etl.recomputed_fingerprint with (security_invoker = true) as
select 'ab2d_etl.eob' as table_name, ab2d_etl.as_fingerprint(sum(ab2d_etl.row_hash(eob))) as fingerprint
from ab2d_etl.eob
union all
select 'ab2d.claim_version', ab2d_etl.as_fingerprint(sum(ab2d_etl.row_hash(claim_version)))
from ab2d.claim_version
union all
select 'ab2d.claim_contract', ab2d_etl.as_fingerprint(sum(ab2d_etl.row_hash(claim_contract)))
from ab2d.claim_contract
union all
select 'ab2d.beneficiary_identifier', ab2d_etl.as_fingerprint(sum(ab2d_etl.row_hash(beneficiary_identifier)))
from ab2d.beneficiary_identifier
union all
select 'ab2d.patient', ab2d_etl.as_fingerprint(sum(ab2d_etl.row_hash(patient)))
from ab2d.patient
union all
-- What the stored lines add up to and no file accounts for: those of contracts that were forgotten.
select
  'ab2d_etl.output_file',
  ab2d_etl.as_fingerprint(
    (select coalesce(sum(ab2d_etl.line_fingerprint(line_sha256)), 0) from ab2d_etl.eob)
      - (select coalesce(sum(fingerprint_delta), 0) from ab2d_etl.output_file)
  );

create table ab2d_etl.fingerprint (
  table_name text primary key,
  fingerprint numeric not null,
  -- When `ab2d verify --repair` took the rows as they were, though they were not those that had been loaded.
  accepted_at timestamptz
);

comment on view ab2d_etl.recomputed_fingerprint is 'Grain: one row per table with a fingerprint, as its rows add up now.';
comment on table ab2d_etl.fingerprint is 'Grain: one row per table whose rows are added up: the sum modulo 2^64 of the hashes of its rows, kept up in every transaction that changes it. For `output_file` it is what the stored lines add up to beyond what the files brought.';
comment on column ab2d_etl.fingerprint.accepted_at is 'When a repair took the rows as they were although some had been lost or edited; null where none ever was. A reconciliation begun later brings them back.';

insert into ab2d_etl.fingerprint (table_name, fingerprint)
select table_name, fingerprint
from ab2d_etl.recomputed_fingerprint;
