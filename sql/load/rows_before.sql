-- One row per row of a raw table that says that its contact is deleted, or of which an incoming row says so.
-- grain: one row per row of a raw table that says that its contact is deleted, or of which an incoming row says so
-- reads: {incoming}, {raw}
-- kind: table {{ kept }}
select * exclude (_cm_id)
from {{ raw }}
where false
    {% if flagged_before %}
    or {{ flagged_before }}
    {% endif %}
    {% if flagged %}
    or _cm_key in (select _cm_key from {{ incoming }} where {{ flagged }})
    {% endif %}
