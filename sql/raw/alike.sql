{% from "fold/_values.sql" import value %}
-- One row per row of raw.{{ child.name }}, with its number, and with what it says in the columns that are compared, null where it
-- is empty there.
-- grain: one row per row of raw.{{ child.name }}
-- reads: {keys}, {rows}
-- kind: view raw.{{ child.alike_rows | ident }}
select
    _cm_row,
    {% for name in columns %}
    rows.{{ name | ident }},
    {% endfor %}
    {% for name in child.alike %}
    {{ value("rows." ~ (name | ident), kinds[name]) }} as {{ child.compared[loop.index0] }},
    {% endfor %}
    _cm_contact_key
from {{ rows }} as rows
{% if keys %}
inner join {{ keys }} as keys on keys._cm_row = rows.file_row_number
{% endif %};

comment on view raw.{{ child.alike_rows | ident }} is
    {{ ("One row per row of raw." ~ child.name ~ ", with what is compared of it.") | literal }};
comment on column raw.{{ child.alike_rows | ident }}._cm_row is
    'The number of the row: those that were loaded first have the least.';
{% for name in child.alike %}
comment on column raw.{{ child.alike_rows | ident }}.{{ child.compared[loop.index0] }} is
    {{ ("Column " ~ name ~ "; null where it is empty, for then it is like no other.") | literal }};
{% endfor %}
