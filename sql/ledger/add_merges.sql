-- Adds one row per merge accepted in this batch, with what it brought.
-- grain: one row per merge accepted in this batch
-- reads: given_fields, moved, new_merges
-- kind: insert into ledger.merges
select
    new_merges.*,
    given_fields.fields_populated,
    {% if kinds %}
    {
        {% for kind in kinds %}
        {{ kind | literal }}: moved.{{ ("of " ~ kind) | ident }}{{ "," if not loop.last }}
        {% endfor %}
    }
    {% else %}
    null
    {% endif %}
from new_merges
inner join given_fields on given_fields.seq = new_merges.seq and given_fields.ord = new_merges.ordinal
inner join moved on moved.seq = new_merges.seq and moved.ord = new_merges.ordinal
order by new_merges.seq, new_merges.ordinal
