-- Reads held EOBs to map them again.
-- Grain of the result: one row per EOB.
-- Parameter: eob_ids (text[]).
-- Result: eob_id, api_version, resource (its text).
select
  eob_id,
  api_version,
  resource::text as resource
from ab2d_etl.eob
where eob_id = any(:eob_ids::text[]);
