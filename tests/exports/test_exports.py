"""Exports of 400 contacts, from `init` with the settings of docs/exports.md to merged tables, checked and undone.

What has to come out is computed from the made rows, in plain Python.
"""

import json
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import duckdb
import pytest
from contact_merge.cli import main
from made_exports import Child, Made, Row, make_exports
from made_people import DUPLICATES, LIVE, MERGED, Request

PAGE = Path(__file__).parents[2] / "docs/exports.md"
TABLES = {"hubspot": "contacts", "shop": "customers", "salesforce": "Contact"}
"""What is merged, by the export."""
UPDATED = {"lastmodifieddate", "LASTMODIFIEDDATE", "SYSTEMMODSTAMP", "changed_on"}


class Expected:
    """Where contacts are after some requests, and the tables that come of it."""

    def __init__(self, made: Made, requests: Iterable[Request]) -> None:
        self.made, people = made, made.world.people
        self.numbers = {id_: number for number, id_ in enumerate(made.ids)}
        self.into = {number: one.into for number, one in enumerate(people) if one.into is not None}
        self.lines = {number: [number] for number in range(LIVE)}
        self.arrivals = {number: [number] for number in range(LIVE)}
        for request in requests:
            given = [one for duplicate in request.duplicates for one in self.lines.pop(duplicate)]
            own = self.lines[request.primary]
            self.lines[request.primary] = given + own if request.overwrite else own + given
            for duplicate in request.duplicates:
                self.arrivals[request.primary] += self.arrivals.pop(duplicate)
                self.into[duplicate] = request.primary

    def contacts(self) -> list[Row]:
        """Each survivor: the first value of its line in each field; a reference to itself is empty."""
        rows = {row[self.made.id]: row for row in self.made.contacts}
        found = []
        for number, line in self.lines.items():
            row = dict(rows[self.made.ids[number]])
            for field in self.made.fields:
                values = [rows[self.made.ids[one]][field] for one in line]
                row[field] = next(filter(None, values), None)
            for field in self.made.references:
                named = self.moved(row[field])
                row[field] = None if named == self.made.ids[number] else named
            if len(line) > 1:
                row |= dict.fromkeys(UPDATED & set(row), "later")
            found.append(row)
        return found

    def children(self, child: Child) -> list[Row]:
        """Each row with the survivors of the contacts that it names, but for those that their survivor has already."""
        dropped = self._alike(child) if child.alike else set()
        return [
            row | {name: self._cell(row[name], child.separator) for name in child.references}
            if _names(child, row)
            else row
            for number, row in enumerate(child.rows)
            if number not in dropped
        ]

    def moved(self, value: Any) -> Any:
        """The id of the survivor, as its row spells it; what names no contact, or a deleted one, stays as it is."""
        number = self.numbers.get(str(value).removesuffix(".0"))
        while number in self.into:
            number = self.into[number]
        return self.made.ids[number] if number in self.lines else value

    def _cell(self, value: Any, separator: str) -> Any:
        if separator and value:
            value = value.split(separator)
        if not isinstance(value, list):
            return self.moved(value)
        parts = list(dict.fromkeys(str(self.moved(part)) for part in value))
        return separator.join(parts) if separator else f"[{', '.join(parts)}]"

    def _alike(self, child: Child) -> set[int]:
        """The rows that do not move: of those of one survivor the first in line stays, all of its own do."""
        of: dict[int, list[int]] = {}
        for number, row in enumerate(child.rows):
            if _names(child, row) and row[child.references[0]]:
                of.setdefault(self.numbers[str(row[child.references[0]])], []).append(number)
        dropped = set()
        for line in self.arrivals.values():
            seen: set[tuple] = set()
            for one in line:
                own: set[tuple] = set()
                for number in sorted(
                    of.get(one, []), key=lambda n: child.rows[n][child.key] if child.key else n
                ):
                    value = tuple(child.rows[number][name] for name in child.alike)
                    if one != line[0] and value in seen | own:
                        dropped.add(number)
                    own.add(value)
                seen |= own
        return dropped


def _names(child: Child, row: Row) -> bool:
    return all(row[name] == value for name, value in child.where.items())


class Started:
    """A folder that `init` made for one export, and the command line."""

    def __init__(self, folder: Path, name: str, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder, self.capsys = folder / name, capsys
        self.made = make_exports(folder)[name]
        preset = "leadlex" if name == "shop" else name
        self.do("init", "--preset", preset, str(self.folder))
        settings = dict(re.findall(r"```toml (\S+)\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL))
        (self.folder / "settings.toml").write_text(settings[f"{name}/settings.toml"], encoding="utf-8")

    def do(self, *words: str) -> Any:
        assert main([*words, "--json"]) == 0
        return json.loads(self.capsys.readouterr().out)

    def run(self) -> Any:
        places = ["--input", str(self.folder / "exports"), "--output", str(self.folder / "out")]
        return self.do("run", *places, "--config", str(self.folder / "settings.toml"))

    def undo(self, *words: str) -> Any:
        return self.do("undo", "--output", str(self.folder / "out"), *words)

    def check(self, requests: Sequence[Request]) -> None:
        """All tables are what comes of these requests, and all checks pass."""
        expected = Expected(self.made, requests)
        assert self.merged(TABLES[self.folder.name], self.made.contacts[0], expected) == _texts(
            expected.contacts()
        )
        for name, child in self.made.children.items():
            assert self.merged(name, child.rows[0]) == _texts(expected.children(child)), name
        assert self.do("verify", "--output", str(self.folder / "out"))["passed"]

    def merged(self, table: str, like: Row, expected: Expected | None = None) -> list[tuple]:
        file = self.folder / f"out/merged/{table}.parquet"
        rows = duckdb.sql(f"from '{file}'").to_arrow_table().to_pylist()
        assert set(rows[0]) == set(like)
        for row in rows if expected else ():
            number = expected.numbers[row[self.made.id]]
            if len(expected.lines[number]) > 1:
                row.update(dict.fromkeys(UPDATED & set(row), "later"))
        return _texts([{name: row[name] for name in like} for row in rows])


def _texts(rows: Iterable[Row]) -> list[tuple]:
    return sorted(tuple("" if value is None else str(value) for value in row.values()) for row in rows)


@pytest.mark.long
@pytest.mark.parametrize("name", TABLES)
def test_an_export_is_merged_checked_and_undone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    started = Started(tmp_path, name, capsys)
    *requests, _ = started.made.world.requests
    summary = started.run()
    assert (summary["rejects"], summary["columns_gone"]) == ({}, [])
    assert summary["requests"] == {"merged": len(requests), "not_found": 1}
    figures = [summary[f"contacts_{what}"] for what in ("retired", "retired_by_pointers", "after")]
    assert figures == [DUPLICATES, MERGED, LIVE - DUPLICATES]
    started.check(requests)
    taken = {request.primary: request for request in requests}
    inner = next(taken[one] for request in requests for one in request.duplicates if one in taken)
    assert len(started.undo(inner.name)["restored"]) == len(inner.duplicates)
    started.check([request for request in requests if request != inner])
    assert started.undo("--batch", "000001")["contacts_after"] == LIVE
    started.check([])


def test_they_are_the_same_each_time_and_have_duplicates_in_clusters(tmp_path: Path) -> None:
    first = make_exports(tmp_path / "first")
    make_exports(tmp_path / "second")
    files = [path for path in (tmp_path / "first").rglob("*") if path.is_file()]
    assert len(files) == 27
    assert all(
        path.read_bytes() == (tmp_path / "second" / path.relative_to(tmp_path / "first")).read_bytes()
        for path in files
    )
    for made in first.values():
        *requests, refused = made.world.requests
        assert sum(len(request.duplicates) for request in requests) == DUPLICATES
        assert made.world.people[refused.duplicates[0]].deleted
        sizes = {len(line) for line in Expected(made, requests).lines.values()}
        assert sizes == {1, 2, 3, 4}
    ids = first["salesforce"].ids
    assert len({id_[:15].lower() for id_ in ids}) < len({id_[:15] for id_ in ids}) == len(ids)
