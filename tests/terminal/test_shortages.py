"""What a command is short of is reported with the file that it was short for."""

from pathlib import Path

import duckdb
import pytest
from contact_merge.errors import WarehouseError
from contact_merge.shortages import translate_errors

WAREHOUSE = Path("/there/warehouse.duckdb")


@pytest.mark.parametrize(
    ("message", "file"),
    [
        ('IO Error: Could not write file "/out/a b.parquet": No space left on device', "/out/a b.parquet"),
        (
            r"IO Error: Async write failed for range [offset=27, size=492490]: "
            r'{"exception_message":"Could not write file \"/out/a b.parquet\": No space left on device","errno":"28"}',
            "/out/a b.parquet",
        ),
        ("IO Error: No space left on device", str(WAREHOUSE)),
    ],
)
def test_a_full_disk_is_reported_with_the_file_on_it(message: str, file: str) -> None:
    with pytest.raises(WarehouseError) as error, translate_errors(WAREHOUSE):
        raise duckdb.IOException(message)
    assert str(error.value) == f"{file}: the disk is full; free some space and run again."
