"""The errors a user can cause or meet, and what the command line prints of them.

Each message is one plain sentence: what happened, where (file, row, column), and what to do next. Whatever is not
one of these is a defect of the pipeline and keeps its traceback.
"""

import traceback
from collections.abc import Sequence


def first_of(names: Sequence[str], most: int = 5) -> str:
    """The first of some names, for a message, and how many more there are."""
    more = len(names) - most
    return ", ".join(names[:most]) + (f" and {more:,} more" if more > 0 else "")


class ContactMergeError(Exception):
    """Base of all expected errors; exit code 2 (INTERFACE.md, 'Command line')."""


class InputError(ContactMergeError):
    """The input makes the whole run pointless: missing, unreadable, or of a type that cannot be stored exactly."""


class PlaceError(ContactMergeError):
    """A path that is none of this machine."""


class SettingsError(ContactMergeError):
    """A setting is unknown or out of range."""


class WarehouseError(ContactMergeError):
    """The warehouse file cannot be opened, or is of another version."""


class OutputError(ContactMergeError):
    """The output folder cannot be written to, or belongs to another warehouse."""


class LockedError(ContactMergeError):
    """Another process has locked the warehouse or the output folder; the same may be tried again a little later."""


class ContactError(ContactMergeError):
    """An id names no contact that the warehouse holds, or ever merged."""


class GuardError(ContactMergeError):
    """A guard stopped the run, which changed nothing.

    Attributes:
        findings: what stopped it, each with its figures.
        guards: all that have to be allowed to let it pass, by the names that `--allow` takes.
    """

    def __init__(self, message: str, findings: tuple[str, ...], guards: tuple[str, ...]) -> None:
        super().__init__(message)
        self.findings = findings
        self.guards = guards


class UndoError(ContactMergeError):
    """A merge that was to be undone cannot be; nothing was."""


def describe_defect(error: BaseException) -> str:
    """Where an unexpected error came from, and of what kind it is: its traceback without its message.

    Messages of DuckDB, Arrow, Polars and Python quote the values that they stumbled over.
    """
    tracebacks = []
    current: BaseException | None = error
    while current is not None:
        stack = "".join(traceback.format_tb(current.__traceback__))
        tracebacks.append(
            f"Traceback (most recent call last):\n{stack}{type(current).__module__}.{type(current).__qualname__}"  # rule: defects
        )
        current = current.__cause__ or (None if current.__suppress_context__ else current.__context__)
    return "\n\nThis came of:\n\n".join(tracebacks)
