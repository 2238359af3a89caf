"""merge_requests and api_keys: read into columns of our own types from any format."""

import datetime as dt
from typing import Any

import pyarrow as pa
import pytest
from contact_merge.errors import InputError
from load_world import World, empty_world, uid

world = empty_world

A, B, C = (uid(n) for n in range(1, 4))
T = "2026-01-02T03:04:05Z"
AT = dt.datetime(2026, 1, 2, 3, 4, 5, tzinfo=dt.UTC)
BASE = {"request_id": "r", "primary_id": A, "duplicate_ids": [B], "requested_at": T}
COLUMNS = (
    "request_id, primary_id, duplicate_ids, duplicates_readable, overwrite, overwrite_readable, "
    "dry_run, dry_run_readable, idempotency_key, api_key_id, requested_at"
)


def request(world: World, **fields: Any) -> dict[str, Any]:
    """The one request that a JSON line gives."""
    world.json_lines("merge_requests.jsonl", BASE | fields)
    world.load()
    (row,) = world.rows(f"select {COLUMNS} from new_requests")
    return dict(zip(COLUMNS.split(", "), row, strict=True))


WANT = (A, [B, C], True, True, True, False, True, "k", None, AT, 5)


def test_all_formats_give_the_same_requests_and_bodies(world: World) -> None:
    row = BASE | {"duplicate_ids": [B, C], "overwrite": True, "idempotency_key": "k", "why": 5}
    hashes = []
    for write in (
        lambda: world.json_lines("merge_requests.jsonl", row),
        lambda: world.parquet("merge_requests.parquet", pa.Table.from_pylist([row | {"requested_at": AT}])),
        lambda: world.write(
            "merge_requests.csv",
            "request_id,primary_id,duplicate_ids,overwrite,requested_at,idempotency_key,why\n"
            f'r,{A},"[""{B}"", ""{C}""]",TRUE,2026-01-02 03:04:05,k,5\n',
        ),
    ):
        path = write()
        world.load()
        path.unlink()
        assert world.rows(
            "select primary_id, duplicate_ids, duplicates_readable, overwrite, overwrite_readable, dry_run, "
            "dry_run_readable, idempotency_key, api_key_id, requested_at, cast(why as int) from new_requests"
        ) == [WANT]
        hashes += world.rows("select body_hash from new_requests")
    assert len(set(hashes)) == 1


def test_without_merge_requests_there_are_none(world: World) -> None:
    world.write("contacts.csv", f"id\n{A}\n")
    world.load()
    assert world.rows("select * from new_requests") == []


@pytest.mark.parametrize("content", ["", "\n"])
def test_an_empty_file_of_requests_holds_none(world: World, content: str) -> None:
    world.write("merge_requests.jsonl", content)
    world.load()
    assert world.rows("select * from new_requests") == []


@pytest.mark.parametrize(
    ("value", "want"),
    [
        (True, (True, True)),
        (False, (False, True)),
        (None, (False, True)),
        (1, (True, True)),
        (0, (False, True)),
        ("TRUE", (True, True)),
        (" false ", (False, True)),
        ("1", (True, True)),
        ("", (False, True)),
        ("maybe", (False, False)),
        (2, (False, False)),
        ([True], (False, False)),
        ({"a": 1}, (False, False)),
    ],
)
@pytest.mark.parametrize("flag", ["overwrite", "dry_run"])
def test_a_flag_that_cannot_be_read_is_reported(
    world: World, flag: str, value: Any, want: tuple[bool, bool]
) -> None:
    row = request(world, **{flag: value})
    assert (row[flag], row[f"{flag}_readable"]) == want


@pytest.mark.parametrize(
    ("value", "want", "readable"),
    [
        ([B, C], [B, C], True),
        ([], [], True),
        (None, None, True),
        ([B, 5, None, {"a": 1}, True, [C]], [B, "5", None, '{"a":1}', "true", f'["{C}"]'], True),
        ([10**31, B], [None, B], True),
        ([10**30 + 1], ["1000000000000000000000000000001"], True),
        ([5], ["5"], True),
        ("x", None, False),
        (5, None, False),
        ({"a": B}, None, False),
        (f'["{B}", "\\u0061"]', [B, "a"], True),
        (f'["{B}",]', [B], True),
        (f'"{B}"', [B], True),
        ([B, "", " \u3000"], [B, None, None], True),
        (f"{B}; {C}", [B, C], True),
        (f"{B} , {C},", [B, C], True),
        (f"{B}|{C}\n{B}", [B, C, B], True),
        (f"{{{B},{C}}}", [B, C], True),
        (f'{{"{B}","{C}"}}', [B, C], True),
        (f" ['{B}', '{C}'] ", [B, C], True),
        (f"[{B}]", [B], True),
        (f"{{{B}}};{{{C}}}", [f"{{{B}}}", f"{{{C}}}"], True),
        (f"{B};x", [B, "x"], True),
        ("x;y", None, False),
        (f'{{"a": "{B}"}}', None, False),
        ("{}", [], True),
        ("[]", [], True),
        (";", [], True),
        ("", None, True),
    ],
)
def test_duplicate_ids_are_a_list_of_text_or_cannot_be_read(
    world: World, value: Any, want: list[str | None] | None, readable: bool
) -> None:
    row = request(world, duplicate_ids=value)
    assert (row["duplicate_ids"], row["duplicates_readable"]) == (want, readable)


def test_one_unreadable_list_leaves_the_others_as_they_are(world: World) -> None:
    world.json_lines(
        "merge_requests.jsonl", BASE, BASE | {"request_id": "s", "duplicate_ids": "x", "primary_id": 5}
    )
    world.load()
    assert world.rows("select request_id, primary_id, duplicate_ids from new_requests") == [
        ("r", A, [B]),
        ("s", "5", None),
    ]


def test_lists_of_parquet_may_hold_uuids(world: World) -> None:
    ids = pa.ListArray.from_arrays([0, 1], pa.array([bytes.fromhex(B.replace("-", ""))], pa.uuid()))
    world.parquet(
        "merge_requests.parquet",
        {"request_id": ["r"], "primary_id": [A], "duplicate_ids": ids, "requested_at": [T]},
    )
    world.load()
    assert world.rows("select duplicate_ids from new_requests") == [[B]]


@pytest.mark.parametrize(
    ("text", "want"),
    [
        (T, AT),
        ("2026-01-02T03:04:05", AT),
        ("2026-01-02 03:04:05+00", AT),
        ("2026-01-02T05:04:05+02:00", AT),
        ("2026-01-02t03:04:05z", AT),
        ("2026-01-02T03:04:05.25Z", AT.replace(microsecond=250_000)),
        (" 2026-01-02T03:04:05Z\t", AT),
        ("2026-01-02", AT.replace(hour=0, minute=0, second=0)),
    ],
)
def test_a_time_without_zone_is_utc(world: World, text: str, want: dt.datetime) -> None:
    assert request(world, requested_at=text)["requested_at"] == want


@pytest.mark.parametrize(
    "column",
    [
        pa.array([AT], pa.timestamp("us", "UTC")),
        pa.array([AT], pa.timestamp("ns", "Europe/Berlin")),
        pa.array([AT.replace(tzinfo=None)], pa.timestamp("ms")),
        pa.array([AT.replace(tzinfo=None)], pa.timestamp("ns")),
        pa.array(["2026-01-02T03:04:05"]),
    ],
)
def test_times_of_parquet_may_have_any_type_of_time(world: World, column: pa.Array) -> None:
    world.parquet("merge_requests.parquet", {"request_id": ["r"], "requested_at": column})
    world.load()
    assert world.rows("select requested_at from new_requests") == [AT]


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"request_id": None}, "request_id is missing"),
        ({"request_id": " \u3000"}, "request_id is missing"),
        ({"requested_at": None}, "requested_at is missing"),
        ({"requested_at": ""}, "requested_at is missing"),
        ({"requested_at": "yesterday"}, "requested_at is no time"),
        ({"requested_at": "2026-02-30"}, "requested_at is no time"),
        ({"requested_at": 17673230}, "requested_at is no time"),
        ({"requested_at": "infinity"}, "requested_at is no time"),
        ({"requested_at": "0044-03-15 (BC)"}, "requested_at is no time"),
        ({"requested_at": "9999-12-31T23:59:59-01:00"}, "requested_at is no time"),
    ],
)
def test_a_request_without_id_or_time_is_rejected(world: World, fields: dict[str, Any], reason: str) -> None:
    world.json_lines("merge_requests.jsonl", BASE | fields, BASE | {"request_id": "s"})
    report = world.load()
    assert world.rows("select request_id from new_requests") == ["s"]
    assert world.rejects() == [("merge_requests.jsonl", 1, reason)]
    assert report.tables["merge_requests"].already_known == 0


def test_the_same_row_twice_counts_once_and_another_body_is_rejected(world: World) -> None:
    world.json_lines(
        "merge_requests.jsonl",
        BASE | {"why": 1},
        BASE | {"overwrite": False, "why": 2},
        BASE | {"overwrite": True},
        {"request_id": "s", "requested_at": "no time"},
        BASE | {"request_id": "s"},
        BASE | {"duplicate_ids": [B, C]},
    )
    report = world.load()
    assert world.rows("select request_id, why from new_requests") == [("r", 1), ("s", None)]
    assert world.rejects() == [
        ("merge_requests.jsonl", 3, "an earlier row has the same request_id with another body"),
        ("merge_requests.jsonl", 4, "requested_at is no time"),
        ("merge_requests.jsonl", 6, "an earlier row has the same request_id with another body"),
    ]
    loaded = report.tables["merge_requests"]
    assert (loaded.rows_loaded, loaded.already_known) == (2, 1)


@pytest.mark.parametrize(
    "other",
    [
        {"primary_id": A.upper()},
        {"duplicate_ids": [B.upper()]},
        {"duplicate_ids": None},
        {"duplicate_ids": "x"},
        {"overwrite": True},
        {"overwrite": "maybe"},
        {"dry_run": True},
        {"idempotency_key": "k"},
        {"api_key_id": "k"},
        {"requested_at": "2026-01-02T03:04:06Z"},
    ],
)
def test_a_request_of_the_ledger_is_left_out_or_with_another_body_rejected(
    world: World, other: dict[str, Any]
) -> None:
    request(world)
    world.con.execute(
        "insert into ledger.requests by name select *, row_number() over () as seq, 1 as batch_no, true as counted, "
        "true as first_use from (select request_id, requested_at, body_hash from new_requests)"
    )
    world.json_lines("merge_requests.jsonl", BASE, BASE | other, BASE | {"request_id": "new"})
    report = world.load()
    assert world.rows("select request_id from new_requests") == ["new"]
    assert world.rejects() == [
        (
            "merge_requests.jsonl",
            2,
            "the ledger has this request_id with another body; a corrected request needs a new request_id",
        )
    ]
    assert report.tables["merge_requests"].already_known == 1


def test_texts_that_run_together_are_two_bodies(world: World) -> None:
    world.json_lines(
        "merge_requests.jsonl",
        BASE | {"idempotency_key": "a", "api_key_id": None},
        BASE | {"idempotency_key": None, "api_key_id": "a"},
        BASE | {"idempotency_key": "a|-"},
        BASE | {"duplicate_ids": [B, None]},
        BASE | {"duplicate_ids": [f"{B},-"]},
    )
    world.load()
    assert len(world.rejects()) == 4


def test_extra_columns_keep_their_types(world: World) -> None:
    table = pa.Table.from_pylist([BASE | {"requested_by": "x", "score": 1.5, "tags": ["a"]}])
    world.parquet("merge_requests.parquet", table)
    world.load()
    assert world.rows("select requested_by, score, tags from new_requests") == [("x", 1.5, ["a"])]
    assert world.rows("select column_type from (describe new_requests)")[-3:] == [
        "VARCHAR",
        "DOUBLE",
        "VARCHAR[]",
    ]


@pytest.mark.parametrize("name", ["body_hash", "duplicates_readable"])
def test_an_extra_column_may_not_have_a_name_of_ours(world: World, name: str) -> None:
    world.json_lines("merge_requests.jsonl", BASE | {name: 1})
    with pytest.raises(InputError, match=f"merge_requests.jsonl: the column '{name}'"):
        world.load()


@pytest.mark.parametrize("name", ["request_id", "requested_at"])
def test_a_column_that_every_request_needs_must_be_there(world: World, name: str) -> None:
    world.json_lines("merge_requests.jsonl", {key: value for key, value in BASE.items() if key != name})
    with pytest.raises(InputError, match=f"needs a column '{name}'"):
        world.load()


def test_a_broken_line_of_requests_is_rejected(world: World) -> None:
    world.json_lines("merge_requests.jsonl", BASE, "{", BASE | {"request_id": "s"})
    report = world.load()
    assert [row[1] for row in world.rejects()] == [2]
    assert (report.tables["merge_requests"].rows_loaded, report.tables["merge_requests"].already_known) == (
        2,
        0,
    )


KEY = {"api_key_id": "k", "scopes": ["write:contacts"], "rate_limit": 5}


def keys(world: World) -> list[Any]:
    return world.rows("select * from raw.api_keys")


def test_keys_are_read_from_any_format(world: World) -> None:
    want = [("k", "w", ["a b", "c"], AT, None, 5)]
    row = {"api_key_id": "k", "workspace_id": "w", "scopes": ["a b", "c"], "expires_at": T, "rate_limit": 5}
    world.json_lines("api_keys.jsonl", row)
    world.load()
    assert keys(world) == want
    (world.folder / "api_keys.jsonl").unlink()
    table = pa.Table.from_pylist([row | {"expires_at": AT, "secret_hash": "x"}])
    world.parquet("api_keys.parquet", table)
    world.load()
    assert keys(world) == want
    (world.folder / "api_keys.parquet").unlink()
    world.write(
        "api_keys.csv",
        'api_key_id,workspace_id,scopes,expires_at,revoked_at,rate_limit\nk,w,"[""a b"", ""c""]",'
        + f"{T},,5\n",
    )
    world.load()
    assert keys(world) == want


@pytest.mark.parametrize(
    ("scopes", "want"),
    [
        ("write:contacts", ["write:contacts"]),
        ("a, b c", ["a", "b", "c"]),
        ("", None),
        (None, None),
        ("[]", []),
    ],
)
def test_scopes_as_text_may_be_parted_by_commas_or_spaces(
    world: World, scopes: str | None, want: Any
) -> None:
    world.json_lines("api_keys.jsonl", KEY | {"scopes": scopes})
    world.load()
    assert world.rows("select scopes from raw.api_keys") == [want]


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"api_key_id": None}, "api_key_id is missing"),
        ({"api_key_id": " "}, "api_key_id is missing"),
        ({"scopes": "[1"}, "scopes is no list"),
        ({"expires_at": "soon"}, "expires_at is no time"),
        ({"revoked_at": "soon"}, "revoked_at is no time"),
        ({"rate_limit": "many"}, "rate_limit is no whole number"),
        ({"rate_limit": 1.5}, "rate_limit is no whole number"),
        ({"rate_limit": -1}, "rate_limit is no whole number"),
        ({"rate_limit": 10**30}, "rate_limit is no whole number"),
        ({"api_key_id": "j"}, "an earlier row has the same api_key_id"),
    ],
)
def test_a_key_that_cannot_be_used_is_rejected_and_so_unknown(
    world: World, fields: dict[str, Any], reason: str
) -> None:
    world.json_lines("api_keys.jsonl", KEY | {"api_key_id": "j"}, KEY | fields)
    world.load()
    assert world.rows("select api_key_id from raw.api_keys") == ["j"]
    assert world.rejects() == [("api_keys.jsonl", 2, reason)]


@pytest.mark.parametrize("mode", ["replace", "upsert"])
@pytest.mark.parametrize("order", [1, -1])
def test_a_key_of_which_one_row_cannot_be_used_is_unknown_whatever_its_other_rows(
    world: World, mode: str, order: int
) -> None:
    world.json_lines("api_keys.jsonl", KEY, KEY | {"api_key_id": "l"})
    world.load()
    rows = [KEY | {"revoked_at": "soon"}, KEY, KEY | {"api_key_id": "m"}]
    world.json_lines("api_keys.jsonl", *rows[::order])
    world.load(load={"api_keys": mode})
    left = [key for (key,) in world.rows("select api_key_id from raw.api_keys order by 1")]
    assert left == (["m"] if mode == "replace" else ["l", "m"])
    reasons = [reason for _, _, reason in world.rejects()]
    assert reasons[::order] == [
        "revoked_at is no time",
        "another row of this api_key_id cannot be used, so the key is unknown",
    ]


def test_a_bad_row_alone_makes_a_key_of_before_unknown(world: World) -> None:
    world.json_lines("api_keys.jsonl", KEY)
    world.load()
    world.json_lines("api_keys.jsonl", KEY | {"expires_at": "soon"})
    world.load(load={"api_keys": "upsert"})
    assert keys(world) == []


def test_keys_are_replaced_or_upserted(world: World) -> None:
    world.json_lines("api_keys.jsonl", KEY, KEY | {"api_key_id": "l"})
    world.load()
    world.json_lines("api_keys.jsonl", KEY | {"rate_limit": 6}, KEY | {"api_key_id": "m"})
    world.load(load={"api_keys": "upsert"})
    assert world.rows("select api_key_id, rate_limit from raw.api_keys") == [("l", 5), ("k", 6), ("m", 5)]
    world.json_lines("api_keys.jsonl", KEY)
    world.load()
    assert world.rows("select api_key_id from raw.api_keys") == ["k"]


def test_a_column_that_may_stand_for_a_missing_one_is_reported(world: World) -> None:
    row = {"request_id": "r", "primary_id": A, "duplicates": [B], "DryRun": True, "requested_at": T}
    world.json_lines("merge_requests.jsonl", row | {"requested_by": "Ann", "reason": "same"})
    assert world.load().tables["merge_requests"].misspelt == (
        ("duplicates", "duplicate_ids"),
        ("DryRun", "dry_run"),
    )
