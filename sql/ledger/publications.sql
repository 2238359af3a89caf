-- One row per set of output files made ready: committed together with what the files tell.
create table if not exists ledger.publications (
    token varchar not null
);

comment on table ledger.publications is 'One row per set of output files made ready: committed together with what the files tell.';
comment on column ledger.publications.token is 'Stands in the hidden names of the files until they are put in place.';
