"""The input files as external assets; their version is made of names, sizes and times, not of contents."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import dagster as dg

from contact_merge.defs.metadata import Metadata, digest_of
from contact_merge.defs.specs import input_key
from contact_merge.load import TableSource, find_inputs

# A file: its size in bytes, its time of change in nanoseconds since 1970.
Stamp = tuple[int, int]


@dataclass(frozen=True)
class Arrived:
    """The files of one table as they lie in the input folder, by their name inside it."""

    table: str
    files: dict[str, Stamp]

    @property
    def version(self) -> str:
        """Changes when a file comes, goes, or is written again."""
        return digest_of(
            *(f"{name}:{size}:{changed}" for name, (size, changed) in sorted(self.files.items()))
        )

    def facts(self) -> Metadata:
        """How many files there are, how big, and when the last of them was written."""
        return {
            "files": len(self.files),
            "bytes": sum(size for size, _ in self.files.values()),
            "files_changed_at": dg.MetadataValue.timestamp(
                max(changed for _, changed in self.files.values()) / 1e9
            ),
        }

    def materialization(self) -> dg.AssetMaterialization:
        """Reports to Dagster that somebody wrote these files."""
        return dg.AssetMaterialization(
            input_key(self.table), metadata=self.facts(), tags={"dagster/data_version": self.version}
        )


def list_arrived(folder: Path, sources: Sequence[TableSource]) -> list[Arrived]:
    """These tables of the input folder with their files; raises InputError where a run would."""
    arrived = []
    for table, given in find_inputs(folder, sources).tables.items():
        stamps: dict[str, Stamp] = {}
        for file in given.files:
            with suppress(FileNotFoundError):  # gone since it was listed
                facts = file.stat()
                stamps[str(file.relative_to(folder))] = facts.st_size, facts.st_mtime_ns
        if stamps:
            arrived.append(Arrived(table, stamps))
    return arrived
