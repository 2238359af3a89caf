-- One row per live contact, as it is after all merges; columns and types as in raw.{{ entity.table }}.
-- grain: one row per live contact
-- reads: none
-- kind: view {{ merged_entity }}
select *
from (
{{ overlaid }}
) as overlaid;

comment on view {{ merged_entity }} is
    {{ ("One row per live contact, as it is after all merges; columns and types as in raw." ~ entity.table ~ ".") | literal }};

{% for column in columns %}
{% if column.name in updated_names %}
{% set comment = "System column " ~ column.name ~ ": the later of the newest row's own and the last merge's." %}
{% elif not column.fields %}
{% set comment = "System column " ~ column.name ~ ", of the newest row." %}
{% elif column.fields[0].json or column.fields[0].label != column.name %}
{% set comment = "JSON field " ~ column.name ~ ", folded key by key." %}
{% elif column in references %}
{% set comment = "Field " ~ column.name ~ ", folded; it names the survivor of whom it named." %}
{% else %}
{% set comment = "Field " ~ column.name ~ ", folded." %}
{% endif %}
comment on column {{ merged_entity }}.{{ column.name | ident }} is {{ comment | literal }};
{% endfor %}
