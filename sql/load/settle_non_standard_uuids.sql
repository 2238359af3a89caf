-- The values of ids that only Python reads (non_standard_uuids), where the helper column {{ helper }} lacks them.
-- reads: non_standard_uuids
-- kind: change {{ target }}
update {{ target }}
set {{ helper | ident }} = non_standard_uuids.value
from non_standard_uuids
where {{ helper | ident }} is null and non_standard_uuids.spelled = {{ text }}
