"""Each type of ids: what is an id, and that Python, Polars, SQL and the columnar reading agree on any text."""

import random
from decimal import Decimal
from pathlib import Path
from uuid import UUID

import duckdb
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from contact_merge.ids import ID_TYPES, WHITE_SPACE, IdType, Key, find_fitting
from contact_merge.ids.salesforce import checksum, checksum_in_sql
from contact_merge.load.keys import find_non_standard_uuids, make_macros

TYPES = ("uuid", "integer", "text", "salesforce")
A_UUID = "69e9ced1-b0a9-5a15-bc15-3c4ebc9e85cf"
SHORT = "001D000000IqhSL"
IDS: dict[str, dict[str, Key]] = {
    "uuid": {A_UUID: UUID(A_UUID), f" {{{A_UUID.upper()}}}\n": UUID(A_UUID)},
    "integer": {
        "42": 42,
        " 042": 42,
        "42.0": 42,
        "42.000": 42,
        "+42": 42,
        "-7": -7,
        "-0": 0,
        "000": 0,
        "\u3000\t7\u2029": 7,
        "0" * 5000 + "1": 1,
        "9223372036854775807": 2**63 - 1,
        "-9223372036854775808": -(2**63),
    },
    "text": {
        "a": "a",
        "A": "A",
        "a b": "a b",
        " \u3000x@example.com\x1c": "x@example.com",
        "7.0": "7.0",
        "007": "007",
        "\u200b": "\u200b",
        "é": "é",
        "e\u0301": "e\u0301",
    },
    "salesforce": {
        SHORT: SHORT,
        SHORT + "IAZ": SHORT,
        f"\n{SHORT}IAZ ": SHORT,
        SHORT.lower(): SHORT.lower(),
        SHORT.lower() + "AAA": SHORT.lower(),
        "0" * 15: "0" * 15,
    },
}
NONE = {
    "uuid": ["", " ", "42", A_UUID[1:], "x" * 36],
    "integer": [
        "", " ", "x", "4 2", "4_2", "42.", ".0", "42.5", "4e1", "0x2a", "٣", "４２", "−7", "--7", "+-7", "4\x002", "1,000",
        "9223372036854775808", "-9223372036854775809", "9" * 40, "nan", "true", "42\u200b",
    ],
    "text": ["", " ", WHITE_SPACE],
    "salesforce": [
        "", SHORT[1:], SHORT + "I", SHORT + "IA", SHORT + "IAz", SHORT + "iaz", SHORT + "IA0", SHORT + "IAZA", SHORT[:-1] + "-",
        SHORT[:-1] + "é", SHORT[:7] + " " + SHORT[7:], SHORT.lower() + "IAZ",
    ],
}  # fmt: skip


@pytest.fixture(scope="module")
def con() -> duckdb.DuckDBPyConnection:
    con = duckdb.connect()
    for id_type in ID_TYPES.values():
        make_macros(con, id_type)
    return con


def read_by_sql(
    con: duckdb.DuckDBPyConnection, id_type: IdType, kind: str, values: pa.Array
) -> list[Key | None]:
    """The keys of a column that DuckDB has as a type."""
    con.register("given", pa.table({"n": range(len(values)), "x": values}))
    key = id_type.expression("x", kind)
    query = f"select {key} from (select n, cast(x as {kind}) as x from given) order by n"
    return [row[0] for row in con.execute(query).fetchall()]


@pytest.mark.parametrize("name", TYPES)
def test_what_is_an_id_and_what_is_none(con: duckdb.DuckDBPyConnection, name: str) -> None:
    id_type = ID_TYPES[name]
    due = {**IDS[name], **dict.fromkeys(NONE[name])}
    assert {text: id_type.value(text) for text in due} == due
    assert read_by_sql(con, id_type, "VARCHAR", pa.array(due)) == list(due.values())


@pytest.mark.parametrize("name", TYPES)
def test_null_is_no_id(con: duckdb.DuckDBPyConnection, name: str) -> None:
    id_type = ID_TYPES[name]
    assert read_by_sql(con, id_type, "VARCHAR", pa.array([None, "x"], pa.string()))[0] is None
    assert id_type.key_texts(pl.Series([None], dtype=pl.String)).to_list() == [None]
    assert id_type.plain_keys(pa.array([None], pa.string())) is None


def test_the_checksum_is_that_of_known_ids(con: duckdb.DuckDBPyConnection) -> None:
    known = {
        SHORT: "IAZ",
        "a" * 15: "AAA",
        "A" * 15: "555",
        "Aaaaa" * 3: "BBB",
        "aaaaA" * 3: "QQQ",
        "0" * 15: "AAA",
    }
    assert {first: checksum(first) for first in known} == known
    for first, last in known.items():
        assert con.execute(f"select {checksum_in_sql(repr(first))}").fetchall() == [(last,)]


def hostile(rng: random.Random, name: str) -> str:
    """A text that is an id, or nearly one."""
    text = list(rng.choice([*IDS[name], *NONE[name]]))
    for _ in range(rng.randrange(4)):
        place = rng.randrange(len(text) + 1)
        marks = [*WHITE_SPACE, *"0123456789+-._eExXaAzZ5@[]{};,\x00\u200b٣é😀", "", "IAZ", ".0"]
        text[place : place + rng.randrange(2)] = rng.choice(marks)
    return "".join(text)


@pytest.mark.parametrize("name", TYPES)
def test_python_polars_and_sql_read_the_same_of_any_text(con: duckdb.DuckDBPyConnection, name: str) -> None:
    rng = random.Random(name)
    id_type = ID_TYPES[name]
    texts = sorted({hostile(rng, name) for _ in range(20_000)} | set(WHITE_SPACE))
    python = [id_type.value(text) for text in texts]
    assert 300 < sum(key is not None for key in python) <= len(texts) - len(WHITE_SPACE)
    polars = id_type.key_texts(pl.Series(texts)).to_list()
    sql = read_by_sql(con, id_type, "VARCHAR", pa.array(texts, pa.string()))
    if name == "uuid":
        con.register("texts", pa.table({"x": texts}))
        find_non_standard_uuids(con, [("texts", "x")])
        others = dict(con.execute("select spelled, value from non_standard_uuids").fetchall())
        sql = [key or others.get(text) for text, key in zip(texts, sql, strict=True)]
    wrong = [
        (text, keys)
        for text, *keys in zip(
            texts, [None if k is None else str(k) for k in python], polars, sql, strict=True
        )
        if not keys[0] == keys[1] == (None if keys[2] is None else str(keys[2]))
    ]
    assert wrong == []


@pytest.mark.parametrize("name", TYPES)
def test_plain_are_the_ids_that_are_spelled_as_sql_spells_their_keys(
    con: duckdb.DuckDBPyConnection, name: str
) -> None:
    rng = random.Random(name)
    id_type = ID_TYPES[name]
    texts = sorted({hostile(rng, name) for _ in range(20_000)})
    pairs = [(text, key) for text in texts if (key := id_type.value(text)) is not None]
    con.register("given", pa.table({"n": range(len(pairs)), "key": [str(key) for _, key in pairs]}))
    spelled = f"select {id_type.plain_text(f'cast(key as {id_type.key_type})')} from given order by n"
    plain = {
        text
        for (text, _), (spelling,) in zip(pairs, con.execute(spelled).fetchall(), strict=True)
        if text == spelling
    }
    assert {text for text in texts if id_type.plain_keys(pa.array([text])) is not None} == plain
    assert len(plain) > 20
    rows = pa.array(["", *sorted(plain), ""])[1:-1]
    keys = id_type.plain_keys(rows)
    assert keys is not None
    assert keys.type == id_type.arrow_type
    assert [id_type.value(text) for text in rows.to_pylist()] == [as_key(key) for key in keys.to_pylist()]
    hashes = id_type.hashes(keys)
    assert len(set(hashes.tolist())) == len(keys)
    again = id_type.plain_keys(pa.array(rows.to_pylist()[5:], pa.large_string()).dictionary_encode())
    assert again is not None
    assert id_type.hashes(again).tolist() == hashes.tolist()[5:]


def as_key(key: Key | bytes) -> Key:
    return UUID(bytes=key) if isinstance(key, bytes) else key


@pytest.mark.parametrize("name", TYPES)
def test_there_may_be_no_rows(name: str) -> None:
    id_type = ID_TYPES[name]
    keys = id_type.plain_keys(pa.array([], pa.string()))
    assert keys is not None
    assert (len(keys), len(id_type.hashes(keys))) == (0, 0)


NUMBERS = {
    "BIGINT": ([42, -(2**63), None], [42, -(2**63), None], ["42", "-9223372036854775808", None]),
    "UTINYINT": ([7, 0], [7, 0], ["7", "0"]),
    "UBIGINT": ([7, 2**64 - 1], [7, None], ["7", "18446744073709551615"]),
    "DOUBLE": (
        [42.0, -0.0, 2.0**53, 2.0**53 + 2, 4.5, float("nan"), float("-inf"), 1e300],
        [42, 0, 2**53, None, None, None, None, None],
        ["42", "0", "9007199254740992", "9007199254740994.0", "4.5", None, "-inf", "1e+300"],
    ),
    "FLOAT": ([42.0, 2.0**24, 2.0**24 + 2], [42, 2**24, None], ["42", "16777216", "16777218"]),
    "DECIMAL(18,2)": ([Decimal("42.00"), Decimal("42.50")], [42, None], ["42.00", "42.50"]),
    "DECIMAL(38,0)": ([Decimal(2**63 - 1), Decimal(2**63)], [2**63 - 1, None], [str(2**63 - 1), str(2**63)]),
    "DECIMAL(2,2)": ([Decimal("0.00"), Decimal("0.50")], [0, None], [".00", ".50"]),
    "BOOLEAN": ([True], [None], ["true"]),
    "VARCHAR[]": ([["a"], []], [None, None], [None, None]),
}  # fmt: skip


@pytest.mark.parametrize("kind", NUMBERS)
def test_columns_of_other_types_than_text(con: duckdb.DuckDBPyConnection, kind: str) -> None:
    values, integers, texts = NUMBERS[kind]
    types = {"UBIGINT": pa.uint64(), "UTINYINT": pa.uint8(), "FLOAT": pa.float32()}
    column = pa.array(values, types.get(kind))
    assert read_by_sql(con, ID_TYPES["integer"], kind, column) == integers
    assert read_by_sql(con, ID_TYPES["text"], kind, column) == texts
    assert read_by_sql(con, ID_TYPES["salesforce"], kind, column) == [None] * len(values)


@pytest.mark.parametrize(
    ("name", "keys"), [("integer", [None, None, 420, 0]), ("text", [None, None, "420", "0"])]
)
def test_nan_beside_numbers_of_a_file_is_no_id(tmp_path: Path, name: str, keys: list[Key | None]) -> None:
    values = pa.array([None, float("nan"), 420.0, 0.0])
    pq.write_table(pa.table({"x": values}), tmp_path / "x.parquet")
    rows = duckdb.sql(
        f"select {ID_TYPES[name].expression('x', 'DOUBLE')} from read_parquet('{tmp_path}/x.parquet')"
    )
    assert [key for (key,) in rows.fetchall()] == keys


@pytest.mark.parametrize(
    "kind", [pa.int8(), pa.int16(), pa.int32(), pa.int64(), pa.uint8(), pa.uint16(), pa.uint32()]
)
def test_columns_of_whole_numbers_are_plain(kind: pa.DataType) -> None:
    keys = ID_TYPES["integer"].plain_keys(pa.array([1, 42, 0, 7], kind)[1:3])
    assert keys is not None
    assert (keys.type, keys.to_pylist()) == (pa.int64(), [42, 0])


def test_text_that_is_no_utf_8_is_an_error() -> None:
    with pytest.raises(pa.ArrowInvalid):
        ID_TYPES["text"].plain_keys(pa.array([b"a\xffb"]).view(pa.string()))


BEGINNINGS = {
    "uuid": ({A_UUID[:6]: A_UUID, A_UUID[:20].upper(): A_UUID}, [A_UUID[:5], "xyzxyz"]),
    "salesforce": (
        {SHORT[:6]: SHORT, SHORT[:14]: SHORT, SHORT + "I": SHORT, SHORT + "IA": SHORT},
        [SHORT[:5], SHORT[:6] + "-", SHORT + "X", "００１D00"],
    ),
    "integer": ({}, ["123456"]),
    "text": ({}, ["abcdef"]),
}


@pytest.mark.parametrize("name", BEGINNINGS)
def test_a_beginning_gives_the_range_of_the_ids_that_begin_so(name: str) -> None:
    id_type = ID_TYPES[name]
    beginnings, none = BEGINNINGS[name]
    for beginning, whole in beginnings.items():
        found, key = id_type.beginning(beginning), id_type.value(whole)
        assert found is not None
        assert found.least <= key <= found.greatest  # pyright: ignore[reportOperatorIssue]
    if name == "salesforce":
        assert id_type.beginning(" 001D00") == ("001D00", "001D00000000000", "001D00zzzzzzzzz")
    assert [id_type.beginning(text) for text in none] == [None] * len(none)


def test_the_type_that_fits_is_the_narrowest() -> None:
    uuid, integer, text, salesforce = (ID_TYPES[name] for name in TYPES)
    assert find_fitting(["1", "2"], but=uuid) is integer
    assert find_fitting([SHORT], but=uuid) is salesforce
    assert find_fitting([SHORT, "a@b"], but=uuid) is text
    assert find_fitting([A_UUID], but=integer) is uuid
    assert find_fitting([], but=uuid) is None
    assert find_fitting([""], but=uuid) is None
