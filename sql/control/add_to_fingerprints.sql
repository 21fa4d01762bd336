-- Adds to the fingerprints of tables what a transaction changed in them. One of the last things before its commit: the rows stay
-- locked until then.
-- Parameters: table_names (text[]), changes (numeric[], one for each of them).
-- Result: none.
update ab2d_etl.fingerprint
set fingerprint = ab2d_etl.as_fingerprint(fingerprint.fingerprint + changed.change)
from unnest(:table_names::text[], :changes::numeric[]) as changed (table_name, change)
where fingerprint.table_name = changed.table_name;
