-- Notes every family of the claims that a contract holds, of whatever source, in numbered parts: part n under the output file -n,
-- which no file has, so that a part is resolved as the families of a file are. Only one transaction at a time does this.
-- Parameters: contract_number, families_at_once (families a part).
-- Result: one row, part_count and family_count.
with family as (
  select distinct claim_version.claim_family_key
  from ab2d.claim_contract
  join ab2d.claim_version using (eob_id)
  where claim_contract.contract_number = :contract_number
),
touched as (
  insert into ab2d_etl.touched_family (output_file_id, claim_family_key)
  select
    -1 - (row_number() over (order by claim_family_key) - 1) / :families_at_once::bigint,
    claim_family_key
  from family
  returning output_file_id
)
select
  coalesce(-min(output_file_id), 0) as part_count,
  count(*) as family_count
from touched;
