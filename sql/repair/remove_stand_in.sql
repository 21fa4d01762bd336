-- Removes the stand-in of a lost EOB, or an EOB that is another one's copy under a wrong id.
-- Parameters: eob_id, is_copy (boolean).
-- Result: none.
delete from ab2d_etl.eob
where eob_id = :eob_id
  and (:is_copy::boolean or line_sha256 = decode(repeat('00', 32), 'hex'));
