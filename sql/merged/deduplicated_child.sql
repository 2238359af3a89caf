{% if child.repeats %}
{% set text = "One row per row of raw." ~ child.name ~ ", but of rows of one survivor with the same "
    ~ child.alike | join(" and ") ~ " only its own, or the first in line." %}
{% set named = "The contact that has the row: the survivor where the row names a retired one." %}
{% else %}
{% set text = "One row per " ~ child.subject ~ " and contact: a retired contact's " ~ child.row_name
    ~ " go to its survivor where that one is not on the " ~ child.subject ~ " yet." %}
{% set named = "The contact that is on the " ~ child.subject ~ ": the survivor where the row names a retired one." %}
{% endif %}
-- One row per row of raw.{{ child.name }} that is not dropped: {{ child.row_name }} of a retired contact go to its survivor where
-- that one has none like it yet.
-- grain: one row per row of raw.{{ child.name }} that is not dropped
-- reads: none
-- kind: view merged.{{ child.name | ident }}
select *
from (
{{ rehomed }}
) as rehomed;

comment on view merged.{{ child.name | ident }} is {{ text | literal }};

{% for column in child_columns %}
comment on column merged.{{ child.name | ident }}.{{ column.name | ident }} is
    {% if column.name == child.reference %}
    {{ named | literal }}
    {% else %}
    {{ ("Column " ~ column.name ~ " of raw." ~ child.name ~ ", unchanged.") | literal }}
    {% endif %};
{% endfor %}
