"""JSON-lines files: types by every value, JSON text byte for byte, and lines that are no rows."""

import json
import random
import string

import pytest
from contact_merge.errors import InputError
from contact_merge.load.inputs import TableInput
from contact_merge.load.json_lines import strict_object
from contact_merge.load.json_table import read_jsonl
from load_world import World, empty_world, uid

world = empty_world

A, B, C, D = (uid(n) for n in range(1, 5))


def loaded(world: World, *values: str, name: str = "x") -> tuple[str, list]:
    """Type and values of the column x, one row for each given JSON text."""
    world.json_lines(
        "contacts.jsonl",
        *(f'{{"id": "{uid(n)}", "{name}": {value}}}' for n, value in enumerate(values, start=1)),
    )
    world.load()
    return world.types("contacts")[name], world.rows(f'select "{name}" from raw.contacts')


@pytest.mark.parametrize(
    ("values", "kind", "want"),
    [
        (
            ('"2026-01-02"', '"0870"', '"1"', '"true"', '""', "null"),
            "VARCHAR",
            ["2026-01-02", "0870", "1", "true", "", None],
        ),
        ((f'"{A}"',), "VARCHAR", [A]),
        ((r'"\u00e9\n\"\\\u0000\ud83d\ude00"',), "VARCHAR", ['é\n"\\\0😀']),
        (("true", "false", "null"), "BOOLEAN", [True, False, None]),
        (("1", "-5", "null", "9223372036854775807"), "BIGINT", [1, -5, None, 2**63 - 1]),
        (("1", "18446744073709551615"), "UBIGINT", [1, 2**64 - 1]),
        (("-1", "18446744073709551615"), "HUGEINT", [-1, 2**64 - 1]),
        (("-9223372036854775809", "1"), "HUGEINT", [-(2**63) - 1, 1]),
        (("170141183460469231731687303715884105727",), "HUGEINT", [2**127 - 1]),
        (("1", "1" * 40), "VARCHAR", ["1", "1" * 40]),
        (
            ("1.5", "2", "-0.1", "1e3", "0.30000000000000004"),
            "DOUBLE",
            [1.5, 2.0, -0.1, 1000.0, 0.30000000000000004],
        ),
        (("1.10", "0.1234567890123456789"), "VARCHAR", ["1.10", "0.1234567890123456789"]),
        (("1.5", "9007199254740993"), "VARCHAR", ["1.5", "9007199254740993"]),
        (("1.5", "9007199254740992"), "DOUBLE", [1.5, 9007199254740992.0]),
        (("1.5", "1e400"), "VARCHAR", ["1.5", "1e400"]),
        (("1.5", "1e-400"), "VARCHAR", ["1.5", "1e-400"]),
        (("1E+2", "1.00000000000000000000"), "DOUBLE", [100.0, 1.0]),
        (('["a", null, "b"]', "[]", "null"), "VARCHAR[]", [["a", None, "b"], [], None]),
        (("[]", "null"), '"NULL"[]', [[], None]),
        (("[1, -2]", "[9223372036854775807]"), "BIGINT[]", [[1, -2], [2**63 - 1]]),
        (("[true]", "[null]"), "BOOLEAN[]", [[True], [None]]),
        (("[1.5, 2]", "[3]"), "DOUBLE[]", [[1.5, 2.0], [3.0]]),
        (("[1.10]", "[0.1234567890123456789 ]"), "VARCHAR", ["[1.10]", "[0.1234567890123456789 ]"]),
        (("[18446744073709551615]",), "VARCHAR", ["[18446744073709551615]"]),
        (('["a", 1]', '["b"]'), "VARCHAR", ['["a", 1]', '["b"]']),
        (("[[1]]", "[]"), "VARCHAR", ["[[1]]", "[]"]),
        (('{"b": 1.10,  "a": 1e3}', "null"), "VARCHAR", ['{"b": 1.10,  "a": 1e3}', None]),
        (
            (r'{"\u00e9": "\u00e9"}', r'"\u00e9"', "1.10", "true"),
            "VARCHAR",
            [r'{"\u00e9": "\u00e9"}', r'"\u00e9"', "1.10", "true"],
        ),
        (("null", "null"), '"NULL"', [None, None]),
        (('"a"', '["a"]'), "VARCHAR", ['"a"', '["a"]']),
        (("true", "1"), "VARCHAR", ["true", "1"]),
    ],
)
def test_a_column_has_the_type_that_holds_all_its_values_or_is_their_json_text(
    world: World, values: tuple[str, ...], kind: str, want: list
) -> None:
    assert loaded(world, *values) == (kind, want)
    assert world.rejects() == []


@pytest.mark.parametrize(
    "name", ["a b", "ü", 'quo\\"te', "back\\\\slash", "tab\\there", "select", "$.x", "s0", "line"]
)
def test_a_member_of_any_name_is_a_column(world: World, name: str) -> None:
    column = json.loads(f'"{name}"')
    world.json_lines("contacts.jsonl", f'{{"id": "{A}", "{name}": {{"k": 1.10}}, "b {name}": 5}}')
    world.load()
    assert list(world.types("contacts")) == ["id", column, "b " + column]
    quoted = column.replace('"', '""')
    assert world.rows(f'select "{quoted}", "b {quoted}" from raw.contacts') == [('{"k": 1.10}', 5)]


def test_columns_stand_in_the_order_in_which_they_first_appear(world: World) -> None:
    world.json_lines(
        "contacts.jsonl", {"id": A, "b": 1}, {"z": 1, "id": B, "a": 2, "b": 3}, {"id": C, "y": {}}
    )
    world.load()
    assert list(world.types("contacts")) == ["id", "b", "z", "a", "y"]


def test_an_absent_member_is_null(world: World) -> None:
    world.json_lines("contacts.jsonl", {"id": A, "a": {"k": 1}, "b": 1}, {"id": B})
    world.load()
    assert world.rows("select a, b from raw.contacts") == [('{"k": 1}', 1), (None, None)]


def test_of_a_member_written_twice_the_last_counts(world: World) -> None:
    world.json_lines(
        "contacts.jsonl",
        f'{{"id": "{B}", "a": 1, "o": {{"x":  1}}, "a": 2, "id": "{A}", "o": {{"x":  2.0}}}}',
        {"id": C, "a": 3},
    )
    world.load()
    assert world.rows("select id, a, o from raw.contacts") == [(A, 2, '{"x":  2.0}'), (C, 3, None)]


def test_a_number_as_id_rejects_its_row_and_leaves_the_other_ids_text(world: World) -> None:
    world.json_lines("contacts.jsonl", {"id": A}, {"id": 5}, {"id": ["x"]}, {"id": None}, {})
    world.load()
    assert world.rows("select id from raw.contacts") == [A]
    assert [row[1:] for row in world.rejects()] == [(n, "id is no UUID") for n in (2, 3, 4, 5)]


@pytest.mark.parametrize(
    "line",
    [
        "nonsense",
        "{",
        '{"id": }',
        f'{{"id": "{D}",}}',
        f'{{"id": "{D}", "x": [1,]}}',
        f'{{"id": "{D}", "x": NaN}}',
        f'{{"id": "{D}", "x": -Infinity}}',
        f'{{"id": "{D}", "x": [1.5, nan]}}',
        f'{{"id": "{D}", "x": {{"k": [inf]}}}}',
        f'{{"id": "{D}", "x": 01}}',
        f'{{"id": "{D}", "x": "\\ud800"}}',
        f'{{"id": "{D}"}} {{"id": "{D}"}}',
        f"{{'id': '{D}'}}",
        f'["{D}"]',
        '"text"',
        "5",
        "null",
        f'{{"id": "{D}", "x": "tab\there"}}',
        f'{{"id": "{D}", "x": {"[" * 5000}{"]" * 5000}}}',
    ],
)
def test_a_line_that_is_no_json_object_goes_to_the_rejects_as_it_stands(world: World, line: str) -> None:
    world.json_lines("contacts.jsonl", {"id": A, "n": 1}, "", line, {"id": B, "n": 2})
    world.load()
    assert world.rows("select id, n from raw.contacts") == [(A, 1), (B, 2)]
    assert world.rows("select file, row_number, raw from raw.rejects") == [("contacts.jsonl", 3, line)]


def test_a_line_nested_too_deep_hides_no_number_of_another(world: World) -> None:
    deep = f'{{"id": "{D}", "n": 12345678901234567.5, "x": {"[" * 5000}{"]" * 5000}}}'
    world.json_lines("contacts.jsonl", deep, f'{{"id": "{A}", "n": 1.10, "x": [[[1]]]}}')
    world.load()
    assert world.rows("select id, n, x from raw.contacts") == [(A, 1.1, "[[[1]]]")]
    assert [row[1] for row in world.rejects()] == [1]


def test_what_only_looks_like_a_fault_is_read(world: World) -> None:
    value = '"a, ] and: nan, or ,} [inf"'
    assert loaded(world, value, '{"k": "x,]", "n": ": nan"}')[1] == [value, '{"k": "x,]", "n": ": nan"}']
    assert world.rejects() == []


def test_a_line_that_is_no_utf8_goes_to_the_rejects(world: World) -> None:
    world.write(
        "contacts.jsonl", f'{{"id": "{A}"}}\n'.encode() + b'{"id": "\xff"}\n' + f'{{"id": "{B}"}}'.encode()
    )
    world.load()
    assert world.rows("select id from raw.contacts") == [A, B]
    assert world.rejects() == [("contacts.jsonl", 2, "the line is no UTF-8")]


def test_blank_lines_windows_newlines_and_a_byte_order_mark_are_fine(world: World) -> None:
    world.write(
        "contacts.jsonl", b"\xef\xbb\xbf" + f'\r\n{{"id": "{A}"}}\r\n  \n\t{{"id": "x"}}\r\n\n'.encode()
    )
    world.load()
    assert world.rows("select id from raw.contacts") == [A]
    assert world.rejects() == [("contacts.jsonl", 4, "id is no UUID")]


def test_files_of_a_folder_are_one_table_whose_columns_hold_the_values_of_all(world: World) -> None:
    world.json_lines("contacts/1.jsonl", {"id": A, "n": 1})
    world.json_lines("contacts/2.jsonl", {"id": B, "n": 2.5, "o": {}}, "broken")
    world.json_lines("contacts/3.jsonl", {"id": A, "o": 1})
    world.load()
    assert world.types("contacts") == {"id": "VARCHAR", "n": "DOUBLE", "o": "VARCHAR"}
    assert world.rows("select id, n, o from raw.contacts") == [(A, 1.0, None), (B, 2.5, "{}")]
    assert [row[:2] for row in world.rejects()] == [("contacts/2.jsonl", 2), ("contacts/3.jsonl", 1)]


def test_an_empty_file_of_children_is_a_table_without_rows(world: World) -> None:
    world.json_lines("contacts.jsonl", {"id": A})
    world.json_lines("notes.jsonl", {"id": B, "contact_id": A, "n": 1})
    world.load()
    world.write("notes.jsonl", "\n")
    world.load()
    assert world.rows("select * from raw.notes") == []
    assert world.types("notes")["n"] == "BIGINT"


def test_an_empty_file_of_contacts_is_refused_for_it_has_no_column_id(world: World) -> None:
    world.write("contacts.jsonl", "")
    with pytest.raises(InputError, match="the file is empty; the table contacts needs a column 'id'"):
        world.load()


@pytest.mark.parametrize(
    ("names", "said"),
    [(("a", "A"), "case alone"), (("_cm_x",), "begins with"), (("",), "no name"), ((" ",), "no name")],
)
def test_member_names_that_no_table_can_have_are_refused(
    world: World, names: tuple[str, ...], said: str
) -> None:
    world.json_lines("contacts.jsonl", {"id": A} | dict.fromkeys(names, 1))
    with pytest.raises(InputError, match=said):
        world.load()


@pytest.mark.long
def test_many_lines_are_read_in_their_order(world: World) -> None:
    rows = [{"id": uid(n), "n": n, "o": {"n": n}} for n in range(200_000)]
    world.json_lines("contacts.jsonl", *rows)
    world.load()
    assert world.rows(
        "select count(*), bool_and(rowid - (select min(rowid) from raw._cm_loaded_contacts) = n) from raw._cm_loaded_contacts"
    ) == [(200_000, True)]
    assert world.rows("select count(*) from raw.contacts where o = '{\"n\": ' || n || '}'") == [200_000]


def any_value(rng: random.Random, depth: int = 0) -> str:
    """The text of a JSON value in some spelling."""
    kind = rng.randrange(8 if depth < 2 else 6)
    if kind == 0:
        return rng.choice(["null", "true", "false"])
    if kind == 1:
        return str(rng.choice([0, 1, -1, 2**63, 2**64, rng.randrange(10**20), -rng.randrange(10**40)]))
    if kind == 2:
        return rng.choice(
            ["1.10", "1e5", "1E-3", "-0.0", "0.1", "12345678901234567.5", "1e400", repr(rng.random())]
        )
    if kind < 6:
        text = "".join(rng.choices(string.printable[:95] + 'é,:[]{}\\"', k=rng.randrange(8)))
        return json.dumps(text, ensure_ascii=rng.random() < 0.5)
    if kind == 6:
        return (
            "["
            + rng.choice([",", ", "]).join(any_value(rng, depth + 1) for _ in range(rng.randrange(4)))
            + "]"
        )
    names = (
        json.dumps(rng.choice(["a", "b", "é", "c d"]), ensure_ascii=rng.random() < 0.5) for _ in range(3)
    )
    return "{" + ", ".join(f"{name}: {any_value(rng, depth + 1)}" for name in names) + "}"


def any_line(rng: random.Random) -> str:
    """A line that is a JSON object, or nearly one."""
    pairs = (
        f'"{rng.choice("abcd")}"{rng.choice([":", " : "])}{any_value(rng)}' for _ in range(rng.randrange(5))
    )
    line = "{" + ",".join(pairs) + "}"
    if rng.random() < 0.4:
        place = rng.randrange(len(line))
        line = (
            line[:place]
            + rng.choice([",", "NaN", "}", '"', "", "-", "e", "\\", "[", "1", " "])
            + line[place + 1 :]
        )
    return line


@pytest.mark.parametrize("seed", range(100))
def test_any_lines_are_read_as_strict_json_with_every_value_as_it_was(world: World, seed: int) -> None:
    rng = random.Random(seed)
    lines = [any_line(rng) for _ in range(rng.choice([1, 2, 20]))]
    lines = [line for line in lines if '" "' not in line]  # a key without a name is refused
    path = world.json_lines("notes.jsonl", *lines)
    source = read_jsonl(world.con, TableInput("notes", "jsonl", (path,)), world.folder)
    names = list(source.columns)
    got = world.con.execute(source.query).fetchall() if names else []
    (part,) = source.file_scans()
    strict = [(number, strict_object(line)) for number, line in enumerate(lines, start=1) if line.strip()]
    assert [line.row for line in part.broken] == [
        number for number, found in strict if isinstance(found, str)
    ]
    rows = [found for _, found in strict if not isinstance(found, str)]
    assert names == list(dict.fromkeys(name for row in rows for name in row))
    assert len(got) == (len(rows) if names else 0)
    for row, values in zip(rows, got, strict=False):
        for name, value in zip(names, values, strict=True):
            text = row.get(name, b"null").decode()
            if text == "null":
                assert value is None
            elif name in source.json_text:
                assert value == text
            elif source.columns[name] == "VARCHAR" and not text.startswith('"'):
                assert value == text  # beside strings
            else:
                assert value == json.loads(text, parse_float=float), (name, text, source.columns[name])
