"""Rival: what an analyst would write with pandas.

    uv run --group benchmarks python benchmarks/rivals/pandas_script.py INPUT OUTPUT AS_OF

Follows redirects to their end, sorts the contacts of each survivor as their own requests say, and takes the first value of
each column. In a chain an earlier survivor's whole line would have to move with it; here each contact stands where its own
request put it, so values can come from the wrong one. Nothing is checked or answered.
"""

import sys
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from json_objects import fold_objects

CHILDREN = ("notes", "activities", "tasks", "emails", "documents")
TABLES = ("contacts", *CHILDREN, "list_memberships")
SYSTEM = ["id", "workspace_id", "created_at", "updated_at"]
JSON = "custom_fields"


def merge(source: Path, output: Path, as_of: str) -> None:
    """Load, merge, write contacts and children."""
    output.mkdir(parents=True)
    tables = {table: pd.read_parquet(source / f"{table}.parquet") for table in TABLES}
    requests = pd.read_parquet(source / "merge_requests.parquet")
    line = _line(requests)
    tables["contacts"] = _contacts(tables["contacts"], line, pd.Timestamp(as_of))
    survivors = line.loc[line["id"] != line["survivor"]].set_index("id")["survivor"]
    memberships = tables["list_memberships"].merge(
        line[["id", "survivor", "arrival"]], how="left", left_on="contact_id", right_on="id"
    )
    for child in CHILDREN:
        owners = tables[child]["contact_id"]
        tables[child]["contact_id"] = owners.map(survivors).fillna(owners)
    memberships["contact_id"] = memberships["survivor"].fillna(memberships["contact_id"])
    tables["list_memberships"] = (
        memberships.sort_values("arrival", kind="stable")
        .drop_duplicates(["list_id", "contact_id"])
        .drop(columns=["id", "survivor", "arrival"])
    )
    for table, frame in tables.items():
        schema = pq.read_schema(source / f"{table}.parquet").remove_metadata()
        pq.write_table(
            pa.Table.from_pandas(frame, schema=schema, preserve_index=False), output / f"{table}.parquet"
        )


def _line(requests: pd.DataFrame) -> pd.DataFrame:
    """Contacts that take part: `id`, `survivor`, `place` for values and `arrival` for list memberships."""
    asked = requests.sort_values(["requested_at", "request_id"]).reset_index(drop=True)
    asked["turn"] = (asked.index + 1) * 1000
    duplicates = asked[["primary_id", "duplicate_ids", "overwrite", "turn"]].explode("duplicate_ids")
    duplicates["n"] = duplicates.groupby(level=0).cumcount() + 1
    duplicates = duplicates.rename(columns={"duplicate_ids": "id"})
    duplicates["arrival"] = duplicates["turn"] + duplicates["n"]
    duplicates["place"] = duplicates["arrival"].where(
        ~duplicates["overwrite"], duplicates["n"] - duplicates["turn"]
    )
    into = duplicates.set_index("id")["primary_id"]
    end = duplicates["primary_id"]
    while (further := end.map(into)).notna().any():
        end = further.fillna(end)
    duplicates["survivor"] = end
    primaries = pd.DataFrame({"id": end.unique(), "survivor": end.unique(), "place": 0, "arrival": 0})
    return pd.concat([primaries, duplicates[["id", "survivor", "place", "arrival"]]], ignore_index=True)


def _contacts(contacts: pd.DataFrame, line: pd.DataFrame, now: pd.Timestamp) -> pd.DataFrame:
    members = contacts.merge(line, on="id").sort_values(["survivor", "place"])
    fields = [name for name in contacts.columns if name not in (*SYSTEM, JSON)]
    first = members.groupby("survivor")[fields].first()
    own = members.loc[members["id"] == members["survivor"]].set_index("survivor")
    texts = members.groupby("survivor")[JSON].agg(list)
    first[JSON] = [
        fold_objects(None if pd.isna(mine) else mine, (None if pd.isna(text) else text for text in along))
        for mine, along in zip(own[JSON].reindex(first.index), texts, strict=True)
    ]
    first[["id", "workspace_id", "created_at"]] = own[["id", "workspace_id", "created_at"]]
    first["updated_at"] = now
    untouched = contacts.loc[~contacts["id"].isin(line["id"])]
    return pd.concat([untouched, first.reset_index(drop=True)[list(contacts.columns)]], ignore_index=True)


if __name__ == "__main__":
    merge(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3])
