"""The yardstick: load the files of a folder into a new DuckDB file, copy each table out as Parquet, merge nothing.

    uv run python benchmarks/move.py INPUT OUTPUT [--our-parquet] [--memory-limit 4GiB]

As anyone would write it, with DuckDB's defaults; or with the settings that the product writes Parquet files with.
"""

import argparse
import shutil
from pathlib import Path

import duckdb

# contact_merge.engine.PARQUET; tests/benchmarks/test_benchmarks.py holds the two together.
OUR_PARQUET = "format parquet, parquet_version v2, compression zstd, compression_level 1"


def move(source: Path, output: Path, *, our_parquet: bool = False, memory_limit: str | None = None) -> None:
    """Load and copy out every table."""
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
            con.execute(
                f"copy {table} to '{output / table}.parquet' ({OUR_PARQUET if our_parquet else 'format parquet'})"
            )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("source", type=Path, metavar="INPUT")
    parser.add_argument("output", type=Path, metavar="OUTPUT")
    parser.add_argument("--our-parquet", action="store_true", help="with our Parquet settings")
    parser.add_argument("--memory-limit", help="of DuckDB")
    move(**vars(parser.parse_args()))
