"""Delta Lake tables: which Parquet files of a folder hold live rows, by the log that the extra `contact-merge[delta]` reads.

Files that were replaced stay in such a folder, so what is there is more than the table. Of a table whose live rows are not just
those of whole files (deletion vectors), or whose columns have other names in the files than in the table, it says so.
"""

from pathlib import Path

from contact_merge.load.partitions import partition_names
from contact_merge.names import fold_name

LOG = "_delta_log"
_READ_ALIKE = {"timestampNtz", "v2Checkpoint", "vacuumProtocolCheck", "deletionVectors", "columnMapping"}
"""Features of tables that make no difference to who reads whole live files, once vectors and mapped names are ruled out."""


class NoLiveFiles(Exception):
    """Why the live rows of a Delta table cannot be read, as a part of a sentence."""


def live_files(folder: Path) -> list[Path]:
    """The files that hold the live rows of a Delta table, by name.

    Raises:
        NoLiveFiles: the package that reads its log is not installed, or whole files are not all that the log says.
    """
    try:
        from deltalake import DeltaTable  # noqa: PLC0415  an extra, and most inputs are no such tables
        from deltalake.exceptions import DeltaError  # noqa: PLC0415
    except ImportError:
        raise NoLiveFiles("contact-merge[delta], which reads them, is not installed") from None
    whole = folder.resolve()
    try:
        table = DeltaTable(str(whole))
        features = {*(table.protocol().reader_features or ())}
        details = table.metadata()
        names = table.file_uris()
        deletes = "deletionVectors" in features and any(batch.num_rows for batch in table.deletion_vectors())
    except (DeltaError, OSError, ValueError) as error:
        raise NoLiveFiles("its log cannot be read") from error
    if deletes:
        raise NoLiveFiles("rows of its files are deleted by deletion vectors")
    if details.configuration.get("delta.columnMapping.mode", "none") != "none":
        raise NoLiveFiles("its columns have other names in its files")
    if unknown := sorted(features - _READ_ALIKE):
        raise NoLiveFiles(f"it has the feature {unknown[0]}")
    files = sorted(Path(name).relative_to(whole) for name in names)
    partitions = {fold_name(name) for name in details.partition_columns}
    if any({fold_name(name) for name in partition_names(file)} != partitions for file in files):
        raise NoLiveFiles("the names of its folders do not give its partitions")
    if not files:
        raise NoLiveFiles("it holds no row")
    return [folder / file for file in files]
