-- One row per batch and table that it added to: what ledger.digests would hold for the rows as they are now (none yet).
-- grain: one row per batch and table that it added to
-- reads: none
-- kind: temp table found_digests
select
    cast(null as bigint) as batch_no,
    cast(null as varchar) as table_name,
    cast(null as bigint) as row_count,
    cast(null as varchar) as digest
where false
