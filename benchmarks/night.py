"""The tables of one night, out of those of many nights that generate.py made in the shape `arrivals`.

    uv run python benchmarks/night.py INPUT FOLDER --first 1000 --until 2000

The contacts that the requests of other nights retire are left out, with their child rows: they have gone since, for the CRM
applied those merges, or have not come yet. So each night's export has the same number of rows.
"""

import argparse
from pathlib import Path

import duckdb


def night(source: Path, folder: Path, *, first: int, until: int) -> None:
    """Write the requests number `first` to `until`, and the other tables as they are exported that night."""
    folder.mkdir(parents=True)
    with duckdb.connect() as con:
        con.execute("set enable_progress_bar = false")
        con.execute(
            "create table requests as select *, row_number() over (order by requested_at, request_id) - 1 as n "
            f"from read_parquet('{source / 'merge_requests.parquet'}')"
        )
        con.execute(
            "create table elsewhere as select unnest(duplicate_ids) as id "
            f"from requests where n < {first} or n >= {until}"
        )
        for path in source.glob("*.parquet"):
            key = "id" if path.stem == "contacts" else "contact_id"
            query = f"select * from read_parquet('{path}') as rows anti join elsewhere on elsewhere.id = rows.{key}"
            if path.stem == "merge_requests":
                query = f"select * exclude (n) from requests where n >= {first} and n < {until} order by n"
            con.execute(f"copy ({query}) to '{folder / path.name}' (format parquet)")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("source", type=Path, metavar="INPUT")
    parser.add_argument("folder", type=Path, metavar="FOLDER")
    parser.add_argument("--first", type=int, required=True)
    parser.add_argument("--until", type=int, required=True)
    night(**vars(parser.parse_args()))
