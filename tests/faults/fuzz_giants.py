"""Inputs that are hostile by their size: lists of a million ids, a field of 100 MB, hundreds of columns, depth without end."""

from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from fuzz_values import IDS, MARK

MB = 1 << 20
MILLION = 1_000_000


def _id(number: int) -> str:
    return f"00000000-0000-4000-8000-{number:012x}"


def _contacts(folder: Path) -> None:
    (folder / "contacts.csv").write_text("id,name\n" + "".join(f"{one},{MARK}\n" for one in IDS))


def _request(folder: Path, **values: str) -> None:
    """One request, its values as JSON text."""
    given = {
        "request_id": '"r1"',
        "primary_id": f'"{IDS[0]}"',
        "duplicate_ids": f'["{IDS[1]}"]',
        "requested_at": '"2026-01-01"',
    }
    pairs = ", ".join(f'"{name}": {value}' for name, value in {**given, **values}.items())
    (folder / "merge_requests.jsonl").write_text(f"{{{pairs}}}\n")


def _ids(number: int) -> str:
    return "[" + ", ".join(f'"{_id(n)}"' for n in range(1, number)) + "]"


def ids_as_json(folder: Path) -> None:
    _contacts(folder)
    _request(folder, duplicate_ids=_ids(MILLION))


def ids_as_csv(folder: Path) -> None:
    _contacts(folder)
    cell = _ids(MILLION // 4).replace('"', '""')
    text = f'request_id,primary_id,duplicate_ids,requested_at\nr1,{IDS[0]},"{cell}",2026-01-01\n'
    (folder / "merge_requests.csv").write_text(text)


def ids_as_parquet(folder: Path) -> None:
    _contacts(folder)
    table = {
        "request_id": ["r1"],
        "primary_id": [IDS[0]],
        "duplicate_ids": [[_id(n) for n in range(1, MILLION)]],
        "requested_at": ["2026-01-01"],
    }
    pq.write_table(pa.table(table), folder / "merge_requests.parquet")


def field_in_csv(folder: Path) -> None:
    _request(folder)
    (folder / "contacts.csv").write_text(f"id,name\n{IDS[0]},\n{IDS[1]},{'x' * 100 * MB}\n")


def quoted_field_in_csv(folder: Path) -> None:
    _request(folder)
    lines = ("x" * MB + ",\n") * 100
    (folder / "contacts.csv").write_text(f'id,name\n{IDS[0]},\n{IDS[1]},"{lines}"\n')


def field_in_json(folder: Path) -> None:
    _request(folder)
    rows = f'{{"id": "{IDS[0]}"}}\n{{"id": "{IDS[1]}", "name": "{"x" * 100 * MB}"}}\n'
    (folder / "contacts.jsonl").write_text(rows)


def field_in_parquet(folder: Path) -> None:
    _request(folder)
    pq.write_table(pa.table({"id": IDS[:2], "name": [None, "x" * 100 * MB]}), folder / "contacts.parquet")


def json_field(folder: Path) -> None:
    _request(folder)
    pairs = ", ".join(f'"k{n}": {n}' for n in range(300_000))
    rows = f'{{"id": "{IDS[0]}"}}\n{{"id": "{IDS[1]}", "custom_fields": {{{pairs}}}}}\n'
    (folder / "contacts.jsonl").write_text(rows)


def depth(folder: Path) -> None:
    _request(folder)
    deep = '{"a":' * 100_000 + "1" + "}" * 100_000
    rows = f'{{"id": "{IDS[0]}"}}\n{{"id": "{IDS[1]}", "custom_fields": {deep}}}\n'
    (folder / "contacts.jsonl").write_text(rows)
    (folder / "notes.csv").write_text(f'id,contact_id,body\n{_id(9)},{IDS[0]},"{"[" * MILLION}"\n')


def columns(folder: Path) -> None:
    _request(folder)
    names = [f"c{n}" for n in range(200)]
    (folder / "contacts.csv").write_text(
        "id," + ",".join(names) + "\n" + "".join(f"{one}," + ",".join(names) + "\n" for one in IDS)
    )


def quotes(folder: Path) -> None:
    (folder / "contacts.csv").write_text("id,name\n" + '"' * 20 * MB)


def unclosed_quotes(folder: Path) -> None:
    (folder / "contacts.csv").write_text("id,name\n" + f'{IDS[0]},"{MARK}\n' * 20_000)


def one_line(folder: Path) -> None:
    (folder / "contacts.jsonl").write_text("{" * 100 * MB)


def blank_lines(folder: Path) -> None:
    (folder / "contacts.csv").write_text("id,name\n" + "\n" * 3 * MILLION + f"{IDS[0]},{MARK}\n")
    (folder / "notes.jsonl").write_text("\n" * 3 * MILLION)


def rejects(folder: Path) -> None:
    _contacts(folder)
    (folder / "notes.csv").write_text("id,contact_id\n" + f"{MARK},{MARK}\n" * 200_000)
    (folder / "tasks.jsonl").write_text("{\n" * 200_000)


def keys(folder: Path) -> None:
    _contacts(folder)
    _request(folder, idempotency_key=f'"{"i" * 10 * MB}"', api_key_id=f'"{"k" * 10 * MB}"')
    scopes = ", ".join(['"write:contacts"'] * MILLION)
    row = f'{{"api_key_id": "{"k" * 10 * MB}", "scopes": [{scopes}]}}\n'
    (folder / "api_keys.jsonl").write_text(row)


def header(folder: Path) -> None:
    (folder / "contacts.csv").write_text("id," + "x" * 20 * MB + "\n")


GIANTS: dict[str, Callable[[Path], None]] = {
    made.__name__: made
    for made in (
        ids_as_json, ids_as_csv, ids_as_parquet, field_in_csv, quoted_field_in_csv, field_in_json, field_in_parquet, json_field,
        depth, columns, quotes, unclosed_quotes, one_line, blank_lines, rejects, keys, header,
    )
}  # fmt: skip
