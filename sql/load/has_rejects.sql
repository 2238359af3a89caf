-- One row: whether any row of a table just loaded lacks a key, and whether two rows have the same one.
select
    (select count(*) from {{ target }}
     where {% for key in keys %}{{ key }} is null{{ " or " if not loop.last }}{% endfor %}
     {% if table not in ("contacts", "list_memberships") %} or _cm_contact_key is null{% endif %}
     {% if table == "list_memberships" %}
     or not regexp_matches(cast(list_id as varchar), '[^{{ white_space[1:-1] }}]')
     {% endif %}) > 0 as lacks_keys,
    (select count(*) <> count(distinct ({{ keys | join(", ") }})) from {{ target }}) as repeats_keys;
