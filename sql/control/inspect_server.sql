-- What doctor has to know of the server, the database and our rights there.
-- Grain of the result: one row.
-- Parameters: none.
-- Result: version, settings, connections, sizes and rights, as this session sees them.
select
  split_part(current_setting('server_version'), ' ', 1) as version,
  current_setting('server_version_num')::integer as version_number,
  pg_is_in_recovery() as is_standby,
  current_setting('default_transaction_read_only') = 'on' as is_read_only,
  pg_encoding_to_char(pg_database.encoding)::text as encoding,
  current_setting('fsync') = 'on' as has_fsync,
  current_setting('full_page_writes') = 'on' as has_full_page_writes,
  current_setting('synchronous_commit') as synchronous_commit,
  current_setting('data_checksums') = 'on' as has_checksums,
  exists (
    select 1
    from pg_settings
    where pg_settings.name = 'default_toast_compression'
      and 'lz4' = any (pg_settings.enumvals)
  ) as has_lz4,
  coalesce(pg_stat_ssl.ssl, false) as is_encrypted,
  pg_stat_ssl.version as tls_version,
  -- Our own session is among those at work.
  1 + least(
    current_setting('max_connections')::integer
      - current_setting('superuser_reserved_connections')::integer
      - coalesce(current_setting('reserved_connections', true)::integer, 0)
      - (
        select sum(pg_stat_database.numbackends)
        from pg_stat_database
        where pg_stat_database.datid <> 0
      ),
    case when pg_database.datconnlimit >= 0
      then pg_database.datconnlimit - pg_stat_get_db_numbackends(pg_database.oid)
    end,
    case when pg_roles.rolconnlimit >= 0
      then pg_roles.rolconnlimit - (
        select count(*)
        from pg_stat_activity
        where pg_stat_activity.usesysid = pg_roles.oid
      )
    end
  )::integer as free_connections,
  current_setting('max_connections')::integer as max_connections,
  pg_database_size(pg_database.oid) as database_bytes,
  -- A view that leaves out what the role may not see, where current_setting() would fail.
  (
    select pg_settings.setting
    from pg_settings
    where pg_settings.name = 'data_directory'
  ) as data_directory,
  current_setting('log_error_verbosity') as log_error_verbosity,
  current_setting('log_parameter_max_length_on_error')::integer as log_parameter_max_length_on_error,
  has_database_privilege(pg_database.oid, 'create') as may_create_schemas,
  our_schemas.names as schemas,
  our_schemas.are_owned as owns_schemas,
  our_schemas.are_usable as may_use_schemas,
  our_schemas.have_roles as has_roles,
  our_tables.has_row_level_security,
  our_tables.table_count,
  our_tables.closed_tables
from pg_database
join pg_roles on pg_roles.rolname = current_user
left join pg_stat_ssl on pg_stat_ssl.pid = pg_backend_pid()
cross join lateral (
  select
    coalesce(array_agg(pg_namespace.nspname::text order by pg_namespace.nspname), '{}') as names,
    coalesce(bool_and(pg_has_role(pg_namespace.nspowner, 'usage')), false) as are_owned,
    coalesce(bool_and(has_schema_privilege(pg_namespace.oid, 'usage')), false) as are_usable,
    coalesce(bool_and(pg_namespace.nspowner = to_regrole('ab2d_owner')), false) as have_roles
  from pg_namespace
  where pg_namespace.nspname in ('ab2d', 'ab2d_etl')
) as our_schemas
cross join lateral (
  select
    count(*)::integer as table_count,
    coalesce(bool_or(pg_class.relrowsecurity), false) as has_row_level_security,
    coalesce(
      array_agg(pg_namespace.nspname || '.' || pg_class.relname order by pg_namespace.nspname, pg_class.relname)
        filter (where not (
          -- Of audit events rows are only added; migrations, and what is the sponsor's own, are only read; fingerprints are only
          -- updated.
          (pg_class.relname = 'audit_event' or has_table_privilege(pg_class.oid, 'select'))
          and (
            pg_class.relkind = 'v'
            or pg_class.relname in ('migration', 'contract_analyst', 'code_list', 'part_d_fill')
            or has_table_privilege(
              pg_class.oid,
              case pg_class.relname when 'fingerprint' then 'update' else 'insert' end
            )
          )
        )),
      '{}'
    ) as closed_tables
  from pg_class
  join pg_namespace on pg_namespace.oid = pg_class.relnamespace
  where pg_namespace.nspname in ('ab2d', 'ab2d_etl')
    and pg_class.relkind in ('r', 'p', 'v')
) as our_tables
where pg_database.datname = current_database();
