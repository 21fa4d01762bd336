-- Marks the EOBs whose text is not the line that was loaded as waiting for it (await_texts).
-- Parameters: none.
-- Result: one row, count.
with awaited as (
  update ab2d_etl.eob
  set
    ranked_at = '-infinity',
    exported_at = '-infinity',
    stamped_at = '-infinity',
    line_sha256 = decode(repeat('00', 32), 'hex')
  where sha256(convert_to(resource::text, 'UTF8')) <> line_sha256
    and line_sha256 <> decode(repeat('00', 32), 'hex')
  returning eob_id
)
select count(*) as count
from awaited;
