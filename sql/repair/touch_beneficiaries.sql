-- Notes all beneficiaries with claims or MBIs, in numbered parts: part n under the output file -n, which no file has.
-- Parameter: beneficiaries_at_once (beneficiaries a part).
-- Result: one row, part_count.
with known as (
  select beneficiary_id
  from ab2d.claim_version
  union
  select beneficiary_id
  from ab2d.beneficiary_identifier
  union
  select beneficiary_id
  from ab2d.patient
),
touched as (
  insert into ab2d_etl.staged_mbi (output_file_id, beneficiary_id)
  select
    -1 - (row_number() over (order by beneficiary_id) - 1) / :beneficiaries_at_once::bigint,
    beneficiary_id
  from known
  returning output_file_id
)
select coalesce(-min(output_file_id), 0) as part_count
from touched;
