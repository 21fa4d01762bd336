-- Brings the beneficiaries of a file up to date: their current MBI, and the first and last service date of their claims.
-- Parameter: output_file_id.
-- Result: none.
with touched as (
  select distinct beneficiary_id
  from ab2d_etl.staged_mbi
  where output_file_id = :output_file_id
),
described as (
  select
    touched.beneficiary_id,
    split_part(touched.beneficiary_id, ':', 1) as source_system,
    substr(touched.beneficiary_id, strpos(touched.beneficiary_id, ':') + 1) as patient_id,
    identifier.mbi as current_mbi,
    dates.first_service_date,
    dates.last_service_date
  from touched
  left join ab2d.beneficiary_identifier as identifier
    on identifier.beneficiary_id = touched.beneficiary_id
    and identifier.is_current
  cross join lateral (
    select
      min(service_from) as first_service_date,
      max(service_to) as last_service_date
    from ab2d.claim_version
    where claim_version.beneficiary_id = touched.beneficiary_id
      and claim_version.is_current
  ) as dates
)
insert into ab2d.beneficiary as held
  (beneficiary_id, source_system, patient_id, current_mbi, first_service_date, last_service_date)
select beneficiary_id, source_system, patient_id, current_mbi, first_service_date, last_service_date
from described
order by beneficiary_id
on conflict (beneficiary_id) do update
set
  current_mbi = excluded.current_mbi,
  first_service_date = excluded.first_service_date,
  last_service_date = excluded.last_service_date
where (held.current_mbi, held.first_service_date, held.last_service_date)
  is distinct from (excluded.current_mbi, excluded.first_service_date, excluded.last_service_date);
