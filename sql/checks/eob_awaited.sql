-- EOBs whose text was lost or edited, and that wait for their line to be delivered again. A repair marks them so: their hash is
-- 32 zeros and their rank the lowest, so that any delivery replaces them. Their rows in the claims tables are as they were.
-- Grain of the result: one row per EOB.
-- Parameters: none.
-- Result: eob_id.
select eob_id
from ab2d_etl.eob
where line_sha256 = decode(repeat('00', 32), 'hex');
