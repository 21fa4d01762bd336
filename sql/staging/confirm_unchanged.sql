-- Confirms the staged lines that are held byte for byte: they gain the contract that delivered them, the rank that this export
-- gives them if it is higher, and, if no newer export delivered them, the MBIs that it stamped. Nothing of them is parsed.
-- Grain of the result: one row per such line.
-- Parameters: output_file_id, first_line_number and last_line_number (the batch), api_version, exported_at (start of the
-- export), contract_number, run_id.
-- Result: line_number; is_of_this_file, whether this very file brought the text before; is_lost, whether another loader changed
-- the EOB while this statement waited for it, so that it has to be run again: what is done already it does not do twice;
-- eob_change and contract_change, the same in every row: what all this adds to the fingerprints of eob and claim_contract.
with unchanged as materialized (
  select
    staged_line.line_number,
    staged_line.eob_id,
    eob.output_file_id,
    case
      when staged_line.last_updated is null then '-infinity'
      when isfinite(:exported_at::timestamptz) then least(staged_line.last_updated, :exported_at::timestamptz)
      else staged_line.last_updated
    end as ranked_at,
    eob.ranked_at as held_ranked_at,
    eob.exported_at as held_exported_at,
    eob.stamped_at as held_stamped_at,
    eob.xmin as held_xmin,
    ab2d_etl.row_hash(eob) as held_row_hash
  from ab2d_etl.staged_line
  join ab2d_etl.eob
    on eob.eob_id = staged_line.eob_id
    and eob.line_sha256 = staged_line.line_sha256
    and eob.api_version = :api_version
  where staged_line.output_file_id = :output_file_id
    and staged_line.line_number between :first_line_number and :last_line_number
),
news_of_unchanged as materialized (
  select distinct on (eob_id)
    eob_id,
    ranked_at,
    held_xmin,
    held_row_hash,
    :exported_at::timestamptz > held_stamped_at as is_stamped_again
  from unchanged
  where :exported_at::timestamptz > held_stamped_at
    or (ranked_at, :exported_at::timestamptz) > (held_ranked_at, held_exported_at)
  order by eob_id
),
confirmed as (
  update ab2d_etl.eob
  set
    ranked_at = case
      when (news_of_unchanged.ranked_at, :exported_at::timestamptz) > (eob.ranked_at, eob.exported_at)
        then news_of_unchanged.ranked_at
      else eob.ranked_at
    end,
    exported_at = case
      when (news_of_unchanged.ranked_at, :exported_at::timestamptz) > (eob.ranked_at, eob.exported_at)
        then :exported_at::timestamptz
      else eob.exported_at
    end,
    stamped_at = greatest(eob.stamped_at, :exported_at::timestamptz)
  from news_of_unchanged
  where eob.eob_id = news_of_unchanged.eob_id
    -- What leaves the fingerprint is the row that was read: one that was changed since is another.
    and eob.xmin = news_of_unchanged.held_xmin
  returning
    eob.eob_id,
    news_of_unchanged.is_stamped_again,
    eob.mbis,
    eob.mbi_currencies,
    ab2d_etl.row_hash(eob)::numeric - news_of_unchanged.held_row_hash as change
),
stamped_again as (
  insert into ab2d_etl.staged_mbi (output_file_id, beneficiary_id, mbi, currency)
  select distinct :output_file_id::bigint, claim_version.beneficiary_id, stamp.mbi, stamp.currency
  from confirmed
  join ab2d.claim_version using (eob_id)
  cross join lateral unnest(confirmed.mbis, confirmed.mbi_currencies) as stamp (mbi, currency)
  where confirmed.is_stamped_again
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
  returning eob_id, ab2d_etl.row_hash(claim_contract) as row_hash
),
touched as (
  insert into ab2d_etl.touched_family (output_file_id, claim_family_key)
  select distinct :output_file_id::bigint, claim_version.claim_family_key
  from newly_held
  join ab2d.claim_version using (eob_id)
  on conflict do nothing
)
select
  unchanged.line_number,
  unchanged.output_file_id = :output_file_id as is_of_this_file,
  news_of_unchanged.eob_id is not null and confirmed.eob_id is null as is_lost,
  (
    select coalesce(sum(change), 0)
    from confirmed
  ) as eob_change,
  (
    select coalesce(sum(row_hash), 0)
    from newly_held
  ) as contract_change
from unchanged
left join news_of_unchanged using (eob_id)
left join confirmed using (eob_id);
