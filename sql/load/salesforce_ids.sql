-- Temporary macros over text, made at the beginning of a load.
--   salesforce_value(spelled): the first 15 characters of a Salesforce id, null where there is none
--   salesforce_number(spelled): the text of a JSON value that is no string; null where it would pass for an id
--   salesforce_piece(spelled): whether a piece of a text with several ids is one
-- reads: none
-- kind: macros
create or replace temp macro salesforce_text(spelled) as
    regexp_extract(spelled, '^[{{ white_space }}]*({{ pattern }})[{{ white_space }}]*$', 1);

create or replace temp macro salesforce_value(spelled) as
    case
        when
            length(salesforce_text(spelled)) = 15
            or (
                length(salesforce_text(spelled)) = 18
                and substr(salesforce_text(spelled), 16) = {{ checksum("salesforce_text(spelled)") }}
            )
            then substr(salesforce_text(spelled), 1, 15)
    end;

create or replace temp macro salesforce_number(spelled) as
    case when salesforce_value(spelled) is null then spelled end;

create or replace temp macro salesforce_piece(spelled) as
    salesforce_value(spelled) is not null;
