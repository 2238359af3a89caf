-- What only a load needs; the macros and new_requests stay.
drop table if exists temp.incoming_rows;
drop table if exists temp.staged_requests;
drop table if exists temp.staged_api_keys;
drop table if exists temp.prepared_requests;
drop table if exists temp.prepared_api_keys;
drop table if exists temp.rejected_rows;
drop table if exists temp.rejected_keys;
drop table if exists temp.kept_rows;
drop table if exists temp.noted_rows;
drop table if exists temp.row_positions;
drop table if exists temp.non_standard_uuids;
