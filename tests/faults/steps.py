"""The steps of a command, as it meets them: counted and logged inside its process, which kills itself at one of them."""

import errno
import os
import re
import signal
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
from contact_merge import warehouse
from contact_merge.publish import folder

CALLS = ("open", "fsync", "replace", "rename", "link", "unlink", "rmdir", "mkdir", "chmod")


@dataclass(frozen=True)
class Kill:
    """Where a command is killed: before its nth step, with a file half written there or not; or after some seconds."""

    label: str
    step: int | None = None
    half: bool = False
    seconds: float = 0.0
    system_call: int | None = None


class Steps:
    """Counts the steps of this process, from `install` on; logs each, and kills the process before the nth."""

    def __init__(self, kill: Kill | None, log: Path | None = None) -> None:
        self.kill, self.log = kill, log
        self.count = 0

    def install(self) -> None:
        """Wrap the calls."""
        for name in CALLS:
            setattr(os, name, self._wrapped(name, getattr(os, name)))
        execute = duckdb.DuckDBPyConnection.execute

        def counted(con: Any, query: Any, *more: Any, **named: Any) -> Any:
            self._step(f"sql {_short_sql(query)}", None)
            return execute(con, query, *more, **named)

        duckdb.DuckDBPyConnection.execute = counted  # type: ignore[method-assign]

    def _wrapped(self, name: str, call: Callable[..., Any]) -> Callable[..., Any]:
        def counted(*given: Any, **named: Any) -> Any:
            path = given[0]
            name_of_file = (
                str(Path(f"/proc/self/fd/{path}").readlink()) if isinstance(path, int) else os.fspath(path)
            )
            self._step(f"{name} {_short_path(name_of_file)}", name_of_file if name == "fsync" else None)
            return call(*given, **named)

        return counted

    def _step(self, label: str, file: str | None) -> None:
        self.count += 1
        if self.log is not None:
            with self.log.open("a") as steps:
                steps.write(label + "\n")
        if self.kill is not None and self.count == self.kill.step:
            if self.kill.half and file is not None and Path(file).is_file():
                os.truncate(file, Path(file).stat().st_size // 2)
            os.kill(os.getpid(), signal.SIGKILL)


def _short_sql(query: Any) -> str:
    text = query if isinstance(query, str) else query.query
    return " ".join(re.sub(r"--.*", "", text).split())[:60]


def _short_path(path: str) -> str:
    return re.sub(r"[0-9a-f]{16}", "TOKEN", re.sub(r"^.*/(home|life)/", "", path))


@dataclass(frozen=True)
class StopBeforeCommit:
    """Makes a process stand still before its commit, with all that it holds."""

    def __call__(self) -> None:
        execute = duckdb.DuckDBPyConnection.execute

        def stopping(con: Any, query: Any, *more: Any, **named: Any) -> Any:
            if query == "commit":
                os.kill(os.getpid(), signal.SIGSTOP)
            return execute(con, query, *more, **named)

        duckdb.DuckDBPyConnection.execute = stopping  # type: ignore[method-assign]


@dataclass(frozen=True)
class FailToRename:
    """Makes renaming to one name fail."""

    name: str

    def __call__(self) -> None:
        replace = os.replace

        def failing(source: Any, target: Any) -> None:
            if Path(target).name == self.name:
                raise OSError(errno.EIO, os.strerror(errno.EIO), str(target))
            replace(source, target)

        os.replace = failing


@dataclass(frozen=True)
class FailToSync:
    """Makes the disk full when a file comes to be synced whose name holds this."""

    name: str

    def __call__(self) -> None:
        fsync = os.fsync

        def failing(handle: int) -> None:
            if self.name in Path(f"/proc/self/fd/{handle}").readlink().name:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            fsync(handle)

        os.fsync = failing


def wait_a_moment_only() -> None:
    """Makes a process give up soon what another holds."""
    folder.LOCK_WAIT_SECONDS = warehouse.LOCK_WAIT_SECONDS = 0.3
