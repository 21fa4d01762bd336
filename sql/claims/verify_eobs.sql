-- Reads held EOBs with what `verify --deep` compares apart from the rows that they map to.
-- Grain of the result: one row per EOB, in the order of their ids.
-- Parameter: eob_ids (text[]).
-- Result: the EOB; is_awaited, whether its text waits to be delivered again; is_current, first_seen_at and superseded_at of its
-- header, null without one.
select
  eob.eob_id,
  eob.api_version,
  (extract(epoch from case when isfinite(eob.ranked_at) then eob.ranked_at end) * 1000000)::bigint::text as ranked_at,
  (extract(epoch from case when isfinite(eob.exported_at) then eob.exported_at end) * 1000000)::bigint::text as exported_at,
  eob.line_sha256,
  eob.line_sha256 = decode(repeat('00', 32), 'hex') as is_awaited,
  eob.mbis,
  eob.mbi_currencies,
  eob.resource::text as resource,
  claim_version.is_current,
  (
    extract(epoch from case when isfinite(claim_version.first_seen_at) then claim_version.first_seen_at end) * 1000000
  )::bigint::text as first_seen_at,
  (
    extract(epoch from case when isfinite(claim_version.superseded_at) then claim_version.superseded_at end) * 1000000
  )::bigint::text as superseded_at
from ab2d_etl.eob
left join ab2d.claim_version using (eob_id)
where eob.eob_id = any(:eob_ids::text[])
order by eob.eob_id;
