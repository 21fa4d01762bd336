-- Removes headers, which are then written anew. Their rows below go in remove_children.
-- Parameter: eob_ids (text[]).
-- Result: none.
delete from ab2d.claim_version
where eob_id = any(:eob_ids::text[]);
