"""The yardstick: load the files of a folder into a new DuckDB file, copy each table out as Parquet, merge nothing.

uv run python benchmarks/move.py INPUT OUTPUT [MEMORY_LIMIT]
"""

import shutil
import sys
from pathlib import Path

import duckdb


def move(source: Path, output: Path, memory_limit: str | None = None) -> None:
    """Load and copy out every table, with DuckDB's settings as `contact-merge run` has them."""
    shutil.rmtree(output, ignore_errors=True)
    output.mkdir(parents=True)
    config = {"temp_directory": str(output / "tmp")} | (
        {"memory_limit": memory_limit} if memory_limit else {}
    )
    with duckdb.connect(str(output / "warehouse.duckdb"), config=config) as con:
        con.execute("set TimeZone = 'UTC'")
        con.execute("set enable_progress_bar = false")
        tables = sorted(path.stem for path in source.glob("*.parquet"))
        for table in tables:
            con.execute(f"create table {table} as select * from read_parquet('{source / table}.parquet')")
        for table in tables:
            con.execute(f"copy {table} to '{output / table}.parquet' (format parquet)")


if __name__ == "__main__":
    move(Path(sys.argv[1]), Path(sys.argv[2]), *sys.argv[3:])
