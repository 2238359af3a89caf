"""The yardstick: load the files of a folder into a new DuckDB file, copy each table out as Parquet, merge nothing.

    uv run python benchmarks/move.py INPUT OUTPUT [--as-product] [--memory-limit 4GiB]

Either as anyone would write it, with DuckDB's defaults, or as the product's warehouse is set: that one does not look for
common substrings when it compresses text, which takes most of a load.
"""

import argparse
import shutil
from pathlib import Path

import duckdb

# As contact_merge/warehouse.py sets it; tests/benchmarks/test_benchmarks.py holds the two together.
AS_PRODUCT = "dict_fsst,fsst"


def move(source: Path, output: Path, *, as_product: bool = False, memory_limit: str | None = None) -> None:
    """Load and copy out every table."""
    shutil.rmtree(output, ignore_errors=True)
    output.mkdir(parents=True)
    config = {"temp_directory": str(output / "tmp")} | (
        {"memory_limit": memory_limit} if memory_limit else {}
    )
    with duckdb.connect(str(output / "warehouse.duckdb"), config=config) as con:
        con.execute("set TimeZone = 'UTC'")
        con.execute("set enable_progress_bar = false")
        if as_product:
            con.execute(f"set disabled_compression_methods = '{AS_PRODUCT}'")
        tables = sorted(path.stem for path in source.glob("*.parquet"))
        for table in tables:
            con.execute(f"create table {table} as select * from read_parquet('{source / table}.parquet')")
        for table in tables:
            con.execute(f"copy {table} to '{output / table}.parquet' (format parquet)")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("source", type=Path, metavar="INPUT")
    parser.add_argument("output", type=Path, metavar="OUTPUT")
    parser.add_argument("--as-product", action="store_true", help="as the product's warehouse is set")
    parser.add_argument("--memory-limit", help="of DuckDB")
    move(**vars(parser.parse_args()))
