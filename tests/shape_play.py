"""Takes the pipeline and the reference through a shaped history, compares all outputs after each step, and shows what failed.

`check(shaped)` raises an AssertionError with the smallest history found that fails as well: its settings file, its tables, and
what differs. `CONTACT_MERGE_SHRINK=seconds` says how long to look for it (60; 0: not at all).
"""

import json
import os
import time
import traceback
from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from canonical import canonical, differences
from contact_merge.errors import GuardError, UndoError
from contact_merge.pipeline import rebuild, run, undo
from contact_merge.settings import Settings, read_settings
from contact_merge.verify import verify
from histories import UndoStep
from pipeline_endpoint import QUIET, read_outputs, table_of, written_requests
from reference import endpoint_of
from reference_records import Row
from reference_values import UNREADABLE
from shapes import Shaped, Step, Table, perform

IDS = {
    "contact_redirects": ("retired_id", "primary_id", "survivor_id"),
    "identity_map": ("contact_id", "survivor_id"),
    "dropped_children": ("survivor_id",),
    "field_provenance": ("contact_id", "source_contact_id"),
    "field_conflicts": ("contact_id", "kept_from", "other_from"),
}


# -------------------------------------------------------------------------------- settings files


def as_toml(settings: Mapping[str, Any]) -> str:
    """A settings file: plain keys first, then a section for the entity, each child, and how tables are loaded."""
    lines = [f"{key} = {_toml(value)}" for key, value in settings.items() if not isinstance(value, dict)]
    sections = {name: settings[name] for name in ("entity", "load") if settings.get(name)}
    sections |= {f"children.{_key(name)}": child for name, child in settings.get("children", {}).items()}
    for name, section in sections.items():
        lines += ["", f"[{name}]", *(f"{_key(key)} = {_toml(value)}" for key, value in section.items())]
    return "\n".join(lines) + "\n"


def _key(name: str) -> str:
    return (
        name if name.isascii() and name.replace("_", "").isalnum() else json.dumps(name, ensure_ascii=False)
    )


def _toml(value: Any) -> str:
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_toml(item) for item in value) + "]"
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{_key(key)} = {_toml(item)}" for key, item in value.items()) + " }"
    return json.dumps(value, ensure_ascii=False)


# -------------------------------------------------------------------------------- the pipeline


class Pipeline:
    """Runs of the pipeline on one warehouse, with the settings of a shaped history."""

    def __init__(self, shaped: Shaped, folder: Path) -> None:
        self.shaped, self.folder, self.output, self.runs = shaped, folder, folder / "out", 0

    def settings(self, modes: Mapping[str, str] | None = None) -> Settings:
        path = self.folder / "settings.toml"
        path.write_text(as_toml({**self.shaped.settings, "load": dict(modes or {})}), encoding="utf-8")
        return read_settings(path)

    def perform(self, step: Step) -> bool:
        """Do one step; whether it was done."""
        if isinstance(step, UndoStep):
            return self._undo(step)
        self.runs += 1
        inputs = self.folder / f"in{self.runs}"
        inputs.mkdir()
        for table in step.tables.values():
            pq.write_table(table_of(table.rows, table.types), inputs / f"{table.file}.parquet")
        if step.requests:
            pq.write_table(
                written_requests(step.requests, step.request_types), inputs / "merge_requests.parquet"
            )
        settings = self.settings(step.modes)

        def go(allow: Sequence[str]) -> None:
            run(
                inputs, self.output,
                warehouse=None, dry_run=False, as_of=step.as_of, settings=settings, progress=QUIET, allow=allow,
            )  # fmt: skip

        try:
            go(())
        except GuardError as stopped:  # as a user does who means it
            go(stopped.guards)
        return True

    @property
    def warehouse(self) -> Path:
        return self.output / "warehouse.duckdb"

    def _undo(self, step: UndoStep) -> bool:
        try:
            undo(
                self.warehouse, self.output, [] if step.alone else list(step.request_ids),
                contacts=[] if step.contact is None else [step.contact],
                dry_run=False, as_of=step.as_of, settings=self.settings(), progress=QUIET,
            )  # fmt: skip
        except UndoError:
            return False
        return True

    def outputs(self) -> dict[str, list[Any]]:
        return read_outputs(self.output)


# -------------------------------------------------------------------------------- comparing


def plain_outputs(outputs: Mapping[str, list[Any]], shaped: Shaped) -> dict[str, list[Row]]:
    """Outputs in canonical form, the ids in tables of the pipeline's own as text.

    SHAPES does not say which type they have there. What does stand in a column of the user keeps its type.
    """
    layout = shaped.layout
    plain = canonical(outputs, shaped.json_text_fields, entity=layout.table)
    for table, columns in IDS.items():
        for row in plain.get(table, []):
            row |= {column: _id_text(row[column]) for column in columns}
        plain[table] = sorted(plain.get(table, []), key=lambda row: repr(sorted(row.items())))
    for row in plain["merge_responses"]:
        row["merged_ids"] = [_id_text(cell) for cell in row["merged_ids"]]
        row.setdefault("reason", None)
        row.setdefault("score", None)
    for row in plain["events"]:
        data = row["data"]
        data |= {
            name: _id_text(data[name]) for name in ("primary_id", "merged_id", "restored_id") if name in data
        }
    for kind in layout.kinds:
        plain.setdefault(kind, [])
    return plain


def _id_text(cell: Any) -> Any:
    return cell if cell is None else str(cell)


def fault_of(shaped: Shaped, *, thorough: bool = True) -> str | None:
    """What is wrong: a step after which outputs differ, an error, a check that fails; None where all is well.

    `thorough`: in the end `verify` is asked, and all is rebuilt.
    """
    with TemporaryDirectory(prefix="shape-") as folder:
        pipeline = Pipeline(shaped, Path(folder))
        endpoint, layout = endpoint_of(shaped.settings), shaped.layout
        for number, step in enumerate(shaped.steps):
            what = f"step {number} ({'undo' if isinstance(step, UndoStep) else 'run'})"
            expected = perform(step, endpoint, layout)
            try:
                done = pipeline.perform(step)
            except Exception:
                return f"{what}: the pipeline raised\n{_last_of(traceback.format_exc())}"
            if done != expected:
                return f"{what}: done by the pipeline: {done}, by the reference: {expected}"
            if fault := _compare(pipeline, endpoint.merged(), shaped):
                return f"{what}: first is the pipeline, second the reference\n{fault}"
        if not thorough:
            return None
        try:
            results = verify(pipeline.warehouse, pipeline.output, pipeline.settings())
            if bad := [f"{check.name}: {check.samples}" for check in results if check.violations]:
                return "verify: " + "\n".join(bad)
            rebuild(
                pipeline.warehouse,
                pipeline.output,
                settings=pipeline.settings(),
                events=False,
                progress=QUIET,
            )
        except Exception:
            return f"verify or rebuild raised\n{_last_of(traceback.format_exc())}"
        fault = _compare(pipeline, endpoint.merged(), shaped)
        return f"rebuild: first is the pipeline, second the reference\n{fault}" if fault else None


def _compare(pipeline: Pipeline, merged: Mapping[str, list[Any]], shaped: Shaped) -> str:
    ours, theirs = plain_outputs(pipeline.outputs(), shaped), plain_outputs(merged, shaped)
    return "\n".join(differences(ours, theirs))


def _last_of(text: str) -> str:
    lines = text.rstrip().splitlines()
    own = [line for line in lines if line.strip().startswith("File") and "contact_merge" in line]
    return "\n".join([*own[-4:], *lines[-6:]])


# -------------------------------------------------------------------------------- showing


def shown(shaped: Shaped) -> str:
    """A history to read: its settings file, then step by step its tables and requests."""
    lines = ["# settings.toml", as_toml(shaped.settings)]
    for number, step in enumerate(shaped.steps):
        if isinstance(step, UndoStep):
            whom = "" if step.contact is None else f" --contact {step.contact!r}"
            asked = "" if step.alone else " ".join(step.request_ids)
            lines.append(f"== step {number}: undo {asked}{whom}")
            continue
        lines.append(f"== step {number}: run, as of {step.as_of:%Y-%m-%dT%H:%M:%S.%fZ}")
        for name, table in step.tables.items():
            mode = f", {step.modes[name]}" if name in step.modes else ""
            lines += ["", f"{name} ({table.file}.parquet{mode})", *_grid(table.rows, table.types)]
        if step.requests:
            lines += ["", "merge_requests", *_grid(step.requests, step.request_types)]
    return "\n".join(lines)


def _grid(rows: Sequence[Row], types: Mapping[str, pa.DataType]) -> list[str]:
    """Rows in columns; above them name and type; columns that are null in all rows only named."""
    full = [name for name in types if any(row.get(name) is not None for row in rows)]
    empty = [f"{name} {type_}" for name, type_ in types.items() if name not in full]
    cells = [
        [f"{name} {types[name]}" for name in full],
        *([_cell(row.get(name)) for name in full] for row in rows),
    ]
    if not rows:
        return [f"  no rows: {', '.join(empty)}"]
    widths = [max(len(line[place]) for line in cells) for place in range(len(full))]
    lines = [
        "  " + " | ".join(c.ljust(w) for c, w in zip(line, widths, strict=True)).rstrip() for line in cells
    ]
    return lines + ([f"  all null: {', '.join(empty)}"] if empty else [])


def _cell(value: Any) -> str:
    if value is UNREADABLE:
        return "UNREADABLE"
    if isinstance(value, datetime | date):
        return value.isoformat()
    return "" if value is None else repr(value)


# -------------------------------------------------------------------------------- making it smaller

Piece = tuple[Any, ...]
"""Something that a history may do without: ("step", 2), ("row", 0, "notes", 3), ("entity", "event") …"""


def smaller(shaped: Shaped, seconds: float) -> Shaped:
    """A history that fails as this one does, without all that could be taken out of it in so many seconds.

    Parts are taken out in large pieces first, then in ever smaller ones.
    """
    end, fault = time.monotonic() + seconds, fault_of(shaped)
    kind, thorough = _kind(fault), (fault or "").startswith(("verify", "rebuild"))
    left, out = _parts_of(shaped), set[Piece]()
    size = len(left)
    while size:
        start = 0
        while start < len(left):
            if time.monotonic() > end:
                return _without(shaped, out)
            piece = left[start : start + size]
            if _fails_alike(_without(shaped, {*out, *piece}), kind, thorough=thorough):
                out.update(piece)
                del left[start : start + size]
            else:
                start += size
        size //= 2
    return _without(shaped, out)


def _fails_alike(shaped: Shaped, kind: str, *, thorough: bool) -> bool:
    try:
        fault = fault_of(shaped, thorough=thorough)
    except Exception:  # a history that the reference can't live through
        return False
    return fault is not None and _kind(fault) == kind


def _kind(fault: str | None) -> str:
    """What kind of fault it is: the last line of an error as far as it names no value, a check, or a difference."""
    if fault is None:
        return ""
    if "raised" in fault.splitlines()[0]:
        return fault.splitlines()[-1].partition(":")[0]
    return fault.partition(":")[0] if fault.startswith(("verify", "rebuild")) else "differs"


def _parts_of(shaped: Shaped) -> list[Piece]:
    """All that a history may do without, what lies together side by side."""
    steps: list[Piece] = []
    columns: dict[Piece, None] = {}
    named = as_toml(shaped.settings)
    needed = ("id", "contact_id", "list_id")  # by default settings
    for place, step in reversed(list(enumerate(shaped.steps))):
        if place:
            steps.append(("step", place))
        if isinstance(step, UndoStep):
            continue
        for name, table in step.tables.items():
            steps += [("row", place, name, row) for row in range(len(table.rows))]
            if name != shaped.layout.table or place:
                steps.append(("table", place, name))
            free = (column for column in table.types if column not in needed and name != "api_keys")
            columns |= {
                ("column", name, c): None
                for c in free
                if json.dumps(c, ensure_ascii=False)[1:-1] not in named
            }
        steps += [("request", place, row) for row in range(len(step.requests))]
        steps += [("mode", place, name) for name in step.modes]
    return [*steps, *columns, *_settings_of(shaped)]


def _settings_of(shaped: Shaped) -> list[Piece]:
    entity = set(shaped.settings.get("entity", {})) & {
        "event",
        "deleted",
        "merged_ids",
        "references",
        "system",
    }
    parts: list[Piece] = [("entity", key) for key in sorted(entity)]
    for name, section in shaped.settings.get("children", {}).items():
        parts += [
            ("child", name, key)
            for key in section
            if key in ("where", "separator", "source", "unique", "same")
        ]
        parts.append(("section", name))
    return parts


def _without(shaped: Shaped, out: set[Piece]) -> Shaped:
    """A history without these parts of it."""
    settings = deepcopy(shaped.settings)
    for kind, *names in out:
        if kind == "entity":
            settings["entity"].pop(names[0])
        elif kind == "child":
            settings["children"][names[0]].pop(names[1])
    for kind, *names in out:
        if kind == "section":
            settings["children"].pop(names[0])
    kept = [place for place in range(len(shaped.steps)) if ("step", place) not in out]
    return replace(
        shaped, settings=settings, steps=[_step_without(shaped.steps[place], place, out) for place in kept]
    )


def _step_without(step: Step, place: int, out: set[Piece]) -> Step:
    if isinstance(step, UndoStep):
        return step
    tables = {}
    for name, table in step.tables.items():
        types = {
            column: type_ for column, type_ in table.types.items() if ("column", name, column) not in out
        }
        rows = [row for number, row in enumerate(table.rows) if ("row", place, name, number) not in out]
        if ("table", place, name) not in out:
            tables[name] = Table([{c: row[c] for c in types} for row in rows], types, table.file)
    modes = {n: m for n, m in step.modes.items() if n in tables and ("mode", place, n) not in out}
    requests = [row for number, row in enumerate(step.requests) if ("request", place, number) not in out]
    return replace(step, tables=tables, modes=modes, requests=requests)


# -------------------------------------------------------------------------------- what a test asks


def check(shaped: Shaped, *, thorough: bool) -> None:
    """Fail where pipeline and reference differ, with the smallest history found that shows it."""
    fault = fault_of(shaped, thorough=thorough)
    if fault is None:
        return
    seconds = float(os.environ.get("CONTACT_MERGE_SHRINK", "60"))
    small = smaller(shaped, seconds) if seconds else shaped
    raise AssertionError(f"\n{shown(small)}\n\n{fault_of(small)}") from None
