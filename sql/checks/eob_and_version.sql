-- EOBs without a header in claim_version, headers without an EOB, and pairs that name different versions of the API.
-- Grain of the result: one row per EOB id.
-- Parameters: none.
-- Result: eob_id, problem.
select
  eob_id,
  case
    when claim_version.eob_id is null then 'no header'
    when eob.eob_id is null then 'no EOB'
    else 'another API version'
  end as problem
from ab2d_etl.eob
full join ab2d.claim_version using (eob_id)
where eob.api_version is distinct from claim_version.api_version;
