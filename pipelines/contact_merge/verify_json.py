"""The keys of survivors' JSON objects against those of their sources' rows: provenance_agrees outside SQL.

No SQL engine keeps the spelling of JSON, so objects are compared as the fold makes them: slices of text.
"""

from collections import defaultdict

import duckdb
import polars as pl

from contact_merge.columns import Field
from contact_merge.json_text import filled_values


def find_json_faults(con: duckdb.DuckDBPyConnection, fields: list[Field]) -> int:
    """Make the temp table `json_faults` (`contact_key`, `field`, `source_key`); returns the keys compared.

    Reads the temp tables `checked_survivors` and `checked_versions`.
    """
    compared = 0
    faults: list[tuple[str, str, str]] = []
    for field in fields:
        sources: dict[str, dict[str, str]] = defaultdict(dict)
        for contact, key, source in con.execute(
            "select cast(contact_key as varchar), json_key, cast(source_key as varchar) "
            "from fold.json_provenance as provenance "
            "semi join checked_survivors as survivors on survivors._cm_key = provenance.contact_key "
            "where field = $field",
            {"field": field.column},
        ).fetchall():
            sources[contact][key] = source
        values: dict[str, set[tuple[str, str]]] = defaultdict(set)
        for contact, text in con.execute(_texts(field, "checked_versions")).fetchall():
            values[contact].update(filled_values(text).items())
        for contact, text in con.execute(_texts(field, "checked_survivors")).fetchall():
            now = filled_values(text)
            for key in {**now, **sources[contact]}:
                compared += 1
                source: str = sources[contact].get(key) or contact
                if key not in now or (key, now[key]) not in values[source]:
                    faults.append((contact, f"{field.label}.{key}", source))
    frame = pl.DataFrame(
        faults, schema=dict.fromkeys(("contact_key", "field", "source_key"), pl.String), orient="row"
    )
    con.register("json_faults_frame", frame.to_arrow())
    con.execute(
        "create or replace temp table json_faults as select cast(contact_key as uuid) as contact_key, field, "
        "cast(source_key as uuid) as source_key from json_faults_frame"
    )
    con.unregister("json_faults_frame")
    return compared


def _texts(field: Field, table: str) -> str:
    return f"select cast({table}._cm_key as varchar), {field.of(table)} from {table}"
