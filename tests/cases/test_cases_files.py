"""Inputs in the shape of public reports: endings, compression, folders, `[csv]`, `[types]`, `newest_by` (SHAPES.md 3).

Each test names its case; contacts are A and B (and C), requests merge B into A.
"""

import gzip
import json
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from contact_merge import cli
from story import id_of

pytestmark = pytest.mark.long

A, B, C = (id_of(letter) for letter in "abc")
REQUEST = {"request_id": "r1", "primary_id": A, "duplicate_ids": [B], "requested_at": "2026-05-01T00:00:00Z"}
CSV = f"id,name,phone\n{A},Ada,\n{B},Ada L,555\n"
LINES = f'{{"id": "{A}", "a": null}}\n{{"id": "{B}", "a": "x"}}\n'


def gz(content: str | bytes) -> bytes:
    """It says no time, which would be part of the names of tests."""
    return gzip.compress(content.encode() if isinstance(content, str) else content, mtime=0)


class Case:
    """An input folder, with the request, and the outputs of a run on it."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder = folder
        self.capsys = capsys
        self.settings = folder.parent / "settings.toml"
        self.settings.write_text("")
        self.write("merge_requests.jsonl", json.dumps(REQUEST))

    def write(self, name: str, content: str | bytes) -> None:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)

    def parquet(self, name: str, /, **columns: Any) -> None:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        pq.write_table(pa.table(columns), path)

    def lines(self, name: str, *rows: dict[str, Any]) -> None:
        self.write(name, "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows))

    def run(self, settings: str | None = None) -> tuple[int, str]:
        """The exit code, and what was printed."""
        if settings is not None:
            self.settings.write_text(settings, "utf-8")
        out = str(self.folder.parent / "out")
        given = ["--as-of", "2026-06-01", "--config", str(self.settings), "--quiet"]
        code = cli.main(["run", "--input", str(self.folder), "--output", out, *given])
        return code, "".join(self.capsys.readouterr())

    def passed_over(self, settings: str) -> int | None:
        """How many rows of contacts a run passes over, by its summary."""
        self.settings.write_text(settings, "utf-8")
        out = str(self.folder.parent / "out")
        given = ["--as-of", "2026-06-01", "--config", str(self.settings), "--json"]
        assert cli.main(["run", "--input", str(self.folder), "--output", out, *given]) == 0
        return json.loads(self.capsys.readouterr().out)["loaded"]["contacts"].get("rows_passed_over")

    def verify(self) -> tuple[int, str]:
        out = self.folder.parent / "out"
        code = cli.main(
            ["verify", "--warehouse", str(out / "warehouse.duckdb"), "--output", str(out), "--quiet"]
        )
        return code, "".join(self.capsys.readouterr())

    def merged(self, table: str, *columns: str) -> list[tuple[Any, ...]]:
        path = self.folder.parent / "out" / "merged" / f"{table}.parquet"
        return [tuple(row[name] for name in columns) for row in pq.read_table(path).to_pylist()]

    def rejects(self, table: str) -> list[tuple[str, int, str]]:
        path = self.folder.parent / "out" / "rejects" / f"{table}.jsonl"
        rejects = [json.loads(line) for line in path.read_text("utf-8").splitlines()] if path.exists() else []
        return [(row["file"], row["row"], row["reason"]) for row in rejects]


@pytest.fixture
def case(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Case:
    return Case(tmp_path / "in", capsys)


# ------------------------------------------------------------------------------------------ endings and compression


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("Contacts.CSV", CSV.encode()),  # 34
        ("contacts.tsv", CSV.replace(",", "\t").encode()),
        ("contacts.csv.gz", gz(CSV)),  # 29
        ("contacts.CSV.GZ", gz(CSV[:50]) + gz(CSV[50:])),
        ("contacts.csv.zst", pa.compress(CSV.encode(), "zstd", asbytes=True)),
        ("contacts.tsv.zst", pa.compress(CSV.replace(",", "\t").encode(), "zstd", asbytes=True)),
        ("contacts.csv/part-0.csv.gz", gz(CSV)),
    ],
)
def test_34_29_csv_of_any_ending_is_read(case: Case, name: str, content: bytes) -> None:
    case.write(name, content)
    assert case.run() == (0, "")
    assert case.merged("contacts", "id", "name", "phone") == [(A, "Ada", "555")]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("contacts.ndjson", LINES.encode()),  # 34b
        ("contacts.jsonl", f"[\n{LINES.strip().replace(chr(10), ',')}\n]".encode()),  # 34c
        ("contacts.json", LINES.encode()),
        ("contacts.JSON.gz", gz(f"[{LINES.strip().replace(chr(10), ',')}]")),
        ("contacts.jsonl.zst", pa.compress(LINES.encode(), "zstd", asbytes=True)),
    ],
)
def test_34b_34c_json_of_any_ending_is_read(case: Case, name: str, content: bytes) -> None:
    case.write(name, content)
    assert case.run() == (0, "")
    assert case.merged("contacts", "id", "a") == [(A, "x")]


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        (  # 29c
            "contacts.csv",
            gz(CSV),
            "contacts.csv: the file is compressed (gzip), whatever its name says; rename it to contacts.csv.gz, or unpack it.",
        ),
        (
            "contacts.csv.gz",
            CSV.encode(),
            "contacts.csv.gz: the file is not compressed, whatever its name says",
        ),
        (
            "contacts.csv.zst",
            gz(CSV),
            "contacts.csv.zst: the file is compressed as gzip, whatever its name says",
        ),
        (
            "contacts.csv.gz",
            gz(CSV)[:60],
            "contacts.csv.gz: the file can't be unpacked (",
        ),
        (
            "contacts.jsonl.zst",
            pa.compress(LINES.encode() * 99, "zstd", asbytes=True)[:-9],
            "contacts.jsonl.zst: the file can't be unpacked (",
        ),
    ],
)
def test_29c_a_compressed_file_under_a_wrong_name_or_a_damaged_one_says_so(
    case: Case, name: str, content: bytes, said: str
) -> None:
    case.write(name, content)
    code, printed = case.run()
    assert (code, said in printed) == (2, True), printed


@pytest.mark.parametrize("rows", [3, 70_000])
def test_a_broken_line_of_a_compressed_file_is_rejected_with_its_number(case: Case, rows: int) -> None:
    lines = [f"{UUID(int=number)},x,{number}\n" for number in range(rows)]
    lines[1] = 'broken,"x\n'
    case.write("contacts.csv.gz", gz(f"{CSV}{''.join(lines)}"))
    assert case.run()[0] == 1
    assert case.rejects("contacts") == [("contacts.csv.gz", 4, "the quotes of the line do not match")]
    assert len(case.merged("contacts", "id")) == rows - 1 + 1


# ------------------------------------------------------------------------------------------ folders


def test_58_a_folder_with_the_name_of_a_file_is_the_table(case: Case) -> None:
    case.parquet("contacts.parquet/part-00000.parquet", id=[A, B], name=[None, "x"])
    case.write("contacts.parquet/_SUCCESS", "")
    assert case.run() == (0, "")
    assert case.merged("contacts", "id", "name") == [(A, "x")]


@pytest.mark.parametrize("ending", ["parquet", "csv", "jsonl"])
def test_28_the_names_of_partition_folders_are_columns_of_text(case: Case, ending: str) -> None:
    for folder, key, name in (
        ("country=DE/y=01", A, ""),
        ("country=New%20York/y=__HIVE_DEFAULT_PARTITION__", B, "x"),
    ):
        place = f"contacts/{folder}/part-0.{ending}"
        if ending == "parquet":
            case.parquet(place, id=[key], name=[name])
        elif ending == "csv":
            case.write(place, f"id,name\n{key},{name}\n")
        else:
            case.lines(place, {"id": key, "name": name})
    case.write("merge_requests.jsonl", "")
    assert case.run() == (0, "")
    rows = case.merged("contacts", "id", "name", "country", "y")
    assert rows == [(A, "" if ending != "csv" else None, "DE", "01"), (B, "x", "New York", None)]


def test_a_column_of_the_files_counts_before_that_of_their_folder(case: Case) -> None:
    case.write("contacts/country=DE/a.csv", f"id,Country\n{A},Germany\n")
    case.write("contacts/country=FR/b.csv", f"id,Country\n{B},\n")
    case.write("merge_requests.jsonl", "")
    assert case.run() == (0, "")
    assert case.merged("contacts", "id", "Country") == [(A, "Germany"), (B, None)]


# ------------------------------------------------------------------------------------------ columns without a name


@pytest.mark.parametrize("broken", ["", 'x,"y\n'])
def test_19_columns_without_a_name_and_a_value_are_dropped(case: Case, broken: str) -> None:
    case.write("contacts.csv", f"id,name,Unnamed: 2,\n{A},Ada,,\n{B},Ada L, ,\n,,,\n{broken},,,\n,,,,\n")
    assert case.run()[0] == (1 if broken else 0)
    if broken:
        assert case.rejects("contacts") == [("contacts.csv", 3, "the quotes of the line do not match")]
    path = case.folder.parent / "out" / "merged" / "contacts.parquet"
    assert pq.read_schema(path).names == ["id", "name"]


@pytest.mark.parametrize("ending", ["csv", "jsonl", "parquet"])
def test_61_a_column_with_values_and_no_name_is_refused(case: Case, ending: str) -> None:
    if ending == "csv":
        case.write("contacts.csv", f",id\n0,{A}\n1,{B}\n")
    elif ending == "jsonl":
        case.lines("contacts.jsonl", {"": 0, "id": A}, {"": 1, "id": B})
    else:
        case.parquet("contacts.parquet", **{"": [0, 1], "id": [A, B]})
    code, printed = case.run()
    assert (code, "column 1 has values and no name; name it or take it out" in printed) == (2, True), printed


@pytest.mark.parametrize("ending", ["jsonl", "parquet"])
def test_a_column_without_a_name_and_a_value_is_dropped_in_any_format(case: Case, ending: str) -> None:
    if ending == "jsonl":
        case.lines("contacts.jsonl", {"": None, "id": A}, {"": "", "id": B})
    else:
        case.parquet("contacts.parquet", **{"": pa.nulls(2, pa.string()), "id": [A, B]})
    assert case.run() == (0, "")
    assert case.merged("contacts", "id") == [(A,)]


# ------------------------------------------------------------------------------------------ [csv]


@pytest.mark.parametrize(
    ("encoding", "name"),
    [("utf-16", "Adä 👩"), ("windows-1252", "Adé"), ("utf-16-be", "Ä"), ("shift_jis", "東京")],
)
@pytest.mark.parametrize("ending", ["csv", "csv.gz"])
def test_16_17_an_encoding_that_python_knows_is_read(
    case: Case, encoding: str, name: str, ending: str
) -> None:
    text = f"id,name\n{A},\n{B},{name}\n".encode(encoding)
    case.write(f"contacts.{ending}", gz(text) if ending == "csv.gz" else text)
    assert case.run(f'[csv]\nencoding = "{encoding}"') == (0, "")
    assert case.merged("contacts", "id", "name") == [(A, name)]


def test_16_without_its_encoding_the_sentence_names_the_setting(case: Case) -> None:
    case.write("contacts.csv", CSV.encode("utf-16"))
    code, printed = case.run()
    assert (code, "give its encoding as `encoding` of [csv]" in printed) == (2, True)


def test_a_line_that_is_no_text_of_its_encoding_is_rejected(case: Case) -> None:
    case.write("contacts.csv", CSV.encode("windows-1252") + f"{C},\x81,1\n".encode("latin-1"))
    assert case.run('[csv.contacts]\nencoding = "windows-1252"')[0] == 1
    assert case.rejects("contacts") == [("contacts.csv", 3, "the line is no windows-1252")]


@pytest.mark.parametrize("null", ["", 'null = ["", "\\\\N"]\n'])
def test_59_backslashes_before_quotes(case: Case, null: str) -> None:
    case.write("merge_requests.jsonl", "")
    case.write(
        "contacts.csv",
        f'id,name,note\n{A},"Ada \\"Countess\\", L",C:\\temp\n{B},"a\\\\b\nc",\\N\n{C},x\\,y,"two\nlines"\n',
    )
    assert case.run(f'[csv]\nescape = "\\\\"\n{null}') == (0, "")
    assert case.merged("contacts", "name", "note") == [
        ('Ada "Countess", L', "C:\\temp"),
        ("a\\b\nc", None if null else "\\N"),
        ("x,y", "two\nlines"),
    ]


def test_59_a_broken_line_beside_escapes_takes_no_other(case: Case) -> None:
    case.write("merge_requests.jsonl", "")
    case.write("contacts.csv", f'id,name\n{A},"Ada \\"\n{B},"x"y\n{C},"z"\n')
    assert case.run('[csv]\nescape = "\\\\"')[0] == 1
    assert case.merged("contacts", "id", "name") == [(C, "z")]
    assert [(row, reason) for _, row, reason in case.rejects("contacts")] == [
        (1, "the quotes of the line do not match"),
        (2, "the quotes of the line do not match"),
    ]


@pytest.mark.parametrize("quoted", [False, True])
def test_62_null_texts(case: Case, quoted: bool) -> None:
    cells = ["NULL", "\\N", "N/A", "nan", "None", ""]
    row = ",".join(f'"{cell}"' if quoted else cell for cell in cells)
    case.write("contacts.csv", f"id,a,b,c,d,e,f\n{A},{row}\n{B},1,2,3,4,5,6\n")
    assert case.run('[csv]\nnull = ["", "NULL", "\\\\N", "N/A", "nan", "None"]') == (0, "")
    assert case.merged("contacts", *"abcdef") == [tuple("123456")]


@pytest.mark.parametrize(
    ("text", "settings"),
    [
        ("id;name\n{A};a,b\n{B};c\n", 'delimiter = ";"'),
        ("id|name\n{A}|a,b\n{B}|c\n", 'delimiter = "|"'),
        ("id,name\n{A},'a,b'\n{B},c\n", 'quote = "\'"'),
        ("sep=;\nid;name\n{A};a,b\n{B};c\n", ""),
        ("\ufeffsep=;\r\nid;name\r\n{A};a,b\r\n{B};c\r\n", ""),
        ("id\tname\n{A}\ta,b\n{B}\tc\n", 'delimiter = "\\t"'),
        ('id;name\n{A};"a,b"\n{B};c\n', 'delimiter = ";"'),
    ],
)
def test_delimiters_and_quotes(case: Case, text: str, settings: str) -> None:
    case.write("merge_requests.jsonl", "")
    case.write("contacts.csv", text.replace("{A}", A).replace("{B}", B))
    assert case.run(f"[csv]\n{settings}") == (0, "")
    assert case.merged("contacts", "id", "name") == [(A, "a,b"), (B, "c")]


def test_one_table_may_be_written_otherwise_than_all_others(case: Case) -> None:
    case.write("contacts.csv", CSV.replace(",", ";"))
    case.write("notes.csv", f"id|contact_id\n{C}|{B}\n")
    assert case.run('[csv]\ndelimiter = "|"\n[csv.contacts]\ndelimiter = ";"') == (0, "")
    assert case.merged("notes", "id", "contact_id") == [(C, A)]


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ('[csv]\ndelimiter = ";;"', 'csv.delimiter: ";;" is not allowed; it is one character'),
        ('[csv]\nencoding = "klingon"', 'csv.encoding: "klingon" is no encoding that Python knows'),
        ('[csv.contacts]\nsep = ";"', "csv.contacts.sep: there is no such setting"),
        ('[csv.clients]\ndelimiter = ";"', 'csv.clients: "clients" is no table of the input'),
        ('[csv]\nquote = ","', 'csv.delimiter: "," is the quote'),
        ('[types]\ncontacts.phone = "fax"', 'types.contacts.phone: "fax" is no type of a column'),
        ('[types]\nclients.phone = "text"', 'types.clients: "clients" is no table of the input'),
        ('[types]\ncontacts = "text"', "types.contacts: "),
        ('[load.contacts]\nmode = "append"', 'load.contacts: "append" is not allowed'),
        ("[load.contacts]\nnewest = 1", "load.contacts.newest: there is no such setting"),
        ("[load.contacts]\nnewest_by = 1", "load.contacts.newest_by: 1 is not allowed"),
    ],
)
def test_settings_that_cannot_be_are_refused(case: Case, settings: str, said: str) -> None:
    case.write("contacts.csv", CSV)
    code, printed = case.run(settings)
    assert (code, said in printed) == (2, True), printed


# ------------------------------------------------------------------------------------------ times of requests


@pytest.mark.parametrize(
    ("said", "moment"),
    [
        ("1777593600000", "2026-05-01 00:00:00"),  # 38b
        ("1777593600", "2026-05-01 00:00:00"),
        ("1777593600.5", "2026-05-01 00:00:00.5"),
        ("2026-05-01T02:00+02:00", "2026-05-01 00:00:00"),
    ],
)
def test_38b_times_of_requests_may_be_epoch_seconds_or_milliseconds(
    case: Case, said: str, moment: str
) -> None:
    case.write("contacts.csv", CSV)
    (case.folder / "merge_requests.jsonl").unlink()
    case.write("merge_requests.csv", f"request_id,primary_id,duplicate_ids,requested_at\nr1,{A},{B},{said}\n")
    assert case.run() == (0, "")
    with duckdb.connect(case.folder.parent / "out" / "warehouse.duckdb", read_only=True) as con:
        ((requested,),) = con.execute("select cast(requested_at as varchar) from ledger.requests").fetchall()
    assert requested.removesuffix("+00") == moment


@pytest.mark.parametrize("said", ["20260501", "2026", "-5", "99999999999999999999"])
def test_a_number_that_is_no_epoch_time_is_no_time(case: Case, said: str) -> None:
    case.write("contacts.csv", CSV)
    case.write("merge_requests.jsonl", json.dumps(REQUEST | {"requested_at": int(said)}))
    assert case.run()[0] == 1
    assert case.rejects("merge_requests") == [("merge_requests.jsonl", 1, "requested_at is no time")]


# ------------------------------------------------------------------------------------------ JSON of several kinds


def test_85_strings_beside_numbers_are_text(case: Case) -> None:
    case.lines(
        "contacts.jsonl",
        {"id": A, "phone": None, "last": "2026", "x": "", "y": [1]},
        {"id": B, "phone": "+1 555", "last": None, "x": True, "y": "z"},
    )
    case.write(
        "contacts.jsonl",
        (case.folder / "contacts.jsonl").read_text()
        + f'{{"id": "{C}", "phone": 1.50, "last": 1767600000, "x": "\\u00e4\\"", "y": 2}}\n',
    )
    assert case.run() == (0, "")
    assert case.merged("contacts", "id", "phone", "last", "x", "y") == [
        (A, "+1 555", "2026", "true", "[1]"),
        (C, "1.50", "1767600000", 'ä"', "2"),
    ]


def test_88c_a_column_of_nulls_has_no_type(case: Case) -> None:
    case.parquet("contacts.parquet", id=[A, B], phone=[None, "5"], custom_fields=pa.nulls(2, pa.int32()))
    assert case.run() == (0, "")
    assert case.merged("contacts", "id", "phone") == [(A, "5")]


def test_21_a_lone_surrogate_is_rejected_as_one(case: Case) -> None:
    case.write("contacts.jsonl", f'{{"id":"{A}","bio":"\\ud83d"}}\n{{"id":"{B}","bio":"👩‍💻"}}\n')
    assert case.run()[0] == 1
    assert "lone surrogate" in case.rejects("contacts")[0][2]


def test_sixteen_bytes_of_fixed_binary_are_a_uuid(case: Case) -> None:
    keys = [bytes.fromhex(each.replace("-", "")) for each in (A, B)]
    case.parquet("contacts.parquet", id=pa.array(keys, pa.binary(16)), name=[None, "x"])
    request = {name: [value] for name, value in REQUEST.items()}
    request |= {"primary_id": pa.array(keys[:1], pa.binary(16))}
    request |= {"duplicate_ids": pa.array([keys[1:]], pa.list_(pa.binary(16)))}
    (case.folder / "merge_requests.jsonl").unlink()
    case.parquet("merge_requests.parquet", **request)
    assert case.run() == (0, "")
    assert [(str(key), name) for key, name in case.merged("contacts", "id", "name")] == [(A, "x")]


# ------------------------------------------------------------------------------------------ names


@pytest.mark.parametrize("ending", ["csv.gz", "jsonl", "parquet"])
def test_files_that_spell_columns_otherwise_stand_in_partition_folders(case: Case, ending: str) -> None:
    """What any file has in any spelling counts before its folder, and folders may spell a column otherwise, too."""
    for folder, names, row in (
        ("Country=DE/site=x", ("id", "Tier"), (A, "1")),
        ("country=FR/site=y", ("ID", "tier"), (B, "2")),
        ("country=IT", ("Id", "SITE"), (C, "z")),
    ):
        path, given = f"contacts/{folder}/part.{ending}", dict(zip(names, row, strict=True))
        if ending == "parquet":
            case.parquet(path, **{name: [value] for name, value in given.items()})
        elif ending == "jsonl":
            case.lines(path, given)
        else:
            case.write(path, gz(f"{','.join(names)}\n{','.join(row)}\n"))
    case.write("merge_requests.jsonl", "")
    assert case.run() == (0, "")
    columns = ("id", "Tier", "SITE", "Country")
    assert sorted(case.merged("contacts", *columns)) == [
        (A, "1", None, "DE"),
        (B, "2", None, "FR"),
        (C, None, "z", "IT"),
    ]
    assert case.verify()[0] == 0


def test_settings_may_spell_columns_otherwise(case: Case) -> None:
    case.write("merge_requests.jsonl", "")
    case.write("contacts.csv", f"id,Phone Number ,Changed\n{A},7,1\n{A},8,2\n{B},,1\n")
    settings = '[load.contacts]\nnewest_by = "changed"\n[types.contacts]\n"phone number" = "integer"'
    assert case.passed_over(settings) == 1
    assert case.merged("contacts", "id", "Phone Number ") == [(A, 8), (B, None)]


def test_a_pattern_fits_files_of_any_ending(case: Case) -> None:
    case.write("export-2026-01.csv.gz", gz(CSV))
    case.write("Export-2026-02.CSV", CSV.replace("Ada", "Eva"))
    assert case.run('[entity]\nsource = "export-*"\nfiles = "last"') == (0, "")
    assert case.merged("contacts", "name") == [("Ada",)]


# ------------------------------------------------------------------------------------------ [types]


def test_74_75_75b_a_type_that_flaps_is_settled_by_the_line_that_the_sentence_names(case: Case) -> None:
    case.lines("contacts.jsonl", {"id": A, "zip": None}, {"id": B, "zip": 870})
    assert case.run() == (0, "")
    case.lines("contacts.jsonl", {"id": A, "zip": None}, {"id": B, "zip": "0870"}, {"id": C, "zip": 12})
    code, printed = case.run()
    assert (code, 'write contacts.zip = "text" into [types] of the settings' in printed) == (2, True), printed
    case.lines("contacts.jsonl", {"id": A, "zip": None}, {"id": B, "zip": "870"}, {"id": C, "zip": 12})
    assert case.run('[types]\ncontacts.zip = "text"') == (0, "")
    assert case.merged("contacts", "id", "zip") == [(A, "870"), (C, "12")]
    assert case.verify()[0] == 0


def test_69_an_exporter_that_went_from_csv_to_parquet(case: Case) -> None:
    case.write(
        "contacts.csv", f"id,score,amount,signed,at\n{A},,,,\n{B},5,12.5,2026-01-02,2026-01-02T10:00:00Z\n"
    )
    assert case.run() == (0, "")
    (case.folder / "contacts.csv").unlink()
    case.parquet(
        "contacts.parquet",
        id=[A, B],
        score=[None, 5],
        amount=pa.array([None, Decimal("12.50")], pa.decimal128(18, 2)),
        signed=[None, date(2026, 1, 2)],
        at=pa.array([None, datetime(2026, 1, 2, 10)], pa.timestamp("us")),
    )
    code, printed = case.run()
    assert code == 2
    lines = ", ".join(f'contacts.{name} = "text"' for name in ("score", "amount", "signed", "at"))
    assert lines in printed, printed
    types = '[types]\ncontacts = { score = "bigint", amount = "decimal(18,2)", signed = "date", at = "timestamp" }'
    assert case.run(types) == (0, "")
    assert case.merged("contacts", "score", "amount", "signed", "at") == [
        (5, Decimal("12.50"), date(2026, 1, 2), datetime(2026, 1, 2, 10))
    ]
    assert case.verify()[0] == 0
    with duckdb.connect(case.folder.parent / "out" / "warehouse.duckdb", read_only=True) as con:
        assert con.execute("select count(*) from ledger.contact_versions").fetchall() == [(2,)]


def test_lists_and_structs_become_json_and_no_edit(case: Case) -> None:
    case.parquet(
        "contacts.parquet",
        id=[A, B],
        tags=[[], ["x", 'y "z"']],
        custom_fields=[{"tier": None, "size": None}, {"tier": "gold", "size": None}],
    )
    assert case.run() == (0, "")
    (case.folder / "contacts.parquet").unlink()
    case.lines(
        "contacts.jsonl",
        {"id": A, "tags": None, "custom_fields": {}},
        {"id": B, "tags": '["x","y \\"z\\""]', "custom_fields": {"tier": "gold"}},
    )
    code, printed = case.run()
    assert (code, "custom_fields = " in printed or "tags = " in printed) == (2, True), printed
    assert case.run('[types]\ncontacts = { tags = "text", custom_fields = "text" }') == (0, "")
    [(tags, custom_fields)] = case.merged("contacts", "tags", "custom_fields")
    assert (json.loads(tags), json.loads(custom_fields)) == (["x", 'y "z"'], {"tier": "gold"})
    assert case.verify()[0] == 0
    with duckdb.connect(case.folder.parent / "out" / "warehouse.duckdb", read_only=True) as con:
        assert con.execute("select count(*) from ledger.contact_versions").fetchall() == [(2,)]


def test_reals_become_text_without_a_point_and_no_edit(case: Case) -> None:
    case.parquet("contacts.parquet", id=[A, B], phone=[float("nan"), 5551234.0])
    assert case.run() == (0, "")
    assert case.run('[types]\ncontacts.phone = "text"') == (0, "")
    assert case.merged("contacts", "id", "phone") == [(A, "5551234")]
    assert case.verify()[0] == 0


def test_what_a_type_cannot_hold_is_rejected_and_its_row_stays(case: Case) -> None:
    case.write("contacts.csv", f"id,n,d\n{A},7.0,\n{B},7.5, \n{C},x,2026-01-02 10:00\n")
    assert case.run('[types]\ncontacts = { n = "integer", d = "date" }')[0] == 1
    assert case.merged("contacts", "id", "n", "d") == [(A, 7, None), (C, None, None)]
    assert case.rejects("contacts") == [
        ("contacts.csv", 2, "n is no integer; it counts as empty"),
        ("contacts.csv", 3, "d is no date; it counts as empty"),
        ("contacts.csv", 3, "n is no integer; it counts as empty"),
    ]
    path = case.folder.parent / "out" / "rejects" / "contacts.jsonl"
    raw = json.loads(path.read_text().splitlines()[0])["raw"]
    assert json.loads(raw) == {"id": B, "n": "7.5", "d": None}


def test_types_of_children_and_requests_upserted_too(case: Case) -> None:
    case.write("contacts.csv", CSV)
    case.write("notes.csv", f"id,contact_id,amount\n{A},{B},1.50\n{B},{B},2\n")
    case.write("merge_requests.jsonl", json.dumps(REQUEST | {"weight": "8"}))
    types = "[types]\nnotes.amount = 'decimal(18,2)'\nmerge_requests.weight = 'bigint'\n"
    assert case.run('[load]\nnotes = "upsert"') == (0, "")
    case.write("notes.csv", f"id,contact_id,amount\n{B},{B},3.1\n")
    assert case.run(f'{types}[load]\nnotes = "upsert"') == (0, "")
    assert case.merged("notes", "id", "amount") == [(A, Decimal("1.50")), (B, Decimal("3.10"))]


def test_a_type_settles_files_of_one_folder(case: Case) -> None:
    case.parquet("contacts/a.parquet", id=[A], n=[870])
    case.parquet("contacts/b.parquet", id=[B], n=["0870"])
    code, printed = case.run()
    assert (code, 'contacts.n = "text"' in printed) == (2, True), printed
    assert case.run('[types]\ncontacts.n = "text"') == (0, "")
    assert case.merged("contacts", "id", "n") == [(A, "870")]


@pytest.mark.parametrize(
    ("said", "kind", "held"),
    [
        ("0870", "integer", 870),
        ("-0", "bigint", 0),
        (" +5 ", "bigint", 5),
        ("1e3", "integer", 1000),
        ("12.50", "decimal(18,1)", Decimal("12.5")),
        ("12.34", "decimal(18,1)", None),
        (".5", "decimal(3,2)", Decimal("0.50")),
        ("1_000", "integer", None),
        ("0.1", "double", 0.1),
        ("123456789012345678.1", "double", None),
        ("1e-400", "double", None),
        ("nan", "double", None),
        ("yes", "boolean", True),
        ("maybe", "boolean", None),
        ("2026-01-02T00:00:00Z", "date", date(2026, 1, 2)),
        ("2026-01-02T01:00:00", "date", None),
        ("2026-01-02T01:00:00+02:00", "timestamp", None),
        ("2026-01-02T01:00", "timestamp", datetime(2026, 1, 2, 1)),
        ("2026-01-02 01:00:00.1234567", "timestamp", None),
        ("10:30", "time", time(10, 30)),
        (f"{{{C}}}", "uuid", UUID(C)),
        ("infinity", "date", None),
    ],
)
def test_a_cast_is_exact_or_the_value_is_rejected(case: Case, said: str, kind: str, held: Any) -> None:
    case.write("merge_requests.jsonl", "")
    case.write("contacts.csv", f'id,x\n{A},"{said}"\n')
    code, _ = case.run(f'[types]\ncontacts.x = "{kind}"')
    assert (code, case.merged("contacts", "x")) == (0 if held is not None else 1, [(held,)])


# ------------------------------------------------------------------------------------------ newest_by


def test_47_of_rows_with_one_id_the_newest_counts(case: Case) -> None:
    case.write("merge_requests.jsonl", "")
    case.lines("contacts/2026-02.jsonl", {"id": A, "email": "new", "updated_at": "2026-02-01T00:00:00Z"})
    case.lines(
        "contacts/2026-03.jsonl",
        {"id": A, "email": "old", "updated_at": "2026-02-01T00:30:00+01:00"},
        {"id": A, "email": "oldest", "updated_at": None},
        {"id": B, "email": "first", "updated_at": 5},
        {"id": B, "email": "second", "updated_at": 5.0},
    )
    assert case.passed_over('[load.contacts]\nnewest_by = "updated_at"') == 3
    assert case.merged("contacts", "id", "email") == [(A, "new"), (B, "first")]
    assert case.rejects("contacts") == []


@pytest.mark.parametrize(
    ("there", "comes", "email"),
    [
        ("2026-02-01", "2026-01-31T23:59:59Z", "there"),
        ("2026-02-01", "2026-02-01T00:00:00Z", "comes"),
        ("2026-02-01", 1767225600, "there"),
        (9, 10, "comes"),
        (99_999_999_999, 100_000_000_000, "comes"),
        ("100000000000", "99999999999.5", "there"),
        ("9", "10", "comes"),
        (10, None, "there"),
        (None, None, "comes"),
        (None, 1, "comes"),
    ],
)
def test_47_an_upsert_does_not_bring_back_an_older_row(
    case: Case, there: Any, comes: Any, email: str
) -> None:
    case.write("merge_requests.jsonl", "")
    settings = (
        '[load.contacts]\nmode = "upsert"\nnewest_by = "updated_at"\n[types]\ncontacts.updated_at = "text"'
    )
    case.lines(
        "contacts.jsonl", {"id": A, "email": "there", "updated_at": there}, {"id": B, "updated_at": "1"}
    )
    assert case.run(settings) == (0, "")
    case.lines("contacts.jsonl", {"id": A, "email": "comes", "updated_at": comes})
    assert case.passed_over(settings) == (1 if email == "there" else None)
    assert sorted(case.merged("contacts", "id", "email")) == [(A, email), (B, None)]


def test_a_column_of_newest_by_that_is_not_there_is_refused(case: Case) -> None:
    case.write("contacts.csv", CSV)
    code, printed = case.run('[load.contacts]\nnewest_by = "updated"')
    assert (code, "which the setting load.contacts.newest_by names" in printed) == (2, True), printed
