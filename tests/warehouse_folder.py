"""The folder of a test with a warehouse in it, which the worlds of several tests begin with."""

from dataclasses import dataclass
from pathlib import Path


@dataclass
class WarehouseFolder:
    """A folder with an output folder, in which the warehouse is."""

    folder: Path

    @property
    def output(self) -> Path:
        return self.folder / "out"

    @property
    def warehouse(self) -> Path:
        return self.output / "warehouse.duckdb"
