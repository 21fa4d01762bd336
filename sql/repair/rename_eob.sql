-- Gives an EOB back the id that its text has. A stand-in has that place, or nobody.
-- Parameters: eob_id, its_id.
-- Result: one row, count: 0 where a good EOB has the place.
with renamed as (
  update ab2d_etl.eob
  set eob_id = :its_id
  where eob_id = :eob_id
    and not exists (
      select
      from ab2d_etl.eob as other
      where other.eob_id = :its_id
    )
  returning eob_id
)
select count(*) as count
from renamed;
