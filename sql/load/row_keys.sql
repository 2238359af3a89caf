-- One row per row of {{ table }}'s file: the values of its keys.
-- grain: one row per row of {{ table }}'s file
-- reads: key_batches
-- kind: table {{ keys }}
select *
from key_batches;

comment on table {{ keys }} is
    {{ ("One row per row of the file that was loaded of " ~ table ~ ": the values of its keys.") | literal }};
comment on column {{ keys }}._cm_row is 'The number of the row in its file, from 0.';
{% for helper, column in helpers.items() %}
comment on column {{ keys }}.{{ helper | ident }} is {{ ("The value of " ~ column ~ "; null where there is none.") | literal }};
{% endfor %}
