-- Gives a stand-in to each header whose EOB is lost: it keeps the place until the line is delivered again. What the claims tables
-- hold of the claim stays.
-- Parameters: none.
-- Result: one row, count.
with stand_in as (
  insert into ab2d_etl.eob (
    eob_id,
    api_version,
    ranked_at,
    exported_at,
    stamped_at,
    line_sha256,
    output_file_id,
    line_number,
    mbis,
    mbi_currencies,
    resource
  )
  select
    eob_id,
    claim_version.api_version,
    '-infinity',
    '-infinity',
    '-infinity',
    decode(repeat('00', 32), 'hex'),
    0,
    0,
    '{}',
    '{}',
    'null'
  from ab2d.claim_version
  left join ab2d_etl.eob using (eob_id)
  where eob.eob_id is null
  returning eob_id
)
select count(*) as count
from stand_in;
