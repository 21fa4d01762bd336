-- Reads held EOBs to map them again.
-- Grain of the result: one row per EOB.
-- Parameter: eob_ids (text[]).
-- Result: eob_id, api_version, resource (its text), is_awaited: whether the text waits to be delivered again.
select
  eob_id,
  api_version,
  resource::text as resource,
  line_sha256 = decode(repeat('00', 32), 'hex') as is_awaited
from ab2d_etl.eob
where eob_id = any(:eob_ids::text[]);
