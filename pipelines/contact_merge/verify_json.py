"""The keys of survivors' JSON objects against those of their sources' rows: provenance_agrees outside SQL.

No SQL engine keeps the spelling of JSON, so objects are compared as the fold makes them: slices of text.
"""

from collections import defaultdict

import duckdb
import polars as pl

from contact_merge.columns import Field
from contact_merge.engine import fetch, frames, run_sql
from contact_merge.json_text import filled_values


def find_json_faults(con: duckdb.DuckDBPyConnection, fields: list[Field], key_type: str) -> int:
    """Make the temp table `json_faults` (`contact_key`, `field`, `source_key`); returns the keys compared.

    Reads the temp tables `checked_survivors` and `checked_versions`.
    """
    compared = 0
    faults: list[tuple[str, str, str]] = []
    for field in fields:
        sources: dict[str, dict[str, str]] = defaultdict(dict)
        for contact, key, source in fetch(con, "checks/sources_of_keys", {"field": field.column}):
            sources[contact][key] = source
        values: dict[str, set[tuple[str, str]]] = defaultdict(set)
        for contact, text in _texts(con, field, "checked_versions"):
            values[contact].update(filled_values(text).items())
        for contact, text in _texts(con, field, "checked_survivors"):
            now = filled_values(text)
            for key in {**now, **sources[contact]}:
                compared += 1
                source: str = sources[contact].get(key) or contact
                if key not in now or (key, now[key]) not in values[source]:
                    faults.append((contact, f"{field.label}.{key}", source))
    frame = pl.DataFrame(
        faults, schema=dict.fromkeys(("contact_key", "field", "source_key"), pl.String), orient="row"
    )
    with frames(con, json_faults_frame=frame):
        run_sql(con, "checks/json_faults", key_type=key_type)
    return compared


def _texts(con: duckdb.DuckDBPyConnection, field: Field, table: str) -> list[tuple[str, str | None]]:
    return fetch(con, "checks/texts_of_field", table=table, field=field)
