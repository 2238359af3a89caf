"""What the UI shows beside an asset: columns, rows, a run's figures, previews, data versions.

Figures are numbers, so that Dagster plots them over time. Nothing here shows a field's value: more people
read the log of a run than the tables.
"""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import dagster as dg
import duckdb
import msgspec

from contact_merge.catalog import Catalog
from contact_merge.console import OUTCOMES
from contact_merge.defs.specs import merged_key, table_of
from contact_merge.engine import columns_of, count, fetch, ident
from contact_merge.summary import Preview, Summary
from contact_merge.tables import RESERVED_PREFIX

PREVIEWED = 10
Metadata = dict[str, Any]


def digest_of(*texts: str | None) -> str:
    """A short digest that changes when any of the texts does."""
    return hashlib.sha256("\x1f".join(text or "" for text in texts).encode()).hexdigest()[:16]


class Versions:
    """Data versions: of the ledger its digest, of a raw table its rows, of a merged table both.

    A run that brought nothing new leaves every version as it was, which the UI shows.
    """

    def __init__(self, con: duckdb.DuckDBPyConnection, catalog: Catalog) -> None:
        self._con = con
        self._catalog = catalog
        newest = fetch(con, "ledger/newest_batch")
        self.ledger = digest_of(newest[0][1] if newest else None)
        self._raw: dict[str, str] = {}

    def of(self, key: dg.AssetKey) -> dg.DataVersion:
        """The data version of an asset of the warehouse, or of the files written from it."""
        schema, table = key.path[0], table_of(self._catalog, key)
        match schema:
            case "raw":
                return dg.DataVersion(self._raw_version(table))
            case "merged" if table in self._catalog.kinds:
                return self._made_of(self._catalog.entity.table, table)
            case "merged" if table == "dropped_children":
                return self._made_of(
                    self._catalog.entity.table, *(child.name for child in self._catalog.deduplicated)
                )
            case "merged" if table != "merge_responses":
                return self._made_of(self._catalog.entity.table)
            case "output" if table in ("merged", "manifest"):
                return self._made_of(*self._catalog.data_tables)
            case "output" if table == "rejects":
                return dg.DataVersion(self._raw_version("rejects"))
            case _:
                return dg.DataVersion(self.ledger)

    def _made_of(self, *tables: str) -> dg.DataVersion:
        return dg.DataVersion(digest_of(self.ledger, *map(self._raw_version, tables)))

    def _raw_version(self, table: str) -> str:
        """Of the rows in any order; DuckDB's hash changes with the types too."""
        if table not in self._raw:
            rows, hashed = fetch(self._con, "load/content_hash", table=table)[0]
            self._raw[table] = digest_of(str(rows), str(hashed))
        return self._raw[table]


class Catalogue:
    """What the warehouse says of its tables: their columns, with the comments on them."""

    def __init__(self, con: duckdb.DuckDBPyConnection, catalog: Catalog) -> None:
        self._con = con
        self._catalog = catalog
        self._comments: dict[tuple[str, str, str], str] = {
            (schema, table, column): comment
            for schema, table, column, comment in fetch(con, "warehouse/comments")
        }

    def of(self, key: dg.AssetKey) -> Metadata:
        """Rows, columns and name of a table of the warehouse."""
        schema, table = key.path[0], table_of(self._catalog, key)
        rows = count(self._con, f"{ident(schema)}.{ident(table)}")
        columns = [
            dg.TableColumn(name, type_name, description=self._comments.get((schema, table, name)))
            for name, type_name in columns_of(self._con, schema, table).items()
            if not name.startswith(RESERVED_PREFIX)
        ]
        return {
            "dagster/row_count": rows,
            "dagster/column_schema": dg.TableSchema(columns=columns),
            "dagster/table_name": f"{schema}.{table}",
        }

    def has(self, key: dg.AssetKey) -> bool:
        """Whether the table is there."""
        return bool(columns_of(self._con, key.path[0], table_of(self._catalog, key)))


def figures(summary: Summary, table: str) -> Iterator[tuple[dg.AssetKey, Metadata]]:
    """The figures of a run's summary, each at the asset that it says something of; `table` is the entity's."""
    unknown = [(file, nearest) for file, nearest, _ in summary.unknown_files]
    outcomes = {outcome: summary.requests.get(outcome, 0) for outcome in OUTCOMES}
    yield (
        dg.AssetKey(["ledger", "requests"]),
        {
            "requests_new": summary.requests_new,
            "requests_known": summary.requests_known,
        },
    )
    for asset in ("ledger/responses", "merged/merge_responses"):
        yield dg.AssetKey(asset.split("/")), outcomes
    yield (
        dg.AssetKey(["ledger", "merges"]),
        {
            "contacts_retired": summary.contacts_retired,
            "fields_populated": summary.fields_populated,
            "seconds": summary.seconds,
        },
    )
    yield (
        merged_key(table),
        {
            **summary.contacts,
            **(
                {}
                if summary.contacts_flagged is msgspec.UNSET
                else {"contacts_flagged": summary.contacts_flagged}
            ),
            "fields_populated": summary.fields_populated,
            "leading_to_nobody": summary.leading_to_nobody,
            "pointers_without_effect": summary.pointers_without_effect,
            **_losses(summary),
        },
    )
    for kind, rows in summary.rehomed.items():
        yield merged_key(kind), {"rows_rehomed": rows}
    yield (
        dg.AssetKey(["raw", "rejects"]),
        {
            "rejects": summary.rejected,
            "rejects_by_table": markdown(("table", "rows"), summary.rejects.items()),
            "most_frequent_reasons": markdown(("table", "reason", "rows"), summary.rejected_reasons),
            **({"files_that_name_no_table": markdown(("file", "did you mean"), unknown)} if unknown else {}),
            **(
                {
                    "columns_that_may_be_misspelt": markdown(
                        ("column", "did you mean"), summary.misspelt_columns
                    )
                }
                if summary.misspelt_columns
                else {}
            ),
        },
    )


def _losses(summary: Summary) -> Metadata:
    """What else is lost, where anything is."""
    facts: Metadata = {}
    if summary.leading_to_nobody:
        contacts = [(contact,) for contact in summary.leading_to_nobody_first]
        facts["leading_to_nobody_first"] = markdown(("retired contact",), contacts)
    if summary.pointers_without_effect:
        pointers = [
            (idle.contact_id, idle.target_id, idle.request_id)
            for idle in summary.pointers_without_effect_first
        ]
        facts["pointers_without_effect_first"] = markdown(("contact", "points to", "merged by"), pointers)
    if summary.columns_gone:
        columns = [
            (gone.table, gone.column, gone.values, gone.merged_values) for gone in summary.columns_gone
        ]
        facts["columns_gone"] = markdown(("table", "column", "values", "of them by merges alone"), columns)
    if summary.preview is not None:
        facts |= _preview(summary.preview)
    if summary.guards_passed:
        facts["guards_passed"] = ", ".join(summary.guards_passed)
    return facts


def _preview(preview: Preview) -> Metadata:
    """Of a dry run who would disappear, and what would be lost."""
    retired = [
        (contact.contact_id, contact.survivor_id, contact.request_id)
        for contact in (*preview.retired_first, *preview.retired_by_pointers_first)
    ]
    return {
        "retired_first": markdown(("contact", "becomes", "request"), retired),
        "deleted_first": markdown(("contact",), [(contact,) for contact in preview.deleted_first]),
        "values_not_kept": preview.values_not_kept,
        "values_not_kept_by_field": markdown(
            ("field", "kept", "not kept"),
            [(field.field, field.kept, field.not_kept) for field in preview.fields_first],
        ),
        "memberships_dropped": preview.memberships_dropped,
        **{f"{kind}_of_deleted": rows for kind, rows in preview.rows_of_deleted.items()},
    }


def merged_preview(
    con: duckdb.DuckDBPyConnection, batch_id: str | None, kinds: Sequence[str]
) -> dg.MarkdownMetadataValue:
    """The first merges of a batch: who went into whom, by which request, and what that brought."""
    if batch_id is None:
        return dg.MetadataValue.md("Nothing new: no request was answered.")
    rows = fetch(con, "ledger/first_merges", {"batch_id": batch_id, "previewed": PREVIEWED}, kinds=kinds)
    if not rows:
        return dg.MetadataValue.md("No request of this run merged anything.")
    total = rows[0][-1]
    table = markdown(
        ("request", "retired", "into", "fields populated", "rows moved"), (row[:-1] for row in rows)
    )
    more = f"\n\n… and {total - len(rows):,} more in `ledger.merges`." if total > len(rows) else ""
    return dg.MetadataValue.md(table.value + more)


def markdown(header: Sequence[str], rows: Iterable[Sequence[object]]) -> dg.MarkdownMetadataValue:
    """A table in Markdown; what Markdown or HTML would act on is taken out of the cells."""
    body = [[_cell(value) for value in row] for row in rows]
    if not body:
        return dg.MetadataValue.md("None.")
    lines = [header, ["---"] * len(header), *body]
    return dg.MetadataValue.md("\n".join(f"| {' | '.join(line)} |" for line in lines))


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, int):
        return f"{value:,}"
    text = "".join(c if c.isprintable() else " " for c in str(value))
    for mark in "\\`*_[]<>|~":
        text = text.replace(mark, f"\\{mark}")
    return text
