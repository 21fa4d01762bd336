-- Clears what touch_contract_families and touch_contract_beneficiaries noted: the last thing of a switch before its commit.
-- Parameters: none.
-- Result: none.
with cleared_beneficiary as (
  delete from ab2d_etl.staged_mbi
  where output_file_id < 0
)
delete from ab2d_etl.touched_family
where output_file_id < 0;
