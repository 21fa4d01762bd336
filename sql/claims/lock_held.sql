-- Locks the held EOBs that a batch of news may replace, so that no other loader replaces them meanwhile.
-- Grain of the result: one row per held EOB.
-- Parameter: eob_ids (text[]).
-- Result: what ranks the held text, and what its replacement needs to know of it.
select
  eob.eob_id,
  eob.api_version,
  (extract(epoch from nullif(eob.ranked_at, '-infinity')) * 1000000)::bigint::text as ranked_at,
  (extract(epoch from nullif(eob.exported_at, '-infinity')) * 1000000)::bigint::text as exported_at,
  eob.line_sha256,
  eob.output_file_id,
  claim_version.claim_family_key,
  claim_version.beneficiary_id,
  claim_version.is_current,
  (extract(epoch from claim_version.first_seen_at) * 1000000)::bigint::text as first_seen_at,
  (extract(epoch from claim_version.superseded_at) * 1000000)::bigint::text as superseded_at
from ab2d_etl.eob
join ab2d.claim_version using (eob_id)
where eob.eob_id = any(:eob_ids::text[])
order by eob.eob_id
for update of eob;
