-- Rows in claim_provider without a current version. How many a claim has its header does not say: `verify --deep` compares them.
-- Grain of the result: one row per EOB id.
-- Parameters: none.
-- Result: eob_id, found.
select
  claim_provider.eob_id,
  count(*) as found
from ab2d.claim_provider
left join ab2d.claim_version
  on claim_version.eob_id = claim_provider.eob_id
  and claim_version.is_current
where claim_version.eob_id is null
group by claim_provider.eob_id;
