"""Columns that stand in the names of folders, as Hive and Spark write them: `country=DE/part-0.parquet`."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from urllib.parse import unquote

from contact_merge.names import fold_name

_NULL = "__HIVE_DEFAULT_PARTITION__"

Partition = Mapping[str, str | None]
"""The columns that the folders of a file give, with their text."""


def is_partition(folder: Path) -> bool:
    """Whether the name of a folder gives a column."""
    return "=" in folder.name[1:]


def partitions_of(files: Sequence[Path], folder: Path, own: Collection[str]) -> list[Partition]:
    """Of each file the columns that its folders give, in the order of the folders; null where the text is empty.

    Of two folders that give the same column the inner one counts, and a column that any file has itself counts before both.

    Args:
        files: the files of one table.
        folder: the input folder; it may itself be called like a partition.
        own: the columns of the files.
    """
    known = {fold_name(name) for name in own}
    return [
        {name: value for name, value in _columns(path, folder).items() if fold_name(name) not in known}
        for path in files
    ]


def _columns(path: Path, folder: Path) -> dict[str, str | None]:
    found = {
        fold_name(name): (name, None if value in {"", _NULL} else unquote(value))
        for name, value in _pairs(path.relative_to(folder))
    }
    return dict(found.values())


def partition_names(path: Path) -> list[str]:
    """The columns that the folders of a file give."""
    return [name for name, _ in _pairs(path)]


def _pairs(path: Path) -> Iterator[tuple[str, str]]:
    for part in path.parts[:-1]:
        if is_partition(Path(part)):
            name, _, value = part.partition("=")
            yield unquote(name), value
