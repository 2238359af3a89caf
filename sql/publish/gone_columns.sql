-- One row, for each column of an earlier table two numbers: the values that the merged table showed in it, and those of them
-- that stood there by a merge alone. Of pointers it is those that were held: the merged table shows none of a retired contact.
-- grain: one row
-- reads: fold.redirects, fold.survivors, {earlier}
-- kind: query
with

shown as (

    select
        {% for name in columns %}
        earlier.{{ name | ident }} as own{{ loop.index }},
        {% if of_contacts and name != pointer %}
        case
            when redirects.retired_key is not null then null
            {% if name in folded %}
            when survivors._cm_key is not null then survivors.{{ name | ident }}
            {% endif %}
            else earlier.{{ name | ident }}
        end as shown{{ loop.index }}{{ "," if not loop.last }}
        {% else %}
        earlier.{{ name | ident }} as shown{{ loop.index }}{{ "," if not loop.last }}
        {% endif %}
        {% endfor %}
    from {{ earlier }} as earlier
    {% if of_contacts %}
    left join fold.survivors as survivors on survivors._cm_key = earlier._cm_key
    left join fold.redirects as redirects on redirects.retired_key = earlier._cm_key
    {% endif %}

)

select
    {% for name in columns %}
    {% set shown = "shown" ~ loop.index %}
    count(said({{ shown }})),
    count(case when {{ shown }} is distinct from own{{ loop.index }} then said({{ shown }}) end){{ "," if not loop.last }}
    {% endfor %}
from shown
