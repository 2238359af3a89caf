-- One row per row of a table just loaded, in its order, with the values of ids that only Python reads (non_standard_uuids) in the
-- helper column {{ helper }} of several ids. DuckDB updates a list by moving its row, so the table is made again.
-- grain: one row per row of a table just loaded
-- reads: non_standard_uuids, {target}
-- kind: {{ "temp " if temp }}table {{ target }}
select
    loaded.* replace (
        case
            when list_count({{ helper }}) < len({{ helper }}) then list_transform(
                {{ texts }}, lambda _cm_part: coalesce(uuid_value(_cm_part), found._cm_values[_cm_part]))
            else {{ helper }}
        end as {{ helper }}
    )
from {{ target }} as loaded
cross join (select map(list(spelled), list(value)) as _cm_values from non_standard_uuids) as found
order by loaded.{{ row_id }}
