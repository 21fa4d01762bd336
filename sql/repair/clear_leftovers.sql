-- Clears what loads and reconciliations that ended have left. For who keeps all loads waiting.
-- Parameters: none.
-- Result: none.
with cleared_line as (
  delete from ab2d_etl.staged_line
),
cleared_mbi as (
  delete from ab2d_etl.staged_mbi
),
cleared_delivery as (
  delete from ab2d_etl.delivered_eob
  where not exists (
    select
    from ab2d_etl.series
    where series.series_id = delivered_eob.series_id
      and series.state = 'open'
  )
)
delete from ab2d_etl.touched_family;
