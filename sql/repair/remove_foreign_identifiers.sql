-- Removes MBIs of what can't be a beneficiary: somebody edited the id. The next delivery of its claims brings the MBI back.
-- Parameters: none.
-- Result: none.
delete from ab2d.beneficiary_identifier
where beneficiary_id not like 'ccw:_%'
  and beneficiary_id not like 'idr:_%';
