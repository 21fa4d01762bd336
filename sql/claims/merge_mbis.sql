-- Merges the MBIs that a file's EOBs carried. Of one MBI the newest export's currency counts, of one beneficiary's MBIs the
-- newest one called current is current. Identifiers are primary data: AB2D stamps them at export time, without a new lastUpdated.
-- Parameter: output_file_id.
-- Result: one row, identifier_change: what this adds to the fingerprint of beneficiary_identifier.
with stamped as (
  select
    staged_mbi.beneficiary_id,
    staged_mbi.mbi,
    -- current, historic, unknown: the first in the alphabet says most.
    min(staged_mbi.currency) as currency,
    max(output_file.exported_at) as exported_at
  from ab2d_etl.staged_mbi
  join ab2d_etl.output_file using (output_file_id)
  where staged_mbi.output_file_id = :output_file_id
    and staged_mbi.mbi is not null
  group by staged_mbi.beneficiary_id, staged_mbi.mbi
),
merged as (
  insert into ab2d.beneficiary_identifier as held (beneficiary_id, mbi, is_current, currency, exported_at)
  select beneficiary_id, mbi, false, currency, exported_at
  from stamped
  order by beneficiary_id, mbi
  on conflict (beneficiary_id, mbi) do update
  set
    is_current = held.is_current and excluded.currency = 'current',
    currency = excluded.currency,
    exported_at = excluded.exported_at
  where excluded.exported_at > held.exported_at
    or (excluded.exported_at = held.exported_at and excluded.currency < held.currency)
  returning held.beneficiary_id, held.mbi, ab2d_etl.row_hash(held) as row_hash
)
-- The rows as they were: a statement does not see what it changes itself.
select
  coalesce(sum(merged.row_hash), 0) - coalesce(sum(ab2d_etl.row_hash(before)), 0) as identifier_change
from merged
left join ab2d.beneficiary_identifier as before using (beneficiary_id, mbi);
