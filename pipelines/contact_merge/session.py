"""What every writing command does its work in: a warehouse and an output folder, held by this process alone.

A session has one transaction. Files are staged inside it and promoted after its commit. The session of a dry run works on a
copy of the warehouse and writes to OUTPUT/preview/. What a command does in its session stands in pipeline.py.
"""

import shutil
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from pathlib import Path

import duckdb

from contact_merge.catalog import Catalog
from contact_merge.engine import run_sql, transaction
from contact_merge.errors import ContactMergeError
from contact_merge.loaded import renew_moved
from contact_merge.progress import Progress
from contact_merge.publish.apply import Apply, Engine
from contact_merge.publish.changes import write_changes
from contact_merge.publish.export import (
    write_csv,
    write_events,
    write_manifest,
    write_merged,
    write_rejects,
)
from contact_merge.publish.files import OutputFiles, check_writable, discard, hidden_files
from contact_merge.publish.folder import (
    PREVIEW,
    finish_files,
    hold_output,
    recorded_tokens,
    refuse_foreign_files,
    refuse_warehouse_among_outputs,
)
from contact_merge.recorded import settings_in_force
from contact_merge.schema import catalog_of, identify, refuse_other_tables, require_ledger
from contact_merge.settings import Settings
from contact_merge.snapshots import folder_beside, remove_unrecorded, require_snapshots
from contact_merge.times import iso_text
from contact_merge.warehouse import (
    copy_warehouse,
    open_engine,
    open_warehouse,
    permissions,
    sync_meanwhile,
)


@dataclass
class Session:
    """A warehouse and an output folder at work.

    Attributes:
        con: the warehouse; that of a dry run is a copy.
        files: the files to write.
        output: where they are, for who reads of them: of a dry run its preview.
        settings: of a run those that it was given, else of tables those of the newest batch.
        progress: as the command was given it.
        preview: whether this is a dry run, whose files are written whatever `export` says.
        engine: opens what writes tables straight from snapshots.
        rows: the rows of each file that was written.
        catalog: the tables, as the settings describe them; columns are named as the warehouse spells them.
    """

    con: duckdb.DuckDBPyConnection
    files: OutputFiles
    output: Path
    settings: Settings
    progress: Progress
    preview: bool
    engine: Engine
    rows: dict[str, int] = field(default_factory=dict)
    began: float = field(default_factory=time.monotonic)
    catalog: Catalog = field(init=False)

    def __post_init__(self) -> None:
        self.catalog = catalog_of(self.con, self.settings)
        self._apply = Apply(self.con, self.files, self.catalog, self.engine)

    def spell_catalog(self) -> Catalog:
        """The catalog again, once tables were loaded: a column has the name that its first file gave it."""
        self.catalog = self._apply.catalog = catalog_of(self.con, self.settings)
        return self.catalog

    @property
    def writes_files(self) -> bool:
        """Whether there is anything to publish."""
        return writes_files(self.settings, preview=self.preview)

    @property
    def seconds(self) -> float:
        """How long this session has lasted."""
        return round(time.monotonic() - self.began, 3)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """The session's transaction; what was staged in it is promoted after its commit, and discarded after an error."""
        try:
            with transaction(self.con), self.files, self._apply:
                if not self.preview:  # whose copy reads the snapshots where they are
                    renew_moved(self.con, self.catalog.children)
                yield
            self.files.promote()
        finally:
            # after some errors nothing can be asked any more: then the next session does it
            with suppress(duckdb.Error):
                remove_unrecorded(self.con)

    def begin_files(self, *tables: str) -> None:
        """Begin to write the files of big tables, beside what follows; nothing where `export` is none.

        What their rows become must stand: of child tables redirects, of contacts survivors, too.
        """
        if self.writes_files:
            self._apply.begin(tables)

    def publish(self, as_of: datetime, *, events_again: bool = False) -> None:
        """Stage the outputs, inside the transaction; nothing where `export` is none.

        They include the events of every batch whose events stand in no file yet, with `events_again` of every batch, and of a
        dry run changes.parquet, from the temp table `changes`.
        """
        if not self.writes_files:
            return
        with sync_meanwhile(self.con):
            rows = write_merged(self.con, self.files, self.catalog, self._apply, self.progress)
            if "csv" in self.settings.export_format:
                rows |= write_csv(self.con, self.files, self.catalog, self.progress)
        rows |= write_events(self.con, self.files, again=events_again)
        rows |= write_rejects(self.con, self.files)
        if self.preview:
            rows |= write_changes(self.con, self.files)
        write_manifest(self.con, self.files, rows, iso_text(as_of))
        run_sql(self.con, "ledger/add_publication", {"token": self.files.token})
        self.rows = rows

    @property
    def events(self) -> int:
        """Event lines written."""
        return sum(count for name, count in self.rows.items() if name.startswith("events/"))

    @property
    def paths(self) -> dict[str, str]:
        """Where each file is that was written, by its name under the output."""
        return {name: str(self.output / name) for name in self.rows}


def writes_files(settings: Settings, *, preview: bool = False) -> bool:
    """Whether a command writes files: a dry run has its preview whatever `export` says."""
    return preview or settings.export == "full"


@contextmanager
def open_session(
    warehouse: Path,
    output: Path,
    settings: Settings,
    progress: Progress,
    *,
    preview: bool = False,
    inputs: Iterable[Path] = (),
    newer_files: bool = False,
    new_warehouse: bool = False,
) -> Iterator[Session]:
    """Hold warehouse and output for this process; a dry run holds a copy and a preview folder.

    Args:
        inputs: other folders that SQL may read.
        newer_files: whether files of a later state of the warehouse may be written over.
        new_warehouse: whether one may be begun here.

    Raises:
        ContactMergeError: another process holds one of them, or the folder belongs to another warehouse, or the file is none.
    """
    refuse_warehouse_among_outputs(warehouse, output)
    shown = output / "preview" if preview else output
    if not writes_files(settings, preview=preview):
        with open_warehouse(warehouse, settings, folders=inputs) as con:
            if new_warehouse:
                refuse_other_tables(con)
                require_snapshots(con, warehouse)
            else:
                require_ledger(con, warehouse)
                settings = settings_in_force(con, settings)
            remove_unrecorded(con)
            files = OutputFiles(output, settings.mode_bits)
            yield Session(
                con, files, shown, settings, progress, preview, partial(open_engine, warehouse, settings, [])
            )
        return
    check_writable(shown)  # rule: outputs-first
    with (
        permissions(settings),
        hold_output(output),
        _targets(warehouse, output, settings, preview=preview) as (used, target),
    ):
        files = OutputFiles(target, settings.mode_bits)
        try:
            with open_warehouse(
                used, settings, folders=[*inputs, target], snapshots=folder_beside(warehouse)
            ) as con:
                if new_warehouse:
                    require_snapshots(con, warehouse)
                else:
                    require_ledger(con, warehouse)
                    settings = settings_in_force(con, settings)
                refuse_foreign_files(con, output, identify(con), newer=newer_files)
                if not preview:
                    finish_files(con, output)
                remove_unrecorded(con)
                folders = [folder_beside(warehouse), folder_beside(used), target]
                engine = partial(open_engine, used, settings, folders)
                yield Session(con, files, shown, settings, progress, preview, engine)
        except BaseException:
            _discard(files, used, settings)
            raise


def _discard(files: OutputFiles, warehouse: Path, settings: Settings) -> None:
    """Discard files staged for a commit that failed; where that is not known the next command finds out."""
    if not hidden_files(files.output, files.token):
        return
    with suppress(ContactMergeError):
        recorded: set[str] = set()
        if warehouse.exists():
            with open_warehouse(warehouse, settings, read_only=True) as con:
                recorded = recorded_tokens(con)
        if files.token not in recorded:
            discard(files.output, files.token)


@contextmanager
def _targets(
    warehouse: Path, output: Path, settings: Settings, *, preview: bool
) -> Iterator[tuple[Path, Path]]:
    """The warehouse file to work on and the folder to write to."""
    if not preview:
        yield warehouse, output
        return
    with tempfile.TemporaryDirectory(prefix=PREVIEW, dir=output) as folder, ExitStack() as held:
        copy = Path(folder, "warehouse.duckdb")
        if warehouse.exists():
            held.enter_context(copy_warehouse(warehouse, copy, settings))
        made = Path(folder, "preview")
        yield copy, made
        if made.exists():
            shutil.rmtree(output / "preview", ignore_errors=True)  # of an earlier dry run
            made.rename(output / "preview")
