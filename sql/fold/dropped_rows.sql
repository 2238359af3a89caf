{% from "merged/_survivor.sql" import membership_line %}
-- One row per child row that did not move to the survivor, which has one like it: which row it is, and which the survivor has.
-- It is of children of which one contact may have several rows that are alike.
-- Of rows that are alike the first in line stays, of one contact's the one with the least key, or that was loaded first. Of the
-- survivor's own all stay.
-- grain: one row per child row that did not move to the survivor
-- reads: fold.line, fold.redirects, raw.{child.alike_rows}
-- kind: view fold.dropped_rows
with

line as (

    {{ membership_line() }}

),

{% for child in repeating %}
{{ child.name | plain }}_in_line as (

    select
        rows._cm_row,
        line.contact_key,
        line.root_key,
        first_value(rows._cm_row) over alike as kept_row
    from raw.{{ child.alike_rows | ident }} as rows
    inner join line on line.contact_key = rows._cm_contact_key
    where
        true
        {% for name in child.compared %}
        and rows.{{ name }} is not null  -- rule: empty-is-like-no-other
        {% endfor %}
    window alike as (
        partition by line.root_key{% for name in child.compared %}, rows.{{ name }}{% endfor %}

        order by
            line.membership_position,
            {% for name in child.ranked %}
            rows.{{ name | ident }} nulls last,  -- rule: least-key-moves
            {% endfor %}
            rows._cm_row
    )

){{ "," if not loop.last }}

{% endfor %}
{% for child in repeating %}
select
    {{ child.name | literal }} as "table",
    _cm_row,
    contact_key,
    root_key,
    kept_row
from {{ child.name | plain }}_in_line
where _cm_row <> kept_row and contact_key <> root_key  -- rule: own-rows-stay
{{ "union all" if not loop.last }}
{% endfor %};

comment on view fold.dropped_rows is
    'One row per child row that did not move to the survivor, of children of which one contact may have several rows alike.';
comment on column fold.dropped_rows."table" is 'The table of the row.';
comment on column fold.dropped_rows._cm_row is 'The number of the row.';
comment on column fold.dropped_rows.contact_key is 'The contact that it names.';
comment on column fold.dropped_rows.root_key is 'The survivor that it did not move to.';
comment on column fold.dropped_rows.kept_row is 'The number of the row that the survivor has instead.';
