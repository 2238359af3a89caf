-- The number of rows of an earlier table whose key ({{ old_key | join(", ") }}) no row of the new one has; by hashes, which are
-- smaller than keys.
-- grain: one row
-- reads: {earlier}, {raw}
-- kind: query
with

earlier as (

    select hash({{ old_key | join(", ") }}) as key_hash
    from {{ earlier }}

),

loaded as (

    select hash({{ new_key | join(", ") }}) as key_hash
    from {{ raw }}

)

select count(*)
from earlier
anti join loaded on loaded.key_hash = earlier.key_hash
