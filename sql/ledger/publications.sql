-- One row per set of output files that was staged: committed together with what the files hold.
-- grain: one row per set of output files that was staged
-- reads: none
-- kind: kept ledger.publications
create table if not exists ledger.publications (
    token varchar not null
);

comment on table ledger.publications is
    'One row per set of output files that was staged: committed together with what the files hold.';
comment on column ledger.publications.token is 'The token in the hidden names of the files until they are promoted.';
