"""Names, texts and files as SQL spells them."""

import glob
import hashlib
import re
from collections.abc import Iterable
from pathlib import Path


def ident(name: str) -> str:
    """Quote an SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def plain(name: str) -> str:
    """A name of letters, digits and underscores, for what is made of another name: that one, or one with a digest of it."""
    made = re.sub(r"[^A-Za-z0-9_]", "_", name)
    return made if made == name else f"{made}_{hashlib.sha256(name.encode()).hexdigest()[:6]}"


def literal(text: str) -> str:
    """Quote an SQL string, for the few places (COPY options, comments) that take no bound parameter."""
    return "'" + text.replace("'", "''") + "'"


def file_list(paths: Iterable[Path]) -> str:
    """An SQL list of exactly these local files: glob characters in their names stand for themselves."""
    return "[" + ", ".join(literal(glob.escape(str(path.absolute()))) for path in paths) + "]"


def parquet_rows(paths: Iterable[Path]) -> str:
    """SQL of the rows of exactly these Parquet files: their own columns, and none of a folder that is named `name=value`."""
    return f"read_parquet({file_list(paths)}, hive_partitioning = false)"


def csv_rows(path: Path, names: Iterable[str]) -> str:
    """SQL of the rows of one CSV file of ours with these columns, as text."""
    columns = ", ".join(f"{literal(name)}: 'varchar'" for name in names)
    return (
        f"read_csv({file_list([path])}, columns = {{{columns}}}, auto_detect = false, header = true, delim = ',', "
        "quote = '\"', escape = '\"', nullstr = '', max_line_size = 67108864)"
    )


def numbered_rows(path: str) -> str:
    """SQL of the rows of one Parquet file, with `file_row_number` from 0; its path is SQL, glob characters escaped."""
    return f"read_parquet({path}, hive_partitioning = false, file_row_number = true)"
