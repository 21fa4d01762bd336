-- Whether sql/roles.sql was run here, whether something was added since, and whether row-level security is on.
-- Grain of the result: one row.
-- Parameters: none.
-- Result: are_granted, has_additions, row_level_security (on or off).
select
  coalesce(pg_namespace.nspowner = to_regrole('ab2d_owner'), false) as are_granted,
  exists (
    select
    from pg_class as added
    where added.relnamespace in ('ab2d'::regnamespace, 'ab2d_etl'::regnamespace)
      and added.relowner <> pg_namespace.nspowner
    union all
    select
    from pg_proc as added
    where added.pronamespace in ('ab2d'::regnamespace, 'ab2d_etl'::regnamespace)
      and added.proowner <> pg_namespace.nspowner
  ) as has_additions,
  case when pg_class.relrowsecurity then 'on' else 'off' end as row_level_security
from pg_class
join pg_namespace on pg_namespace.oid = pg_class.relnamespace
where pg_class.oid = 'ab2d.claim_version'::regclass;
