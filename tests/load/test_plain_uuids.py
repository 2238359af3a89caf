"""Ids by columns: those that are spelled as UUIDs are written have the bytes that `uuid` reads; any other is left alone."""

import random
from uuid import UUID

import numpy as np
import pyarrow as pa
import pytest
from contact_merge.ids.uuids import Bytes, hashes, uuid_array, uuid_bytes

PLAIN = "01234567-89ab-4cde-8f01-23456789abcd"
BLOCK = 8192
TYPES = {
    "text": lambda ids: pa.array(ids, pa.string()),
    "large text": lambda ids: pa.array(ids, pa.large_string()),
    "text view": lambda ids: pa.array(ids, pa.string_view()),
    "dictionary": lambda ids: pa.array(ids, pa.string()).dictionary_encode(),
    "uuid": lambda ids: pa.array([UUID(text).bytes for text in ids], pa.uuid()),
    "bytes": lambda ids: pa.array([UUID(text).bytes for text in ids], pa.binary(16)),
}


def random_ids(number: int, seed: int = 0) -> list[str]:
    bits = random.Random(seed)
    return [str(UUID(int=bits.getrandbits(128))) for _ in range(number)]


def read(ids: pa.Array) -> list[UUID]:
    """The UUIDs of ids that are all plain."""
    values = uuid_bytes(ids)
    assert values is not None
    assert values.shape == (len(ids), 16)
    return [UUID(bytes=row.tobytes()) for row in values]


def text_bytes(ids: list[str]) -> Bytes:
    values = uuid_bytes(pa.array(ids, pa.string()))
    assert values is not None
    return values


@pytest.mark.parametrize("kind", TYPES)
@pytest.mark.parametrize("number", [0, 1, 2, 1000])
def test_ids_have_the_bytes_that_uuid_reads(kind: str, number: int) -> None:
    ids = random_ids(number)
    assert read(TYPES[kind](ids)) == [UUID(text) for text in ids]


@pytest.mark.parametrize("kind", TYPES)
@pytest.mark.parametrize(("first", "number"), [(0, 3), (1, 1), (7, 20), (37, 63), (99, 1), (50, 0), (100, 0)])
def test_a_slice_has_its_own_rows(kind: str, first: int, number: int) -> None:
    ids = random_ids(100)
    part = TYPES[kind](ids).slice(first, number)
    assert read(part) == [UUID(text) for text in ids[first : first + number]]
    assert read(part.slice(number // 2)) == [UUID(text) for text in ids[first + number // 2 : first + number]]


@pytest.mark.parametrize("kind", TYPES)
def test_a_slice_beside_a_missing_id_is_read(kind: str) -> None:
    ids = random_ids(4)
    whole = pa.concat_arrays([TYPES[kind](ids[:2]), pa.nulls(1, TYPES[kind](ids).type), TYPES[kind](ids[2:])])
    assert uuid_bytes(whole) is None
    assert uuid_bytes(whole.slice(1, 3)) is None
    assert read(whole.slice(0, 2)) == [UUID(text) for text in ids[:2]]
    assert read(whole.slice(3)) == [UUID(text) for text in ids[2:]]


def test_a_slice_beside_an_odd_id_is_read() -> None:
    ids = random_ids(3)
    whole = pa.array([ids[0], "x", ids[1], PLAIN.upper(), ids[2]])
    assert [uuid_bytes(whole.slice(first, 2)) for first in range(4)] == [None] * 4
    assert [read(whole.slice(first, 1)) for first in (0, 2, 4)] == [[UUID(text)] for text in ids]


@pytest.mark.parametrize("number", [BLOCK - 1, BLOCK, BLOCK + 1, 3 * BLOCK, 3 * BLOCK + 5])
def test_blocks_are_read_one_after_the_other_to_the_last_row(number: int) -> None:
    ids = random_ids(number)
    assert read(pa.array(ids)) == [UUID(text) for text in ids]
    for fault in (ids[-1].upper().replace("0", "A"), ids[-1].replace("-", "0"), f"{ids[-1][:-1]}g", "x" * 36):
        assert uuid_bytes(pa.array([*ids[:-1], fault])) is None
    assert uuid_bytes(pa.array([*ids[:-1], None])) is None


ODD = {
    "upper case": PLAIN.upper(),
    "one upper-case digit": PLAIN.replace("b", "B", 1),
    "braces": f"{{{PLAIN}}}",
    "braces in its length": f"{{{PLAIN[1:-1]}}}",
    "no hyphens": PLAIN.replace("-", ""),
    "no hyphens in its length": PLAIN.replace("-", "") + "0000",
    "urn": f"urn:uuid:{PLAIN}",
    "spaces": f" {PLAIN} ",
    "a space for a digit": f" {PLAIN[1:]}",
    "a character less": PLAIN[:-1],
    "a character more": f"{PLAIN}0",
    "blank": "",
    "36 spaces": " " * 36,
    "36 hyphens": "-" * 36,
    "a digit of two bytes": PLAIN[:-2] + "é",
    "36 characters, more bytes": PLAIN[:-1] + "é",
    "full-width digits": PLAIN[:-3] + "\N{FULLWIDTH DIGIT ONE}",
    "zero byte": PLAIN[:-1] + "\0",
    **{f"a hyphen more at {n}": f"{PLAIN[:n]}-{PLAIN[n + 1 :]}" for n in (0, 7, 9, 14, 17, 22, 24, 35)},
    **{f"no hyphen at {n}": f"{PLAIN[:n]}0{PLAIN[n + 1 :]}" for n in (8, 13, 18, 23)},
    **{f"hyphen after {n}": f"{PLAIN[:n]}{PLAIN[n + 1]}-{PLAIN[n + 2 :]}" for n in (8, 13, 18, 23)},
    **{f"hyphen before {n}": f"{PLAIN[: n - 1]}-{PLAIN[n - 1]}{PLAIN[n + 1 :]}" for n in (8, 13, 18, 23)},
}
DIGITS_AT = [n for n in range(36) if n not in (8, 13, 18, 23)]


@pytest.mark.parametrize("spelling", ODD)
def test_an_id_that_is_spelled_otherwise_is_left_alone(spelling: str) -> None:
    assert ODD[spelling] != PLAIN
    assert uuid_bytes(pa.array([PLAIN, PLAIN])) is not None
    assert uuid_bytes(pa.array([ODD[spelling]])) is None
    assert uuid_bytes(pa.array([PLAIN, ODD[spelling], PLAIN])) is None


@pytest.mark.parametrize("character", ["/", ":", "`", "g", "@", "A", "F", "G", "-", "\x7f", "\0"])
def test_a_character_beside_the_digits_is_none_at_any_place(character: str) -> None:
    """Those before 0 and after 9, before a and after f, and their like in large letters."""
    for place in DIGITS_AT:
        assert uuid_bytes(pa.array([f"{PLAIN[:place]}{character}{PLAIN[place + 1 :]}"])) is None


@pytest.mark.parametrize("digit", "09af")
def test_the_ends_of_the_digits_are_digits_at_any_place(digit: str) -> None:
    for place in DIGITS_AT:
        text = f"{PLAIN[:place]}{digit}{PLAIN[place + 1 :]}"
        assert read(pa.array([text])) == [UUID(text)]


@pytest.mark.parametrize("first", [PLAIN[:-1], f"{PLAIN}0"])
def test_lengths_that_only_add_up_are_seen(first: str) -> None:
    second = f"{PLAIN}0" if len(first) == 35 else PLAIN[:-1]
    assert len(first + second) == 72
    assert uuid_bytes(pa.array([first, second])) is None


@pytest.mark.parametrize("kind", [pa.string(), pa.large_string(), pa.uuid()])
def test_a_missing_id_is_left_alone(kind: pa.DataType) -> None:
    assert uuid_bytes(pa.nulls(1, kind)) is None
    assert uuid_bytes(pa.nulls(3, kind)) is None


def test_equal_ids_have_equal_hashes_whatever_their_type_and_others_have_others() -> None:
    ids = random_ids(20_000)
    found = hashes(text_bytes(ids))
    of_uuids = uuid_bytes(TYPES["uuid"](ids).slice(5))
    assert of_uuids is not None
    assert (hashes(of_uuids) == found[5:]).all()
    assert (hashes(text_bytes(ids[::-1])) == found[::-1]).all()
    assert len(np.unique(found)) == len(ids)
    assert len(hashes(text_bytes([]))) == 0


def test_ids_that_ascend_have_hashes_of_their_own() -> None:
    ascending = [str(UUID(int=(4 << 76) + number)) for number in range(20_000)]
    in_front = [str(UUID(int=number << 96)) for number in range(20_000)]
    for ids in (ascending, in_front):
        assert len(np.unique(hashes(text_bytes(ids)))) == len(ids)


@pytest.mark.parametrize("number", [0, 1, 100])
def test_bytes_become_uuids_for_duckdb(number: int) -> None:
    ids = random_ids(number)
    array = uuid_array(text_bytes(ids))
    assert array.type == pa.uuid()
    assert [str(value) for value in array.to_pylist()] == ids
    assert [str(value) for value in uuid_array(text_bytes(ids)[::2]).to_pylist()] == ids[::2]
