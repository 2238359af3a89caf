-- One row, for each column of an earlier table two numbers: the values that the merged table showed in it, and those of them
-- that stood there by a merge alone.
with

shown as (

    select
        {% for name in columns %}
        earlier.{{ name | ident }} as own{{ loop.index }},
        {% if name in folded %}
        case when survivors._cm_key is null then earlier.{{ name | ident }} else survivors.{{ name | ident }} end
            as shown{{ loop.index }}{{ "," if not loop.last }}
        {% else %}
        own{{ loop.index }} as shown{{ loop.index }}{{ "," if not loop.last }}
        {% endif %}
        {% endfor %}
    from {{ earlier }} as earlier
    {% if of_contacts %}
    left join fold.survivors as survivors on survivors._cm_key = earlier._cm_key
    anti join fold.redirects as redirects on redirects.retired_key = earlier._cm_key
    {% endif %}

)

select
    {% for name in columns %}
    {% set shown = "shown" ~ loop.index %}
    count(said({{ shown }})),
    count(case when {{ shown }} is distinct from own{{ loop.index }} then said({{ shown }}) end){{ "," if not loop.last }}
    {% endfor %}
from shown
