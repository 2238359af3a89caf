-- One row per row of {{ table }}'s file: what the row names.
-- grain: one row per row of {{ table }}'s file
-- reads: {rows}
-- kind: table {{ keys }}
select
    file_row_number as _cm_row
    {%- for helper, value in helpers.items() %},
    {{ value }} as {{ helper }}
    {%- endfor %}

from {{ rows }};

comment on table {{ keys }} is
    {{ ("One row per row of the file that was loaded of " ~ table ~ ": what the row names.") | literal }};
comment on column {{ keys }}._cm_row is 'The number of the row in its file, from 0.';
{% for helper in helpers %}
comment on column {{ keys }}.{{ helper }} is
    {{ ("What " ~ columns[helper] ~ " names; null where that is nobody.") | literal }};
{% endfor %}
