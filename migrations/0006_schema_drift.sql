-- Schema drift: by which run a place was seen first and last, so that a status can say what is new.

alter table ab2d_etl.schema_drift
-- Null where a run has been forgotten, or was before this column.
add column first_run_id bigint references ab2d_etl.run on delete set null,
add column last_run_id bigint references ab2d_etl.run on delete set null;

comment on table ab2d_etl.schema_drift is 'Grain: one row per API version and place in a claim that was not as the mapper knows it: an element, extension or code system that no column reads, or a code that decides how a claim is read and is none of those known. Never holds data of a person.';
comment on column ab2d_etl.schema_drift.json_path is 'The place: arrays as `[]`, with what tells their elements apart (`item[].extension[url=…].valueCoding`); after `=` a code that is not known; `?` for a name that does not look like one of FHIR''s. `(more)` counts what is beyond the places kept for a file.';
comment on column ab2d_etl.schema_drift.occurrence_count is 'EOBs that had it, among those parsed: a line that is byte for byte what is stored is not.';
comment on column ab2d_etl.schema_drift.first_run_id is 'The run that met it first.';
comment on column ab2d_etl.schema_drift.last_run_id is 'The run that met it last.';
