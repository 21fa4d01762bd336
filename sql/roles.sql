-- Roles, their rights, and row-level security by contract. Makes what is missing and sets everything anew each time, so run it again
-- after every upgrade; `ab2d migrate` does so by itself where the roles are in place.
--
-- Parameter: the setting ab2d.row_level_security: on, off, or not set to leave it as it is (off at first).
-- In the program: ab2d migrate --roles --row-level-security on
-- In psql:        PGOPTIONS='-c ab2d.row_level_security=on' psql --single-transaction -v ON_ERROR_STOP=1 -f sql/roles.sql
--
-- Who may run it: a superuser; or who owns the schemas and may create roles; or, once the roles exist, a member of ab2d_owner.
--
--   ab2d_owner    owns both schemas and all in them: migrates. Row-level security does not bind owners.
--   ab2d_loader   reads and writes rows, as far as loading does. Changes no table, writes audit events but never alters one.
--   ab2d_analyst  reads the schema ab2d, nothing of ab2d_etl.
--
-- None can log in. People and jobs have login roles of their own that are members: create role alice login in role ab2d_analyst.

do $$
declare
  wanted text := coalesce(current_setting('ab2d.row_level_security', true), '');
begin
  if wanted not in ('on', 'off', '') then
    raise exception 'ab2d.row_level_security must be on or off'
    using errcode = 'invalid_parameter_value';
  end if;
end
$$;

-- Roles belong to the whole server: another database may have made them already, or be making them now.
do $$
declare
  role_name text;
begin
  foreach role_name in array array['ab2d_owner', 'ab2d_loader', 'ab2d_analyst'] loop
    if to_regrole(role_name) is null then
      begin
        execute format('create role %I nologin', role_name);
      exception
        when duplicate_object or unique_violation then null;
      end;
    end if;
  end loop;
end
$$;

-- Only members may give tables away to a role. A superuser counts as a member of every role; anyone else becomes one here, and stays
-- one: whoever migrates today does so tomorrow.
do $$
begin
  if not pg_has_role('ab2d_owner', 'usage') then
    grant ab2d_owner to current_user;
  end if;
end
$$;

-- Making a schema that may be there already needs the right to make one, and loading under row-level security takes temporary tables.
-- These rights are the database owner's to give; where somebody else runs this, they have to come from there.
do $$
begin
  if (select pg_has_role(datdba, 'usage') from pg_database where datname = current_database()) then
    execute format('grant create on database %I to ab2d_owner', current_database());
    execute format('grant connect, temporary on database %I to ab2d_loader', current_database());
    execute format('grant connect on database %I to ab2d_analyst', current_database());
  end if;
end
$$;

-- Ownership. Sequences and indexes follow their tables.
do $$
declare
  statement text;
begin
  for statement in
    select format('alter schema %I owner to ab2d_owner', nspname)
    from pg_namespace
    where nspname in ('ab2d', 'ab2d_etl')
      and nspowner <> 'ab2d_owner'::regrole
  loop
    execute statement;
  end loop;
  for statement in
    select format('alter table %s owner to ab2d_owner', oid::regclass)
    from pg_class
    where relnamespace in ('ab2d'::regnamespace, 'ab2d_etl'::regnamespace)
      and relkind in ('r', 'p', 'v', 'm')
      and relowner <> 'ab2d_owner'::regrole
  loop
    execute statement;
  end loop;
  for statement in
    select format('alter routine %s owner to ab2d_owner', oid::regprocedure)
    from pg_proc
    where pronamespace in ('ab2d'::regnamespace, 'ab2d_etl'::regnamespace)
      and proowner <> 'ab2d_owner'::regrole
  loop
    execute statement;
  end loop;
end
$$;

-- From here on what is not granted is refused.
revoke all on schema ab2d, ab2d_etl from public, ab2d_loader, ab2d_analyst;
revoke all on all tables in schema ab2d, ab2d_etl from public, ab2d_loader, ab2d_analyst;
revoke all on all sequences in schema ab2d, ab2d_etl from public, ab2d_loader, ab2d_analyst;
revoke all on all routines in schema ab2d, ab2d_etl from public, ab2d_loader, ab2d_analyst;

-- Analysts.
grant usage on schema ab2d to ab2d_analyst;
grant select on all tables in schema ab2d to ab2d_analyst;
grant execute on function
  ab2d.beneficiaries_of(text),
  ab2d.joined_beneficiaries(),
  ab2d.visible_contracts(),
  ab2d.are_all_contracts(text[]),
  ab2d.sees_contract(text)
to ab2d_analyst;

-- The loader: each right is one that a statement of loading needs. Identity columns need none on their sequences.
grant usage on schema ab2d, ab2d_etl to ab2d_loader;
grant select on all tables in schema ab2d, ab2d_etl to ab2d_loader;
grant insert, update on
  ab2d.contract,
  ab2d.patient,
  ab2d.beneficiary_identifier,
  ab2d.claim_contract,
  ab2d_etl.run,
  ab2d_etl.series,
  ab2d_etl.export_job,
  ab2d_etl.output_file,
  ab2d_etl.watermark,
  ab2d_etl.schema_drift
to ab2d_loader;
grant update on ab2d_etl.fingerprint to ab2d_loader;
-- These are removed by `verify --repair` only.
grant delete on
  ab2d.beneficiary_identifier,
  ab2d.claim_contract,
  ab2d.patient
to ab2d_loader;
grant insert, update, delete on
  ab2d.beneficiary_contract,
  ab2d.claim_version,
  ab2d_etl.eob
to ab2d_loader;
grant insert, delete on
  ab2d.claim_line,
  ab2d.claim_diagnosis,
  ab2d.claim_procedure,
  ab2d.claim_provider,
  ab2d_etl.staged_line,
  ab2d_etl.staged_mbi,
  ab2d_etl.touched_family,
  ab2d_etl.delivered_eob
to ab2d_loader;
grant insert on
  ab2d_etl.rejected_line,
  ab2d_etl.audit_event
to ab2d_loader;
grant execute on function
  ab2d.beneficiaries_of(text),
  ab2d.joined_beneficiaries(),
  ab2d.sees_contract(text),
  ab2d_etl.as_fingerprint(numeric),
  ab2d_etl.line_fingerprint(bytea),
  ab2d_etl.row_hash(ab2d.claim_version),
  ab2d_etl.row_hash(ab2d.claim_contract),
  ab2d_etl.row_hash(ab2d.beneficiary_identifier),
  ab2d_etl.row_hash(ab2d.patient),
  ab2d_etl.row_hash(ab2d_etl.eob)
to ab2d_loader;

-- Row-level security. Whoever is neither loader nor analyst, nor owner, finds no policy and so sees no row.
-- What the subqueries of a policy read is under the policies of its own table, with the rights of whoever runs the query.
do $$
declare
  statement text;
begin
  for statement in
    select format('drop policy %I on %I.%I', policyname, schemaname, tablename)
    from pg_policies
    where schemaname = 'ab2d'
      and policyname in ('loader_has_all_rows', 'analyst_sees_own_contracts')
  loop
    execute statement;
  end loop;
  for statement in
    select format('create policy loader_has_all_rows on %s to ab2d_loader using (true) with check (true)', oid::regclass)
    from pg_class
    where relnamespace = 'ab2d'::regnamespace
      and relkind in ('r', 'p')
      and relname <> 'code_list'
  loop
    execute statement;
  end loop;
end
$$;

-- A role that was dropped or renamed is not in pg_roles, so its rows here give nothing to anybody.
create policy analyst_sees_own_contracts on ab2d.contract_analyst for select to ab2d_analyst
using (exists (
  select
  from pg_catalog.pg_roles
  where pg_roles.rolname = contract_analyst.role_name
    and pg_has_role(pg_roles.oid, 'usage')
));

create policy analyst_sees_own_contracts on ab2d.contract for select to ab2d_analyst
using (contract_number = any ((select ab2d.visible_contracts())::text[]));

create policy analyst_sees_own_contracts on ab2d.claim_contract for select to ab2d_analyst
using (contract_number = any ((select ab2d.visible_contracts())::text[]));

create policy analyst_sees_own_contracts on ab2d.beneficiary_contract for select to ab2d_analyst
using (contract_number = any ((select ab2d.visible_contracts())::text[]));

create policy analyst_sees_own_contracts on ab2d.part_d_fill for select to ab2d_analyst
using (contract_number = any ((select ab2d.visible_contracts())::text[]));

-- Claims and persons by the contracts that they were delivered to. Who may see all contracts there are skips the look at each row,
-- and a beneficiary whose only contract is visible is looked up in a set of beneficiaries, not of claims: a set of a million claims
-- for each table of a question takes longer than the question. Claims of the other beneficiaries are looked at one by one.
do $$
declare
  claims_table name;
begin
  foreach claims_table in array array['claim_version', 'claim_line', 'claim_diagnosis', 'claim_procedure', 'claim_provider'] loop
    execute format(
      'create policy analyst_sees_own_contracts on ab2d.%1$I for select to ab2d_analyst
      using (
        (select ab2d.are_all_contracts(ab2d.visible_contracts()))
        or beneficiary_id in (
          select beneficiary_contract.beneficiary_id
          from ab2d.beneficiary_contract
          where beneficiary_contract.is_only_contract
        )
        or (
          beneficiary_id in (
            select beneficiary_contract.beneficiary_id
            from ab2d.beneficiary_contract
            where not beneficiary_contract.is_only_contract
          )
          and exists (
            select
            from ab2d.claim_contract
            where claim_contract.eob_id = %1$I.eob_id
            -- Keeps it a look-up by index: a set of all claims for these few would be built otherwise.
            offset 0
          )
        )
      )',
      claims_table
    );
  end loop;
end
$$;

create policy analyst_sees_own_contracts on ab2d.patient for select to ab2d_analyst
using (
  (select ab2d.are_all_contracts(ab2d.visible_contracts()))
  or exists (select from ab2d.beneficiary_contract where beneficiary_contract.beneficiary_id = patient.beneficiary_id)
);

create policy analyst_sees_own_contracts on ab2d.beneficiary_identifier for select to ab2d_analyst
using (
  (select ab2d.are_all_contracts(ab2d.visible_contracts()))
  or exists (
    select
    from ab2d.beneficiary_contract
    where beneficiary_contract.beneficiary_id = beneficiary_identifier.beneficiary_id
  )
);

-- Every table but code_list holds rows of persons or contracts. One that a later migration adds, with no policy above yet, is closed
-- to analysts while row-level security is on.
do $$
declare
  wanted text := coalesce(nullif(current_setting('ab2d.row_level_security', true), ''), (
    select case when relrowsecurity then 'on' else 'off' end
    from pg_class
    where oid = 'ab2d.claim_version'::regclass
  ));
  statement text;
begin
  for statement in
    select format('alter table %s %s row level security', oid::regclass, case wanted when 'on' then 'enable' else 'disable' end)
    from pg_class
    where relnamespace = 'ab2d'::regnamespace
      and relkind in ('r', 'p')
      and relname <> 'code_list'
      and relrowsecurity <> (wanted = 'on')
  loop
    execute statement;
  end loop;
end
$$;
