"""The pipeline behind the methods of `reference.Endpoint`: files in a folder, runs of the real thing, files read back."""

import tempfile
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from contact_merge.console import Progress
from contact_merge.errors import GuardError, UndoError
from contact_merge.pipeline import run, undo
from contact_merge.settings import Settings
from contact_merge.summary import Summary
from reference import UNREADABLE, Refused

Row = dict[str, Any]
QUIET = Progress(quiet=True)
# makes an endpoint of one implementation: `endpoint(retired_ids="follow", max_duplicates=3)`
MakeEndpoint = Callable[..., Any]
TEXT = pa.string()
TIME = pa.timestamp("us", "UTC")
KEY_TYPES = {
    "api_key_id": TEXT, "workspace_id": TEXT, "scopes": pa.list_(TEXT), "expires_at": TIME, "revoked_at": TIME,
    "rate_limit": pa.int64(),
}  # fmt: skip
REQUEST_TYPES = {
    "request_id": TEXT, "primary_id": TEXT, "duplicate_ids": pa.list_(TEXT), "overwrite": pa.bool_(),
    "dry_run": pa.bool_(), "idempotency_key": TEXT, "api_key_id": TEXT, "requested_at": TIME, "reason": TEXT,
    "score": pa.float64(),
}  # fmt: skip


def read_outputs(output: Path) -> dict[str, list[Any]]:
    """The outputs of INTERFACE.md in the form that `canonical` takes."""
    tables = {
        path.stem: pq.read_table(path).to_pylist() for path in sorted((output / "merged").glob("*.parquet"))
    }
    # batch by batch, as the ledger has them: the digits of the batch id end the file's name
    files = sorted((output / "events").glob("*.jsonl"), key=lambda path: path.stem.rsplit("-", 1)[1])
    tables["events"] = [line for path in files for line in path.read_text("utf-8").split("\n") if line]
    return tables


def read_bytes(output: Path) -> dict[str, bytes]:
    """Every file of an output folder, the warehouse too, as it is; none where a first run was stopped."""
    files = {str(path.relative_to(output)): path for path in output.rglob("*") if path.is_file()}
    if not {"manifest.json"} & files.keys():
        return {}
    return {name: path.read_bytes() for name, path in files.items() if name != ".lock"}


def adds_up(summary: Summary) -> bool:
    """Whether what is lost and what comes leads from the contacts before to those after (SHAPES 'Guards')."""
    before, deleted, by_pointers, by_requests, new, back, after = summary.contacts.values()
    return before - deleted - by_pointers - by_requests + new + back == after


def table_of(rows: Sequence[Row], types: Mapping[str, pa.DataType]) -> pa.Table:
    """Rows as a Parquet table; a column that no type is given for takes that of its values, or text."""
    names = list(dict.fromkeys([*types, *(name for row in rows for name in row)]) if rows else types)
    arrays = {}
    for name in names:
        values = [row.get(name) for row in rows]
        guessed = types.get(name)
        if guessed is None and all(value is None for value in values):
            guessed = TEXT
        elif guessed is None and any(_is_map(value) for value in values):
            items = pa.array([item for value in values for _, item in value or []])
            guessed = pa.map_(TEXT, TEXT if pa.types.is_null(items.type) else items.type)
        arrays[name] = pa.array(values, type=guessed)
    return pa.table(arrays)


def _is_map(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and isinstance(value[0], tuple)


def written_requests(requests: Sequence[Row], types: Mapping[str, pa.DataType] | None = None) -> pa.Table:
    """Requests as a file holds them: one that can't be read makes its whole column text."""
    types = dict(types or REQUEST_TYPES)
    requests = [dict(request) for request in requests]
    for name in ("duplicate_ids", "overwrite", "dry_run"):
        if any(request.get(name) is UNREADABLE for request in requests):
            types[name] = TEXT
            for request in requests:
                request[name] = _spelled(request.get(name))
    return table_of(requests, types)


def _spelled(value: Any) -> str | None:
    import msgspec  # noqa: PLC0415

    if value is UNREADABLE:
        return "%unreadable%"
    return None if value is None else msgspec.json.encode(value).decode()


class PipelineEndpoint:
    """Runs of the pipeline on one warehouse; loads wait for the next run."""

    def __init__(
        self, settings: Mapping[str, Any], types: Mapping[str, Mapping[str, pa.DataType]] | None = None
    ) -> None:
        self.settings = dict(settings)
        self.types = types or {}
        self.folder = tempfile.TemporaryDirectory(prefix="contact-merge-test-")
        self.root = Path(self.folder.name)
        self.output = self.root / "out"
        self.waiting: dict[str, pa.Table] = {}
        self.modes: dict[str, Any] = {}
        self.loaded_at: datetime | None = None
        self.runs = 0
        self.summary: Summary | None = None
        self.read: tuple[tuple[int, int], dict[str, list[Any]]] | None = None

    def load(
        self,
        tables: Mapping[str, Sequence[Row]],
        modes: Mapping[str, Any] | None = None,
        *,
        as_of: datetime,
        columns: Sequence[str] | None = None,
        kinds: Mapping[str, str] | None = None,
    ) -> None:
        """Keep tables for the next run."""
        if self.waiting:
            self._run([], self.loaded_at or as_of)
        for name, rows in tables.items():
            types: Mapping[str, pa.DataType] = self.types.get(name, {})
            if name == "api_keys":
                types = KEY_TYPES
            elif name == "contacts":
                types = (
                    {"id": TEXT, **dict.fromkeys(columns or []), **types}
                    if columns
                    else {"id": TEXT, **types}
                )
                types = (
                    {column: type_ for column, type_ in types.items() if type_ is not None}
                    if not columns
                    else types
                )
            elif not types:
                key = "list_id" if name == "list_memberships" else "id"
                types = {key: TEXT, "contact_id": TEXT}
            self.waiting[name] = table_of(rows, types)
        self.modes = dict(modes or {})
        self.loaded_at = as_of

    def run(self, requests: Sequence[Row], as_of: datetime) -> list[Row]:
        """Run on what was loaded and these requests; give the responses to them, in the order of processing."""
        before = {row["request_id"] for row in self._responses()}
        self._run(requests, as_of)
        return [row for row in self._responses() if row["request_id"] not in before]

    def undo(self, request_ids: Sequence[str], contact: str | None = None, *, as_of: datetime) -> None:
        """Take merges back; `Refused` where one cannot be."""
        self.merged()
        try:
            undo(
                self.output / "warehouse.duckdb",
                self.output,
                list(request_ids),
                contacts=[] if contact is None else [contact],
                dry_run=False,
                as_of=as_of,
                settings=Settings(**self.settings),
                progress=QUIET,
            )
        except UndoError as error:
            raise Refused(str(error).splitlines()[:-1]) from error

    def merged(self) -> dict[str, list[Any]]:
        """All outputs as of now."""
        if self.waiting:
            assert self.loaded_at is not None
            self._run([], self.loaded_at)
        return self._read()

    def _read(self) -> dict[str, list[Any]]:
        written = (self.output / "manifest.json").stat()  # whoever writes outputs writes another one
        if self.read is None or self.read[0] != (written.st_ino, written.st_mtime_ns):
            self.read = (written.st_ino, written.st_mtime_ns), read_outputs(self.output)
        return self.read[1]

    def _responses(self) -> list[Row]:
        if not (self.output / "manifest.json").exists():
            return []
        return self._read()["merge_responses"]

    def _run(self, requests: Sequence[Row], as_of: datetime) -> None:
        self.runs += 1
        folder = self.root / f"input{self.runs}"
        folder.mkdir()
        for name, table in self.waiting.items():
            pq.write_table(table, folder / f"{name}.parquet")
        if requests:
            pq.write_table(written_requests(requests), folder / "merge_requests.parquet")
        settings = Settings(**self.settings, load=self.modes)

        def try_run(allow: Collection[str]) -> Summary:
            return run(
                folder, self.output,
                warehouse=None, dry_run=False, as_of=as_of, settings=settings, progress=QUIET, allow=allow,
            )  # fmt: skip

        before = read_bytes(self.output)
        try:
            self.summary = try_run(())
        except GuardError as stopped:  # as a user does who means it
            assert read_bytes(self.output) == before
            self.summary = try_run(stopped.guards)
            assert self.summary.guards_passed == list(stopped.guards)
        assert adds_up(self.summary)
        self.waiting, self.modes = {}, {}
