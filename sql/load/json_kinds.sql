-- One row with a column for each member: the kinds of values that occur in it, as `string`, `boolean`, `integer`, `double`,
-- `large`, `object`, `<kind>[]` for lists of one kind (`empty[]` for an empty one), `mixed[]` for others. Null is of every kind.
with members as (
    select unnest(from_json(line, {{ structure | literal }}))
    from json_line_batches
)

select
{% for name in names %}
    list(distinct case left({{ name | ident }}, 1)
        when '"' then 'string'
        when 't' then 'boolean'
        when 'f' then 'boolean'
        when '{' then 'object'
        when '[' then case json_structure({{ name | ident }})
            when '["VARCHAR"]' then 'string[]'
            when '["BOOLEAN"]' then 'boolean[]'
            when '["UBIGINT"]' then 'integer[]'
            when '["BIGINT"]' then 'integer[]'
            when '["NULL"]' then 'empty[]'
            else 'mixed[]' end
        else case
            when contains({{ name | ident }}, '.') or contains({{ name | ident }}, 'e') then 'double'
            when try_cast({{ name | ident }} as bigint) is not null then 'integer'
            else 'large' end
    end) filter (where {{ name | ident }} is not null){{ "," if not loop.last }}
{% endfor %}
from members;
