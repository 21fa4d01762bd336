-- Confirms the staged lines that are held byte for byte: they gain the contract that delivered them, and the newest export
-- that did, with the MBIs that it stamped. Nothing of them has to be parsed.
-- Grain of the result: one row per such line.
-- Parameters: output_file_id, first_line_number and last_line_number (the batch), api_version, exported_at (start of the
-- export), contract_number, run_id.
-- Result: line_number; is_of_this_file, whether this very file brought the text before.
with unchanged as materialized (
  select
    staged_line.line_number,
    staged_line.eob_id,
    staged_line.last_updated,
    eob.output_file_id
  from ab2d_etl.staged_line
  join ab2d_etl.eob
    on eob.eob_id = staged_line.eob_id
    and eob.line_sha256 = staged_line.line_sha256
    and eob.api_version = :api_version
  where staged_line.output_file_id = :output_file_id
    and staged_line.line_number between :first_line_number and :last_line_number
),
confirmed as (
  update ab2d_etl.eob
  set
    exported_at = :exported_at::timestamptz,
    ranked_at = case
      when unchanged.last_updated is null then eob.ranked_at
      else greatest(eob.ranked_at, least(unchanged.last_updated, :exported_at::timestamptz))
    end
  from unchanged
  where eob.eob_id = unchanged.eob_id
    and eob.exported_at < :exported_at::timestamptz
  returning eob.eob_id, eob.mbis, eob.mbi_currencies
),
stamped_again as (
  insert into ab2d_etl.staged_mbi (output_file_id, beneficiary_id, mbi, currency)
  select distinct :output_file_id::bigint, claim_version.beneficiary_id, stamp.mbi, stamp.currency
  from confirmed
  join ab2d.claim_version using (eob_id)
  cross join lateral unnest(confirmed.mbis, confirmed.mbi_currencies) as stamp (mbi, currency)
),
newly_held as (
  insert into ab2d.claim_contract (eob_id, contract_number, first_run_id)
  select distinct unchanged.eob_id, :contract_number, :run_id::bigint
  from unchanged
  where not exists (
    select
    from ab2d.claim_contract
    where claim_contract.eob_id = unchanged.eob_id
      and claim_contract.contract_number = :contract_number
  )
  on conflict do nothing
  returning eob_id
),
touched as (
  insert into ab2d_etl.touched_family (output_file_id, claim_family_key)
  select distinct :output_file_id::bigint, claim_version.claim_family_key
  from newly_held
  join ab2d.claim_version using (eob_id)
  on conflict do nothing
)
select
  line_number,
  output_file_id = :output_file_id as is_of_this_file
from unchanged;
