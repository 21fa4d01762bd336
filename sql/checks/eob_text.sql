-- EOBs whose text is not, byte for byte, the line that was loaded. Those that wait for their line are left out (eob_awaited).
-- Grain of the result: one row per EOB.
-- Parameters: none.
-- Result: eob_id.
select eob_id
from ab2d_etl.eob
where sha256(convert_to(resource::text, 'UTF8')) <> line_sha256
  and line_sha256 <> decode(repeat('00', 32), 'hex');
