-- Tells which claim families have a version already.
-- Grain of the result: one row per known family.
-- Parameter: claim_family_keys (text[]).
-- Result: claim_family_key.
select distinct claim_family_key
from ab2d.claim_version
where claim_family_key = any(:claim_family_keys::text[]);
