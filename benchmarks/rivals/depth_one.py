"""Rival: the depth-1 SQL that one would write by hand (depth_one.sql), as a job of its own on the same files.

uv run python benchmarks/rivals/depth_one.py INPUT OUTPUT AS_OF
"""

import sys
from pathlib import Path

import duckdb
import jinja2

CHILDREN = ("notes", "activities", "tasks", "emails", "documents")


def merge(source: Path, output: Path, as_of: str) -> None:
    """Load the tables into a DuckDB file with its defaults, run depth_one.sql, copy contacts and children out."""
    output.mkdir(parents=True)
    text = Path(__file__).with_suffix(".sql").read_text(encoding="utf-8")
    with duckdb.connect(str(output / "warehouse.duckdb")) as con:
        con.execute("set TimeZone = 'UTC'")
        con.execute("set enable_progress_bar = false")
        con.execute(f"set variable as_of = timestamp '{as_of}'")
        tables = ("contacts", *CHILDREN, "list_memberships")
        for table in (*tables, "merge_requests"):
            con.execute(f"create table {table} as select * from read_parquet('{source / table}.parquet')")
        con.execute(jinja2.Template(text).render(children=CHILDREN))
        for table in tables:
            con.execute(f"copy (from merged_{table}) to '{output / table}.parquet' (format parquet)")


if __name__ == "__main__":
    merge(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3])
