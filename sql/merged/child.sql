-- One row per row of raw.{{ child.name }}; rows of retired contacts name the survivor.
-- grain: one row per row of raw.{{ child.name }}
-- reads: none
-- kind: view merged.{{ child.name | ident }}
select *
from (
{{ rehomed }}
) as rehomed;

comment on view merged.{{ child.name | ident }} is
    {{ ("One row per row of raw." ~ child.name ~ "; rows of retired contacts name the survivor.") | literal }};

{% for column in child_columns %}
comment on column merged.{{ child.name | ident }}.{{ column.name | ident }} is
    {% if several.get(column.name) %}
    'The contacts that have the row: the survivors where it names retired ones.'
    {% elif column.name in several %}
    'The contact that has the row: the survivor where the row names a retired one.'
    {% else %}
    {{ ("Column " ~ column.name ~ " of raw." ~ child.name ~ ", unchanged.") | literal }}
    {% endif %};
{% endfor %}
