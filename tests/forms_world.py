"""Runs on exports as text, with settings that say more of the entity than the preset does (SHAPES.md 1)."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

import duckdb
import msgspec
import pyarrow as pa
import pyarrow.parquet as pq
from contact_merge.explain import Explanation, explain
from contact_merge.pipeline import rebuild, run, undo
from contact_merge.preset import read_preset
from contact_merge.reading import Reading
from contact_merge.settings import Settings
from contact_merge.summary import Summary, Undone
from contact_merge.verify import verify
from pipeline_endpoint import QUIET, adds_up
from story import START, id_of, letter_of
from warehouse_folder import WarehouseFolder


def entity_settings(
    *, upsert: bool = False, newest_by: str = "", retired_ids: str = "reject", **entity: Any
) -> Settings:
    """The preset with other keys of its entity."""
    preset = read_preset()
    changed = msgspec.structs.replace(preset.entity, **entity)
    return Settings(
        preset=msgspec.structs.replace(preset, entity=changed),
        load={"contacts": "upsert"} if upsert else {},
        reading=Reading(newest_by={"contacts": newest_by} if newest_by else {}),
        retired_ids=retired_ids,
    )


def table(header: str, *rows: str) -> str:
    """A table as CSV. Cells stand between blanks: a letter in capitals is that contact's id, `-` is empty, `_` is a blank."""
    cells = (",".join(_cell(cell) for cell in row.split()) for row in rows)
    return "\n".join([header.replace(" ", ","), *cells]) + "\n"


def _cell(cell: str) -> str:
    if cell == "-":
        return ""
    ids = ["" if not part else id_of(part.lower()) if _is_letter(part) else part for part in cell.split(";")]
    return ";".join(ids).replace("_", " ")


def _is_letter(cell: str) -> bool:
    return len(cell) == 1 and cell.isupper()


@dataclass
class FormsWorld(WarehouseFolder):
    """An output folder, and the runs on it: an hour apart, each on an input folder of its own.

    Attributes:
        settings: keys of the entity.
        newest_by: the column by which the newest row of a contact counts.
    """

    runs: int = 0
    asked: int = 0
    settings: dict[str, Any] = field(default_factory=dict)
    newest_by: str = ""

    def run(
        self,
        *merges: str,
        upsert: bool = False,
        dry_run: bool = False,
        allow: Collection[str] = (),
        **tables: str | pa.Table,
    ) -> Summary:
        """Run on tables and requests: `BA` merges a into b, with `!` in front by overwrite; r1, r2 … in this order."""
        self.runs += 1
        given = self.folder / f"in{self.runs}"
        given.mkdir()
        for name, rows in tables.items():
            if isinstance(rows, str):
                (given / f"{name}.csv").write_text(rows, encoding="utf-8")
            else:
                pq.write_table(rows, given / f"{name}.parquet")
        if merges:
            pq.write_table(
                pa.Table.from_pylist([self._request(merge) for merge in merges]),
                given / "merge_requests.parquet",
            )
        summary = run(
            given, self.output,
            warehouse=None, dry_run=dry_run, as_of=START + timedelta(hours=self.runs),
            settings=entity_settings(upsert=upsert, newest_by=self.newest_by, **self.settings), progress=QUIET, allow=allow,
        )  # fmt: skip
        assert adds_up(summary)
        return summary

    def _request(self, merge: str) -> Mapping[str, Any]:
        self.asked += 1
        primary, *duplicates = merge.removeprefix("!").lower()
        return {
            "request_id": f"r{self.asked}",
            "primary_id": id_of(primary),
            "duplicate_ids": [id_of(letter) for letter in duplicates],
            "overwrite": merge.startswith("!"),
            "requested_at": START + timedelta(minutes=self.asked),
        }

    def undo(self, *request_ids: str, contact: str | None = None) -> Undone:
        self.runs += 1
        return undo(
            self.warehouse, self.output, request_ids,
            contacts=[id_of(contact)] if contact else [], dry_run=False, as_of=START + timedelta(hours=self.runs),
            settings=entity_settings(**self.settings), progress=QUIET,
        )  # fmt: skip

    def rebuild(self) -> None:
        rebuild(
            self.warehouse,
            self.output,
            events=False,
            settings=entity_settings(**self.settings),
            progress=QUIET,
        )

    def explain(self, letter: str) -> Explanation:
        return explain(self.warehouse, id_of(letter), entity_settings(**self.settings))

    def merged(self, name: str) -> list[dict[str, Any]]:
        """The rows of a merged table as it was written, ids as letters."""
        rows = pq.read_table(self.output / f"merged/{name}.parquet").to_pylist()
        return [{column: _lettered(value) for column, value in row.items()} for row in rows]

    def contacts(self, column: str) -> dict[str, Any]:
        """A column of the merged contacts, by letter of the contact."""
        return {row["id"]: row[column] for row in self.merged("contacts")}

    def shown(self, column: str) -> dict[str, Any]:
        """The same by the merged view of the warehouse."""
        rows = self.query(f'select id, "{column}" from merged.contacts')
        return {_lettered(contact): _lettered(value) for contact, value in rows}

    def redirects(self) -> dict[str, str | None]:
        """Retired contact -> survivor."""
        return {row["retired_id"]: row["survivor_id"] for row in self.merged("contact_redirects")}

    def answer(self, request_id: str) -> dict[str, Any]:
        """A response; `primary` as it is."""
        [row] = [row for row in self.merged("merge_responses") if row["request_id"] == request_id]
        return row

    def rejects(self) -> list[tuple[str, int]]:
        """Reason and row of each reject of contacts."""
        return self.query(
            "select reason, row_number from raw.rejects where table_name = 'contacts' order by all"
        )

    def query(self, text: str) -> list[tuple[Any, ...]]:
        """The rows of a query on the warehouse."""
        with duckdb.connect(str(self.warehouse), read_only=True) as con:
            return con.execute(text).fetchall()

    def violations(self) -> dict[str, list[str]]:
        """What `verify` finds, by check."""
        checks = verify(self.warehouse, self.output, entity_settings(**self.settings))
        return {check.name: check.samples for check in checks if check.violations}


def _lettered(value: Any) -> Any:
    return letter_of(str(value)) if isinstance(value, str | UUID) else value
