-- Temporary macros over text, made at the beginning of a load: those of the entity's type of ids, by names that are the same
-- for all types. Each type has a file <type>_ids.sql that says what they give.
-- reads: none
-- kind: macros
create or replace temp macro id_value(spelled) as {{ id_type }}_value(spelled);

create or replace temp macro id_number(spelled) as {{ id_type }}_number(spelled);

create or replace temp macro id_piece(spelled) as {{ id_type }}_piece(spelled);
