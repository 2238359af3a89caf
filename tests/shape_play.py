"""Takes the pipeline and the reference through a shaped history, compares all outputs after each step, and shows what failed.

`check(shaped)` raises an AssertionError with the smallest history found that fails as well: its settings file, its tables, and
what differs. `CONTACT_MERGE_SHRINK=seconds` says how long to look for it (30; 0: not at all).
"""

import json
import os
import time
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
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
from shapes import Shaped, ShapedRun, Step, Table, perform

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


def smaller(shaped: Shaped, seconds: float) -> Shaped:
    """A history that fails as this one does, with less in it: as small as was found in so many seconds."""
    end, fault = time.monotonic() + seconds, fault_of(shaped)
    kind, thorough = _kind(fault), (fault or "").startswith(("verify", "rebuild"))
    found, again = shaped, True
    while again:
        again = False
        for candidate in _candidates(found):
            if time.monotonic() > end:
                return found
            try:
                fault = fault_of(candidate, thorough=thorough)
            except Exception:
                continue
            if fault and _kind(fault) == kind:
                found, again = candidate, True
                break
    return found


def _kind(fault: str | None) -> str:
    """What kind of fault it is: the last line of an error, or the tables that differ."""
    if fault is None:
        return ""
    if "raised" in fault.splitlines()[0]:
        return fault.splitlines()[-1][:60]
    return "differs"


def _candidates(shaped: Shaped) -> Iterator[Shaped]:
    """Histories with something less, large parts first."""
    for place in range(len(shaped.steps) - 1, 0, -1):
        yield replace(shaped, steps=[*shaped.steps[:place], *shaped.steps[place + 1 :]])
    for place, step in enumerate(shaped.steps):
        if isinstance(step, UndoStep):
            continue
        for name in step.tables:
            if name != shaped.layout.table or place:
                yield _with(shaped, place, tables={n: t for n, t in step.tables.items() if n != name})
        for part in _parts(step.requests):
            yield _with(shaped, place, requests=part)
        for name, table in step.tables.items():
            for part in _parts(table.rows):
                yield _with(shaped, place, tables={**step.tables, name: replace(table, rows=part)})
        if step.modes:
            yield _with(shaped, place, modes={})
    yield from _with_fewer_settings(shaped)
    yield from _without_columns(shaped)


def _with(shaped: Shaped, place: int, **changed: Any) -> Shaped:
    step = shaped.steps[place]
    assert isinstance(step, ShapedRun)
    return replace(
        shaped, steps=[*shaped.steps[:place], replace(step, **changed), *shaped.steps[place + 1 :]]
    )


def _parts(rows: list[Row]) -> Iterator[list[Row]]:
    """Rows without half of them, then without one."""
    if len(rows) > 3:
        yield rows[: len(rows) // 2]
        yield rows[len(rows) // 2 :]
    for place in range(len(rows)):
        yield [*rows[:place], *rows[place + 1 :]]


def _with_fewer_settings(shaped: Shaped) -> Iterator[Shaped]:
    """Without a child that has no rows, and without a setting that is none of names."""
    there = {name for step in shaped.steps if isinstance(step, ShapedRun) for name in step.tables}
    for name, section in shaped.settings.get("children", {}).items():
        if name not in there:
            yield _edited(shaped, lambda settings, name=name: settings["children"].pop(name))
        for key in set(section) & {"where", "separator", "source", "unique", "same"}:
            yield _edited(shaped, lambda s, name=name, key=key: s["children"][name].pop(key))
    for key in set(shaped.settings.get("entity", {})) & {
        "event",
        "deleted",
        "merged_ids",
        "references",
        "system",
    }:
        yield _edited(shaped, lambda settings, key=key: settings["entity"].pop(key))


def _edited(shaped: Shaped, edit: Callable[[Row], Any]) -> Shaped:
    settings = deepcopy(shaped.settings)
    edit(settings)
    return replace(shaped, settings=settings)


def _without_columns(shaped: Shaped) -> Iterator[Shaped]:
    """Without a column that no setting names, in all steps."""
    text = as_toml(shaped.settings)
    names = {
        (name, column)
        for step in shaped.steps
        if isinstance(step, ShapedRun)
        for name, table in step.tables.items()
        for column in table.types
        if json.dumps(column, ensure_ascii=False)[1:-1] not in text
    }
    for name, column in sorted(names - {(shaped.layout.table, "id")}):
        if name == "api_keys" or column in ("id", "contact_id", "list_id"):
            continue
        yield replace(shaped, steps=[_without_column(step, name, column) for step in shaped.steps])


def _without_column(step: Step, name: str, column: str) -> Step:
    if isinstance(step, UndoStep) or name not in step.tables:
        return step
    table = step.tables[name]
    rows = [{c: cell for c, cell in row.items() if c != column} for row in table.rows]
    types = {c: type_ for c, type_ in table.types.items() if c != column}
    return replace(step, tables={**step.tables, name: Table(rows, types, table.file)})


# -------------------------------------------------------------------------------- what a test asks


def check(shaped: Shaped) -> None:
    """Fail where pipeline and reference differ, with the smallest history found that shows it."""
    fault = fault_of(shaped)
    if fault is None:
        return
    seconds = float(os.environ.get("CONTACT_MERGE_SHRINK", "30"))
    small = smaller(shaped, seconds) if seconds else shaped
    raise AssertionError(f"\n{shown(small)}\n\n{fault_of(small)}") from None
