"""Rival: the least that gives merged tables: DuckDB from Parquet to Parquet, fill only, chains resolved by union-find.

    uv run python benchmarks/rivals/direct.py INPUT OUTPUT AS_OF

A duplicate's values stand in the order of requests, behind its last survivor's; overwrite is not heeded, and nothing is
checked, answered or remembered (README.md says what is wrong or missing then).
"""

import sys
from pathlib import Path

import duckdb
import pyarrow as pa

CHILDREN = ("notes", "activities", "tasks", "emails", "documents")
SYSTEM = ("id", "workspace_id", "created_at", "updated_at")
PAIRS = "select unnest(duplicate_ids), primary_id from {} order by requested_at, request_id, generate_subscripts(duplicate_ids, 1)"


def merge(source: Path, output: Path, as_of: str) -> None:
    """Write contacts, with the primaries' empty fields filled, and the six children."""
    output.mkdir(parents=True)
    con = duckdb.connect()
    con.execute("set enable_progress_bar = false")
    file = {path.stem: f"read_parquet('{path}')" for path in source.glob("*.parquet")}
    pairs = con.execute(PAIRS.format(file["merge_requests"])).fetchall()
    ends = survivors([id_ for id_, _ in pairs], [primary for _, primary in pairs])
    retired = pa.table({"id": list(ends), "survivor": list(ends.values()), "place": range(1, len(ends) + 1)})
    con.register("retired", retired)
    con.execute(
        "create table line as from retired union all select distinct survivor, survivor, 0 from retired"
    )
    names = [name for name, *_ in con.execute(f"describe from {file['contacts']}").fetchall()]
    fields = [name for name in names if name not in SYSTEM]
    first = ", ".join(f'arg_min("{name}", place) as "{name}"' for name in fields)  # passes over nulls
    filled = ", ".join(f'coalesce(c."{name}", f."{name}") as "{name}"' for name in fields)
    con.execute(
        f"create table filled as select survivor, {first} from {file['contacts']} join line using (id) group by all"
    )
    updated = f"if(f.survivor is null, c.updated_at, timestamp '{as_of}') as updated_at"
    written = {
        "contacts": f"select c.* replace ({filled}, {updated}) from {file['contacts']} c left join filled f on f.survivor = c.id "
        "anti join retired on retired.id = c.id",
        "list_memberships": f"select c.* from {file['list_memberships']} c anti join line on line.id = contact_id "
        f"union all select c.* replace (survivor as contact_id) from {file['list_memberships']} c join line on line.id = contact_id "
        "qualify row_number() over (partition by survivor, list_id order by place) = 1",
    }
    for child in CHILDREN:
        moved = "c.* replace (coalesce(survivor, contact_id) as contact_id)"
        written[child] = f"select {moved} from {file[child]} c left join retired r on r.id = c.contact_id"
    for table, query in written.items():
        con.execute(f"copy ({query}) to '{output / table}.parquet' (format parquet)")


def survivors(duplicates: list[str], primaries: list[str]) -> dict[str, str]:
    """Each duplicate's last survivor: union-find with halved paths; a set's root is what its newest primary is."""
    parent: dict[str, str] = {}

    def root(id_: str) -> str:
        while (above := parent.get(id_, id_)) != id_:
            parent[id_] = id_ = parent.get(above, above)
        return id_

    for duplicate, primary in zip(duplicates, primaries, strict=True):
        if (low := root(duplicate)) != (high := root(primary)):
            parent[low] = high
    return {id_: root(id_) for id_ in dict.fromkeys(duplicates) if root(id_) != id_}


if __name__ == "__main__":
    merge(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3])
