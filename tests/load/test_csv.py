"""CSV files: text as it is spelled, and lines that cannot be rows."""

import csv
import io
import random
from pathlib import Path

import pytest
from contact_merge.errors import InputError
from contact_merge.load.csv_table import read_csv
from contact_merge.load.inputs import TableInput
from contact_merge.reading import CsvKeys
from load_world import World, empty_world, uid

world = empty_world

A, B, C, D = (uid(n) for n in range(1, 5))


def loaded(world: World, content: str | bytes, columns: str = "*exclude (_cm_key, _cm_into, _cm_id)") -> list:
    world.write("contacts.csv", content)
    world.load()
    return world.rows(f"select {columns} from raw.contacts")


def test_every_cell_stays_text_as_it_is_spelled(world: World) -> None:
    rows = loaded(world, f"id,postcode,n,when,t\n{A},0870,1.10,2026-01-02,true\n")
    assert rows == [(A, "0870", "1.10", "2026-01-02", "true")]
    assert set(world.types("contacts").values()) == {"VARCHAR"}


def test_an_empty_cell_is_null_quoted_or_not_and_white_space_is_text(world: World) -> None:
    assert loaded(world, f'id,a,b,c\n{A},,""," "\n') == [(A, None, None, " ")]


def test_cells_may_hold_quotes_commas_and_newlines(world: World) -> None:
    assert loaded(world, f'id,a,b\n{A},"x ""y"", z","one\ntwo\r\nthree"\n', "a, b") == [
        ('x "y", z', "one\ntwo\r\nthree")
    ]


def test_a_byte_order_mark_is_no_part_of_the_first_column(world: World) -> None:
    loaded(world, b"\xef\xbb\xbf" + f"id,a\n{A},1\n".encode())
    assert list(world.types("contacts")) == ["id", "a"]


def test_windows_newlines_and_a_missing_last_newline_are_fine(world: World) -> None:
    assert loaded(world, f"id,a\r\n{A},1\r\n{B},2", "a") == ["1", "2"]


def test_newlines_of_two_kinds_are_fine(world: World) -> None:
    assert loaded(world, f"id,a\n{A},1\r\n{B},2\n{C},3\r{D},\n", "a") == ["1", "2", "3", None]


def test_the_order_of_columns_and_rows_is_that_of_the_file(world: World) -> None:
    assert loaded(world, f"z,id,a\n1,{B},2\n3,{A},4\n") == [("1", B, "2"), ("3", A, "4")]


def test_column_names_of_any_spelling_are_kept(world: World) -> None:
    loaded(world, f'"a ""b"", c",id,"select","ü","two\nlines"\n1,{A},2,3,4\n')
    assert list(world.types("contacts")) == ['a "b", c', "id", "select", "ü", "two\nlines"]


def test_ragged_lines_go_to_the_rejects_and_the_rest_goes_on(world: World) -> None:
    rows = loaded(world, f"id,a\n{A},1\n{B}\n{C},2,3\n{D},4\n", "a")
    assert rows == ["1", "4"]
    assert world.rejects() == [
        ("contacts.csv", 2, "the line has fewer cells than the header"),
        ("contacts.csv", 3, "the line has more cells than the header"),
    ]
    assert world.rows("select raw from raw.rejects order by row_number") == [B, f"{C},2,3"]


@pytest.mark.parametrize("more", ["", f'{C},"x"y\n'], ids=["fast", "careful"])
def test_commas_behind_the_last_cell_are_no_cells(world: World, more: str) -> None:
    assert loaded(world, f"id,a\n{A},1,\n{B},2,,\n{more}", "a") == ["1", "2"]


def test_the_row_number_counts_records_not_lines_and_no_blank_line(world: World) -> None:
    rows = loaded(world, f'id,a\n{A},"1\n1"\n\n{B}\n\n\nnope,2\n', "a")
    assert rows == ["1\n1"]
    assert world.rejects() == [
        ("contacts.csv", 2, "the line has fewer cells than the header"),
        ("contacts.csv", 3, "id is no UUID"),
    ]


def test_a_quote_that_is_never_closed_breaks_its_line_only(world: World) -> None:
    rows = loaded(world, f'id,a\n{A},1\n{B},"2\n{C},3\n{D},"4"\n', "a")
    assert rows == ["1", "3", "4"]
    assert world.rejects() == [("contacts.csv", 2, "the quotes of the line do not match")]
    assert world.rows("select raw from raw.rejects") == [f'{B},"2']


def test_text_behind_a_closing_quote_breaks_the_line(world: World) -> None:
    assert loaded(world, f'id,a\n{A},"1"x\n{B},2\n', "a") == ["2"]
    assert world.rejects() == [("contacts.csv", 1, "the quotes of the line do not match")]


@pytest.mark.parametrize("more", ["", f'{C},"x"y,\n'], ids=["fast", "careful"])
@pytest.mark.parametrize(
    ("cells", "read"),
    [
        ('"x, y",2', ("x, y", "2")),
        (' "x, y" ,2', ("x, y", "2")),
        ('"x ""y"""  , "2"  ', ('x "y"', "2")),
        (' "one\ntwo" ,2', ("one\ntwo", "2")),
        ('  "x", 2 ', ('  "x"', " 2 ")),
        (' "Big" Joe,"a, ""b"""', (' "Big" Joe', 'a, "b"')),
        (' "",""', (None, None)),
    ],
)
def test_blanks_beside_quotes_are_no_part_of_a_cell(
    world: World, cells: str, read: tuple[str | None, str | None], more: str
) -> None:
    assert loaded(world, f"id,a,b\n{A},{cells}\n{more}", "a, b") == [read]


def test_a_quote_inside_a_bare_cell_is_text(world: World) -> None:
    assert loaded(world, f'id,a\n{A},5" pipe\n', "a") == ['5" pipe']


@pytest.mark.parametrize("more", ["", "\n", f'{C},"x"y\n'], ids=["fast", "blank line", "careful"])
def test_a_line_that_is_no_utf8_goes_to_the_rejects(world: World, more: str) -> None:
    assert loaded(
        world, f"id,a\n{A},1\n{B},".encode() + b"\xff\xfe\n" + more.encode() + f"{D},4\n".encode(), "a"
    ) == [
        "1",
        "4",
    ]
    assert ("contacts.csv", 2, "the line is no UTF-8") in world.rejects()


def test_a_cell_of_megabytes_is_read(world: World) -> None:
    assert loaded(world, f"id,a\n{A},{'x' * 5_000_000}\n{B},2\n", "length(a)") == [5_000_000, 1]


def test_a_blank_line_in_a_file_of_one_column_is_no_row(world: World) -> None:
    assert loaded(world, f"id\n{A}\n\n{B}\n\n", "id") == [A, B]
    assert world.rejects() == []


def test_a_file_with_a_header_only_is_an_empty_table_with_these_columns(world: World) -> None:
    assert loaded(world, "id,a\n") == []
    assert world.types("contacts") == {"id": "VARCHAR", "a": "VARCHAR"}


def test_blank_lines_before_the_header_are_passed_over(world: World) -> None:
    assert loaded(world, f"\n\nid,a\n{A},1\n", "a") == ["1"]


def test_files_of_a_folder_are_united_by_column_name(world: World) -> None:
    world.write("contacts/1.csv", f"id,a\n{A},1\n")
    world.write("contacts/2.csv", f"b,id\n2,{B}\nx,nope\n")
    world.write("contacts/3.csv", f'id,a\n{C},"3\r\n"\n{D},4\rbad,"x"y\n')
    world.load()
    assert world.rows("select * exclude (_cm_key, _cm_into, _cm_id) from raw.contacts") == [
        (A, "1", None),
        (B, None, "2"),
        (C, "3\r\n", None),
        (D, "4", None),
    ]
    assert world.rejects() == [
        ("contacts/2.csv", 2, "id is no UUID"),
        ("contacts/3.csv", 3, "the quotes of the line do not match"),
    ]


@pytest.mark.parametrize(
    ("header", "said"),
    [
        ("id,a,a", "'a' is there twice"),
        ("id,a,A", "'A' differs from 'a' in case alone"),
        ("id,_cm_key", "'_cm_key' begins with"),
        ("name", "needs a column 'id'; it has 'name'"),
        ("id;name", "its cells are separated by ';'; write it with commas"),
        ("id\tname", r"its cells are separated by '\\t'; write it with commas"),
    ],
)
def test_column_names_that_no_table_can_have_are_refused(world: World, header: str, said: str) -> None:
    world.write("contacts.csv", header + "\n")
    with pytest.raises(InputError, match=said) as error:
        world.load()
    assert str(error.value).startswith("contacts.csv: ")


@pytest.mark.parametrize("content", [b"\xff\xfei\x00d\x00", b'"id\n', b""])
def test_a_file_without_a_readable_header_is_refused(world: World, content: bytes) -> None:
    world.write("contacts.csv", content)
    with pytest.raises(InputError, match=r"contacts\.csv"):
        world.load()


def test_a_file_without_any_line_is_an_empty_table_of_children(world: World) -> None:
    world.write("contacts.csv", f"id\n{A}\n")
    world.write("notes.csv", f"id,contact_id,body\n{B},{A},x\n")
    world.load()
    world.write("notes.csv", "")
    world.load()
    assert world.rows("select * from raw.notes") == []


def test_names_with_glob_characters_quotes_and_spaces_read_that_file_alone(
    world: World, tmp_path: Path
) -> None:
    odd = tmp_path / 'we*ird [x] o\'clock "q" {a,b} \\d'
    odd.mkdir()
    (tmp_path / "weXird x o'clock").mkdir()
    world.folder = odd
    world.write("notes/a*.csv", f"id,contact_id\n{A},{A}\n")
    world.write("notes/ab.csv", f"id,contact_id\n{B},{A}\n")
    world.write("contacts.csv", f"id\n{A}\n")
    world.load()
    assert world.rows("select id from raw.notes") == [A, B]


def broken_by_chance(rng: random.Random) -> str:
    """A CSV whose records have quotes and newlines, some of it broken."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator=rng.choice(["\n", "\r\n"]))
    writer.writerow(["id", "a", "b"])
    for number in range(rng.randint(1, 12)):
        cells = ["".join(rng.choices('ab",\n\r é', k=rng.randint(0, 6))) for _ in range(2)]
        writer.writerow([uid(number), *cells])
    text = list(out.getvalue())
    for _ in range(rng.choice([0, 0, 1, 3])):
        text[rng.randrange(10, len(text))] = rng.choice(['"', ",", "\n", "x"])
    return "".join(text)


def by_pythons_csv(text: str) -> list[list[str | None]] | None:
    """What Python's csv module reads; None where it finds the file broken."""
    try:
        _, *rows = [row for row in csv.reader(io.StringIO(text, newline=""), strict=True) if any(row)]
    except (csv.Error, ValueError):
        return None
    rows = [row if any(row[3:]) else row[:3] for row in rows]
    return [[cell or None for cell in row] for row in rows] if all(len(row) == 3 for row in rows) else None


@pytest.mark.parametrize("seed", range(60))
def test_any_file_is_read_as_pythons_csv_module_reads_it(world: World, seed: int) -> None:
    rng = random.Random(seed)
    for _ in range(5):
        text = broken_by_chance(rng)
        path = world.write("notes.csv", text)
        source = read_csv(world.con, TableInput("notes", "csv", (path,)), world.folder)
        got = [list(row) for row in world.rows(source.query)]
        (part,) = source.file_scans()
        assert part.rows == len(got)
        want = by_pythons_csv(text)
        if want is None:
            assert part.broken, text
        else:
            assert got == want, text
            assert not part.broken, text


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_rows_behind_a_separator_are_read_whatever_its_line_ends_with(world: World, newline: str) -> None:
    """Behind `sep=;\\r\\n` no row was read of a file with plain newlines, and nothing said so."""
    assert loaded(world, f"sep=;{newline}id;n\n{A};x\n{B};y\n", "id, n") == [(A, "x"), (B, "y")]


def test_a_line_with_half_a_character_is_rejected(world: World) -> None:
    """An encoding that names halves of characters was a traceback."""
    path = world.write("notes.csv", "id,n\n1,a\\ud800\n2,b\n")
    keys = {"": CsvKeys(encoding="unicode_escape")}
    source = read_csv(world.con, TableInput("notes", "csv", (path,)), world.folder, keys)
    assert world.rows(source.query) == [("2", "b")]
    assert [line.raw for scan in source.file_scans() for line in scan.broken] == ["1,a\ufffd"]


@pytest.mark.parametrize("name", [' "n" x', ' "n"', 'n "x"', '"n"" x"'])
def test_rows_below_a_name_with_quotes_are_read(world: World, name: str) -> None:
    """Below `id, "n" x` no row was read, and nothing said so."""
    assert loaded(world, f"id,{name}\n{A},x\n{B},y\n") == [(A, "x"), (B, "y")]
