-- One row per {{ child.subject }} and contact: a retired contact's {{ child.row_name }} go to its survivor where that one is
-- not on the {{ child.subject }} yet.
-- grain: one row per {{ child.subject }} and contact
-- reads: none
-- kind: view merged.{{ child.name | ident }}
select *
from (
{{ rehomed }}
) as rehomed;

comment on view merged.{{ child.name | ident }} is
    {{ ("One row per " ~ child.subject ~ " and contact: a retired contact's " ~ child.row_name
        ~ " go to its survivor where that one is not on the " ~ child.subject ~ " yet.") | literal }};

{% for column in child_columns %}
comment on column merged.{{ child.name | ident }}.{{ column.name | ident }} is
    {% if column.name == child.reference %}
    {{ ("The contact that is on the " ~ child.subject ~ ": the survivor where the row names a retired one.") | literal }}
    {% else %}
    {{ ("Column " ~ column.name ~ " of raw." ~ child.name ~ ", unchanged.") | literal }}
    {% endif %};
{% endfor %}
