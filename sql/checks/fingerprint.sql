-- Tables whose rows do not add up to what was loaded: a row was lost, doubled or edited.
-- Grain of the result: one row per table.
-- Parameters: none.
-- Result: table_name, and both sums.
select
  table_name,
  fingerprint.fingerprint as loaded,
  recomputed_fingerprint.fingerprint as found
from ab2d_etl.recomputed_fingerprint
full join ab2d_etl.fingerprint using (table_name)
where fingerprint.fingerprint is distinct from recomputed_fingerprint.fingerprint
order by table_name;
