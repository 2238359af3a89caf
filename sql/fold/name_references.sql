-- Says which contacts the references of the component's survivors name, as ids compare.
-- reads: component
-- kind: change fold.survivors
update fold.survivors
set
    {% for helper, value in keys.items() %}
    {{ helper | ident }} = {{ value }}{{ "," if not loop.last }}
    {% endfor %}
where _cm_key in (select contact_key from component)
