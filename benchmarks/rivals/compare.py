"""Count how a rival's tables differ from ours, as one JSON object on stdout.

    uv run python benchmarks/rivals/compare.py OURS THEIRS

OURS and THEIRS hold contacts and the six children as Parquet. Contacts are compared in every column; JSON objects by their
values (with DuckDB's spelling of numbers on both sides), and exactly in a count of its own.
"""

import json
import sys
from pathlib import Path

import duckdb

KEYS = {"list_memberships": "list_id, contact_id"}
CHILDREN = ("notes", "activities", "tasks", "emails", "documents", "list_memberships")


def compare(ours: Path, theirs: Path) -> dict[str, int]:
    """Rows that stand in one of the two only, or differ: `contacts`, `contacts_exactly` and each kind of child."""
    with duckdb.connect() as con:
        con.execute("set TimeZone = 'UTC'")
        found = {}
        for name, json_of in (
            ("contacts", "json(custom_fields)::varchar"),
            ("contacts_exactly", "replace(custom_fields, ' ', '')"),
        ):
            found[name] = _differing(con, ours, theirs, "contacts", f"replace ({json_of} as custom_fields)")
        for child in CHILDREN:
            found[child] = _differing(con, ours, theirs, child)
        return found


def _differing(con: duckdb.DuckDBPyConnection, ours: Path, theirs: Path, table: str, how: str = "") -> int:
    """How many keys have rows that are not on both sides, as often."""
    files = [f"read_parquet('{side / table}.parquet')" for side in (ours, theirs)]
    columns = ", ".join(name for name, *_ in con.execute(f"describe from {files[0]}").fetchall())
    a, b = (f"(select {columns} from (select * {how} from {file}))" for file in files)
    return con.execute(
        f"with apart as ((from {a} except all from {b}) union all (from {b} except all from {a})) "
        f"select count(distinct ({KEYS.get(table, 'id')})) from apart"
    ).fetchall()[0][0]


if __name__ == "__main__":
    print(json.dumps(compare(Path(sys.argv[1]), Path(sys.argv[2]))))
