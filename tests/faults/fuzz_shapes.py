"""Strategies of what settings make of an input: files as exporters write them, tables and ids of any CRM, presets, and the start.

Most of an attempt is sound and one or two things of it are not, for what is wrong all over is refused at the door.
"""

import csv
import json
import math
from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

from fuzz_inputs import (
    KINDS,
    MORE,
    PACKED,
    PACKED_AS,
    SOUND,
    Attempt,
    Table,
    Written,
    breaks,
    command_lines,
    places,
    runs,
    runs_with_settings,
    settings_files,
    values,
)
from fuzz_values import (
    BAD_IDS,
    COLUMN_NAMES,
    DUPLICATES,
    ENCODINGS,
    FLAGS,
    IDS,
    MARK,
    NESTED,
    NUMBERS,
    ODD_IDS,
    OF_ENTITY,
    PATH_NAMES,
    SETTINGS,
    TEXTS,
    TIMES,
    TYPES,
)
from hypothesis import strategies as st

PRESETS = ("hubspot", "salesforce", "pipedrive", "dynamics")
SAMPLES = Path(__file__).parents[2] / "data_samples" / "_presets"
_WRITABLE = 20  # of ENCODINGS, which any text can be written in


def _toml(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _lines(settings: dict[str, str]) -> str:
    return "".join(f"{key} = {value}\n" for key, value in settings.items())


def _seldom(draw: st.DrawFn, of: int = 5) -> bool:
    return draw(st.integers(1, of)) == of


# ---------------------------------------------------------------- files

_ENDINGS = {
    "csv": [".csv", ".CSV", ".Csv", ".tsv", ".TSV", ".txt", ".csv.csv", ".csv.xz"],
    "jsonl": [".jsonl", ".ndjson", ".json", ".NDJSON", ".Json", ".csv", ".parquet"],
    "json": [".json", ".jsonl", ".JSON"],
    "parquet": [".parquet", ".PARQUET", ".pq", ".csv", ".json"],
}
_COMPRESSED = [*[""] * 6, *[".gz", ".GZ", ".zst", ".Zst"] * 2, ".gz.gz", ".bz2"]
_PARTITIONS = [
    "country=DE", "country=FR", "country=DE/city=1", "country=%20", "country=", "country=__HIVE_DEFAULT_PARTITION__", "Country=x",
    "country=a=b", "=x", "=", "%ff=%00", "country=%ff", "country=%00", "id=1", "contact_id=2", "email=x",
    "_cm_key=1", "country=DE/sub",
    "sub", "a b=c d", "é=😀", "rowid=1", "select=1", "x" * 200 + "=1", "country=" + "y" * 200, "_country=DE",
    ".country=DE", "a%3Db=1", "%20=1",
]  # fmt: skip
_MIXED: list[Sequence[Any]] = [
    ["a", 1, 1.5, True, None, "1.50"], [1, "x", 2**70, -0.0], [True, "yes", False], [{}, [], {"a": [1, "a"]}, [1,
    "a"], [[1], {}]],
    [[1, 2], ["a"], [None], []], [{"a": 1}, "text", 3], ["2026-01-01", 1767225600, True], [1, 1.0, 1.5, 1e300],
    ["0870", 870, 870.0],
    NUMBERS, TIMES, NESTED, FLAGS,
]  # fmt: skip


@st.composite
def _ways(draw: st.DrawFn) -> Written:
    """A way to write CSV."""
    delimiter, quote = (
        draw(st.sampled_from([",", ";", "\t", "|", " ", "é", ":"])),
        draw(st.sampled_from(['"', '"', "'", "", "~"])),
    )
    escape = draw(st.sampled_from([quote, quote, "\\", "", "^"]))
    nulls = draw(
        st.sampled_from([("",), ("", "NULL"), (), ("\\N", ""), ("NULL",), ("", MARK), ('"', ""), ("\n",)])
    )
    return Written(
        delimiter,
        quote,
        escape,
        draw(st.sampled_from(["utf-8"] * 8 + ENCODINGS[:_WRITABLE])),
        draw(st.sampled_from(nulls)) if nulls else "",
        nulls,
        draw(
            st.sampled_from(
                ["", "", "", f"sep={delimiter}", f'"sep={delimiter}"', f"SEP={delimiter}\r"]
                if not _seldom(draw)
                else ["sep=", "sep=,,", "sep=;", 'sep="', "sep=\\", "sep=\0", "sep=é", "sep=\n"]
            )
        ),
    )


def _csv_settings(how: Written, table: str) -> dict[str, str]:
    at = f"csv.{table}." if table else "csv."
    keys = {
        "delimiter": how.delimiter, "quote": how.quote, "escape": how.escape, "encoding": how.encoding, "null": list(how.nulls),
    }  # fmt: skip
    return {f"{at}{key}": _toml(value) for key, value in keys.items()}


@st.composite
def _contacts(draw: st.DrawFn, *, older: bool = False) -> Table:
    """Contacts, each id once or twice, some values of several kinds."""
    form = draw(st.sampled_from(["csv", "csv", "csv", "jsonl", "json", "parquet"]))
    own = st.sampled_from(draw(st.sampled_from([TEXTS, ["a", MARK, None, ""], *_MIXED])))
    columns = ("id", "email", "updated_at", "custom_fields")
    ids = draw(st.lists(st.sampled_from(IDS[:6]), min_size=1, max_size=7, unique=draw(st.booleans())))
    dates = st.sampled_from([*TIMES[:3] * 3, "2026-01-02", *TIMES] if not older else TIMES[:3])
    rows = tuple(
        (one, draw(own), draw(dates), draw(st.sampled_from(["", '{"a": 1}', *TEXTS[-20:]]))) for one in ids
    )
    if _seldom(draw, 8):
        columns = ("id", draw(st.sampled_from(["", "Unnamed: 1", " ", *COLUMN_NAMES])), *columns[2:])
    kinds = tuple(draw(st.lists(st.sampled_from(sorted(KINDS)), max_size=2))) if form == "parquet" else ()
    return Table("contacts", form, columns, rows, kinds)


@st.composite
def _as_file(draw: st.DrawFn, given: Table, how: Written | None) -> Table:
    """A table under an ending, packed, in a place."""
    ending = draw(st.sampled_from(_ENDINGS[given.format])) if _seldom(draw, 3) else f".{given.format}"
    compressed = draw(st.sampled_from(_COMPRESSED)) if given.format != "parquet" or _seldom(draw) else ""
    fitting = PACKED_AS.get(compressed.lower(), ("",) if not compressed else ())
    packed = draw(st.sampled_from(["", *PACKED] if _seldom(draw, 6) or not fitting else fitting))
    place = draw(
        st.sampled_from(
            ["file"] * 8
            + ["folder", "two", "link", "folder_of_that_name", "delta", "parts_of_others", "hidden_too"]
        )
    )
    partitions: tuple[str, ...] = ()
    if _seldom(draw, 6):
        pool = _PARTITIONS[: draw(st.sampled_from([3, 7, len(_PARTITIONS)]))]
        partitions = tuple(draw(st.lists(st.sampled_from(pool), min_size=1, max_size=3, unique=True)))
    fits = packed in fitting and ending.lower() in (f".{given.format}", ".tsv", ".ndjson", ".json")
    return replace(
        given,
        ending=f"{ending}{compressed}",
        packed=packed,
        place=place,
        partitions=partitions,
        written=how if given.format == "csv" else None,
        fits=fits,
        breaks=draw(breaks()) if _seldom(draw, 4) else (),
    )


@st.composite
def runs_on_files(draw: st.DrawFn) -> Attempt:
    """Tables in files as exporters write them, with settings that say so, or nearly so."""
    how = draw(_ways()) if draw(st.booleans()) else Written()
    contacts = draw(_as_file(draw(_contacts()), how))
    others = [given if given.format != "csv" else replace(given, written=how) for given in SOUND[1:]]
    settings = (
        _csv_settings(how, draw(st.sampled_from(["", "", "contacts"])))
        if how != Written() or _seldom(draw)
        else {}
    )
    fits = "csv.contacts.delimiter" in settings or not contacts.name.lower().startswith("contacts.tsv")
    if "csv.contacts.delimiter" in settings:
        others = list(SOUND[1:])
    if how.first_line and f"sep={how.delimiter}" not in how.first_line.lower():
        fits = False
    if _seldom(draw, 4):
        key = draw(st.sampled_from([key for key in SETTINGS if key.startswith("csv.")]))
        settings[key] = draw(st.sampled_from(SETTINGS[key]))
        fits = False
    if draw(st.booleans()):
        settings["load.contacts"] = draw(
            st.sampled_from(SETTINGS["load.contacts"][: draw(st.sampled_from([3, 20]))])
        )
    if draw(st.booleans()):
        settings["types.contacts.email"] = _toml(
            draw(st.sampled_from(TYPES[: draw(st.sampled_from([12, 40]))]))
        )
    if _seldom(draw, 4):
        settings["types.contacts.updated_at"] = _toml(draw(st.sampled_from(TYPES[:12])))
    if draw(st.booleans()):
        settings["export_format"] = '["parquet", "csv"]'
    earlier = draw(_contacts(older=True))
    earlier = replace(earlier, written=contacts.written) if earlier.format == "csv" else earlier
    before = (earlier, *others) if draw(st.booleans()) else ()
    if not fits:
        contacts = replace(contacts, fits=False)
    others[-1] = replace(
        others[-1],
        rows=(
            ("r3", IDS[0], draw(st.sampled_from(DUPLICATES)), draw(st.sampled_from(TIMES))),
            *others[-1].rows,
        ),
    )
    return Attempt(
        "files",
        (contacts, *others),
        _lines(settings),
        arguments=draw(
            st.sampled_from(
                [("--json",), ("--json",), ("--json", "--allow=deleted"), ("--dry-run", "--json")]
            )
        ),
        before=before,
        before_settings=_lines(settings) if before and not _seldom(draw) else None,
        more=tuple(draw(st.lists(st.sampled_from(MORE), max_size=1))) if _seldom(draw, 8) else (),
    )


# ---------------------------------------------------------------- tables and ids of any CRM

IDS_OF: dict[str, list[Any]] = {
    "uuid": IDS,
    "integer": ["1", "2", "3", "40", "41", "42"],
    "text": ["a", "A", "b@example.org", "Patient/7", "é", "a;b"],
    "salesforce": [f"00300000000000{letter}" for letter in "aAbB01"],
}
HOSTILE_IDS_OF: dict[str, list[Any]] = {
    "uuid": [*ODD_IDS, *BAD_IDS],
    "integer": [
        1, 1.0, 42.0, " 042", "+1", "1.50", "1e0", "٣", 2**53 + 2.0, 2**63, 10**40, "0" * 300 + "1", -1, "-0", "--1",
        True, math.nan,
        "1_0", "0x1", *BAD_IDS,
    ],
    "text": [" a", "a\u3000", "a\n", 1, 1.0, True, *TEXTS[:20], *BAD_IDS],
    "salesforce": [
        "00300000000000aAAA", "00300000000001AAA", "003000000000001AAB", "00300000000000A", "003000000000001aaa",
        "００３" * 5, *BAD_IDS,
    ],
}  # fmt: skip
_ROWS = (0, 1, 3, 5, 6)


@st.composite
def _entity(draw: st.DrawFn) -> tuple[str, str, dict[str, str]]:
    """The name of the entity's table, the type of its ids, and its settings."""
    table = draw(st.sampled_from(["people", "contacts", "my people", "Leute-1", "é"]))
    id_type = draw(st.sampled_from(sorted(IDS_OF)))
    settings: dict[str, Any] = {
        "table": table,
        "id": "no",
        "id_type": id_type,
        "workspace": draw(st.sampled_from(["", "org"])),
        "created": [],
        "updated": draw(st.sampled_from([[], ["changed"]])),
        "merged_into": draw(st.sampled_from(["", "into"])),
        "merged_ids": draw(st.sampled_from(["", "list"])),
        "deleted": draw(st.sampled_from([[], ["gone"], ["gone", "changed"]])),
        "system": draw(st.sampled_from([[], ["owner"]])),
        "references": draw(st.sampled_from([[], ["boss"]])),
        "json_fields": draw(st.sampled_from([[], ["more"]])),
    }
    if _seldom(draw):
        key = draw(st.sampled_from(sorted(OF_ENTITY)))
        settings[key] = draw(st.sampled_from(OF_ENTITY[key]))
    return table, id_type, {f"entity.{key}": _toml(value) for key, value in settings.items()}


@st.composite
def _rows_of_entity(draw: st.DrawFn, table: str, id_type: str, odd: bool) -> Table:
    some = st.sampled_from(IDS_OF[id_type] * 3 + (HOSTILE_IDS_OF[id_type] if odd else []))
    pointers = st.one_of(st.none(), st.none(), some)
    lists = st.sampled_from(
        [
            None,
            None,
            "",
            *(";".join(IDS_OF[id_type][n : n + 2]) for n in range(5)),
            *(DUPLICATES if odd else []),
        ]
    )
    of_column: dict[str, st.SearchStrategy[Any]] = {
        "no": some,
        "org": st.sampled_from(["w1", "w1", "w1", "w2", None]),
        "changed": st.sampled_from(TIMES if odd else TIMES[:3]),
        "into": pointers,
        "list": lists,
        "gone": st.sampled_from([None, False, "false", *(FLAGS if odd else []), *(TIMES[:3] if odd else [])]),
        "owner": st.sampled_from([MARK, None]),
        "boss": pointers,
        "more": st.sampled_from(['{"a": 1}', None, "", *TEXTS[-20:]]),
        "name": values,
    }
    count = draw(st.sampled_from(_ROWS))
    unique = draw(st.integers(0, 3)) > 0
    columns = [
        IDS_OF[id_type][:count] if name == "no" and unique else [draw(strategy) for _ in range(count)]
        for name, strategy in of_column.items()
    ]
    form = draw(st.sampled_from(["csv", "csv", "jsonl", "json", "parquet"]))
    return Table(table, form, tuple(of_column), tuple(zip(*columns, strict=True)))


_CHILDREN: dict[str, dict[str, Any]] = {
    "deals": {"key": ["k"], "references": ["a", "b"]},
    "notes": {"key": ["k"], "references": ["a"], "where": {"kind": ["person", 1]}},
    "joined": {"references": ["a"], "unique": ["kind"]},
    "my mails": {"references": ["a"], "same": ["kind", "body"], "where": {"kind": ["x"]}},
    "threads": {"key": ["k", "kind"], "references": ["a", "b"], "separator": ";"},
    "calls": {"references": ["a", "a2"], "separator": ","},
    "visits": {"key": ["a", "kind"], "references": ["a"], "unique": ["kind"]},
}


@st.composite
def _rows_of_child(draw: st.DrawFn, name: str, id_type: str, odd: bool) -> Table:
    one = st.sampled_from(IDS_OF[id_type] * 3 + [None] + (HOSTILE_IDS_OF[id_type] if odd else []))
    separator = _CHILDREN[name].get("separator")
    several = st.lists(st.sampled_from(IDS_OF[id_type] + ([MARK, "", "zz"] if odd else [])), max_size=4)
    cells = (
        several.map(lambda ids: ids if odd and len(ids) == 3 else (separator or ";").join(ids))
        if separator
        else one
    )
    of_column: dict[str, st.SearchStrategy[Any]] = {
        "k": st.sampled_from(
            [1, 2, "3", 4.0, "x", *([None, "", 1.0, "1", [1], math.nan, *TEXTS[:6]] if odd else [])]
        ),
        "a": cells,
        "b": cells,
        "a2": cells,
        "kind": st.sampled_from(["x", "person", 1, *([None, "", 1.0, True, {}, [1]] if odd else [])]),
        "body": st.sampled_from([MARK, None, "x"]) if not odd else values,
    }
    count = draw(st.sampled_from(_ROWS))
    columns = [[draw(strategy) for _ in range(count)] for strategy in of_column.values()]
    form = draw(st.sampled_from(["csv", "csv", "jsonl", "json", "parquet"]))
    return Table(name, form, tuple(of_column), tuple(zip(*columns, strict=True)))


@st.composite
def runs_of_entities(draw: st.DrawFn) -> Attempt:
    """Tables with names, ids and children of their own, in one or two runs."""
    table, id_type, settings = draw(_entity())
    names = draw(st.lists(st.sampled_from(sorted(_CHILDREN)), max_size=3, unique=True))
    for name in names:
        for key, value in _CHILDREN[name].items():
            text = (
                "{" + ", ".join(f"{column} = {_toml(them)}" for column, them in value.items()) + "}"
                if isinstance(value, dict)
                else _toml(value)
            )
            settings[f"children.{_toml(name)}.{key}"] = text
    ways = [
        '"upsert"',
        '{mode = "upsert", newest_by = "changed"}',
        '{newest_by = "changed"}',
        '{newest_by = "gone"}',
    ]
    if draw(st.booleans()):
        settings[f"load.{_toml(table)}"] = draw(st.sampled_from(ways))
    if "deals" in names and draw(st.booleans()):
        settings["load.deals"] = draw(st.sampled_from([way.replace("changed", "body") for way in ways[:3]]))
    if draw(st.booleans()):
        settings["export_format"] = '["parquet", "csv"]'
    changed = dict(settings)
    if _seldom(draw):
        changed |= {
            f"entity.{key}": draw(st.sampled_from(SETTINGS[f"entity.{key}"]))
            for key in draw(st.sampled_from([("id",), ("merged_ids",), ("deleted",), ("references",)]))
        }
    if names and _seldom(draw):
        key = draw(st.sampled_from(["key", "references", "unique", "same", "separator", "where", "enabled"]))
        changed[f"children.{_toml(names[0])}.{key}"] = draw(
            st.sampled_from(SETTINGS[f"children.deals.{key}"])
        )

    def given(odd: bool) -> tuple[Table, ...]:
        ids = IDS_OF[id_type]
        duplicates = [
            [ids[1]],
            [ids[2], ids[3]],
            json.dumps(ids[1:3]),
            *([";".join(ids[:3]), *DUPLICATES] if odd else []),
        ]
        rows = [
            (
                f"r{n}{'x' * odd}",
                draw(st.sampled_from(ids)),
                draw(st.sampled_from(duplicates)),
                draw(st.sampled_from(TIMES if odd else TIMES[:3])),
            )
            for n in range(draw(st.sampled_from([1, 3, 6])))
        ]
        columns = ("request_id", "primary_id", "duplicate_ids", "requested_at")
        return (
            draw(_rows_of_entity(table, id_type, odd)),
            *(draw(_rows_of_child(name, id_type, odd and draw(st.booleans()))) for name in names),
            Table("merge_requests", draw(st.sampled_from(["csv", "jsonl"])), columns, tuple(rows)),
        )

    before = given(odd=False) if draw(st.booleans()) else ()
    return Attempt(
        "entities",
        given(odd=draw(st.integers(0, 2)) > 0),
        _lines(changed),
        arguments=draw(
            st.sampled_from(
                [
                    ("--json",),
                    ("--json", "--allow=deleted"),
                    ("--json", "--allow=deleted", "--allow=rejected"),
                    ("--dry-run", "--json"),
                ]
            )
        ),
        before=before,
        before_settings=_lines(settings) if before else None,
    )


# ---------------------------------------------------------------- presets


@cache
def samples_of(preset: str) -> tuple[Table, ...]:
    """The made-up export of a CRM."""
    tables = []
    for path in sorted((SAMPLES / preset).iterdir()):
        if path.suffix == ".csv":
            with path.open(newline="") as file:
                columns, *rows = [tuple(cell or None for cell in row) for row in csv.reader(file)]
        else:
            objects = [json.loads(line) for line in path.read_text().splitlines()]
            columns = tuple(dict.fromkeys(name for each in objects for name in each))
            rows = [tuple(each.get(name) for name in columns) for each in objects]
        tables.append(Table(path.stem, path.suffix[1:], tuple(map(str, columns)), tuple(rows[:40])))
    return tuple(tables)


@st.composite
def _spoiled(draw: st.DrawFn, given: Table) -> Table:
    """A table with other values in some cells, or without a column, or in another form."""
    rows = [list(row) for row in given.rows]
    for _ in range(draw(st.integers(0, 3)) if rows else 0):
        row, at = draw(st.integers(0, len(rows) - 1)), draw(st.integers(0, len(given.columns) - 1))
        rows[row][at] = draw(st.one_of(values, st.sampled_from([row[at] for row in given.rows])))
    columns = list(given.columns)
    if _seldom(draw, 4):
        at = draw(st.integers(0, len(columns) - 1))
        columns[at] = draw(
            st.sampled_from([columns[at].upper(), f" {columns[at]}", columns[0], *COLUMN_NAMES])
        )
    if _seldom(draw, 6):
        at = draw(st.integers(0, len(columns) - 1))
        columns.pop(at)
        rows = [[*row[:at], *row[at + 1 :]] for row in rows]
    form = draw(st.sampled_from([given.format] * 3 + ["csv", "jsonl", "json", "parquet"]))
    return replace(
        given,
        format=form,
        columns=tuple(columns),
        rows=tuple(map(tuple, rows)),
        breaks=draw(breaks()) if _seldom(draw) else (),
    )


@st.composite
def runs_of_presets(draw: st.DrawFn) -> Attempt:
    """The made-up export of a CRM, spoiled, on its preset, with settings of the user over it."""
    preset = draw(st.sampled_from(PRESETS))
    tables = samples_of(preset)
    settings = {"preset": _toml(preset if not _seldom(draw, 10) else draw(st.sampled_from(PRESETS)))}
    names = [given.table for given in tables]
    if _seldom(draw, 3):
        key = draw(
            st.sampled_from(
                [key for key in SETTINGS if key.startswith(("entity.", "children.", "load.", "types."))]
            )
        )
        own = key.replace("notes", draw(st.sampled_from(names))).replace(
            "contacts", draw(st.sampled_from(names))
        )
        settings[own] = draw(st.sampled_from(SETTINGS[key]))
    if draw(st.booleans()):
        settings["export_format"] = '["parquet", "csv"]'
    before = tables if draw(st.booleans()) else ()
    spoiled = tuple(draw(_spoiled(given)) if _seldom(draw, 4) else given for given in tables)
    return Attempt(
        "presets",
        spoiled,
        _lines(settings),
        arguments=("--json", "--allow=deleted", "--allow=rejected"),
        before=before,
        before_settings=f"preset = {_toml(preset)}\n" if before else None,
    )


# ---------------------------------------------------------------- the start

IN_THE_WAY = [
    "settings.toml", "settings.toml/", "settings.toml@nowhere", "settings.toml@loop", "settings.toml@/dev/null",
    "tables.md", "tables.md/",
    "tables.md@nowhere", "tables.md@outside", "exports", "exports/", "exports@nowhere", "exports@loop", "exports@/",
    "exports/contacts.csv",
    "exports@outside", "settings.toml@pipe", "out", "Settings.TOML", "x.md",
]  # fmt: skip
_INITS = [
    "init", "init --preset=hubspot", "init --preset=salesforce", "init --preset=pipedrive", "init --preset=dynamics",
    "init --preset=leadlex",
    "init --json", "init --preset=HubSpot", "init --preset=", "init --preset=../x", "init --quiet",
]  # fmt: skip
_FOLDERS = [
    "plain",
    ".",
    "plain/new",
    "plain/a/b/c",
    "plain/contacts.csv/x",
    "/dev/null",
    "/proc/x",
    "",
    "s3://x/y",
    "-",
    "~",
    "plain/\udcff",
    "plain/" + "x" * 300,
    "outside",
]


@st.composite
def starts(draw: st.DrawFn) -> Attempt:
    """`init` in odd folders, and `config` with hostile settings."""
    if draw(st.booleans()):
        more = tuple(draw(st.lists(st.sampled_from(IN_THE_WAY), max_size=2, unique=True)))
        folder = draw(st.sampled_from(["plain"] * 4 + PATH_NAMES))
        target = draw(st.sampled_from([folder] * 12 + _FOLDERS))
        return Attempt(
            "starts", arguments=(target,), command=draw(st.sampled_from(_INITS)), folder=folder, more=more
        )
    sound = draw(st.booleans())
    settings = (
        draw(settings_files(sound=sound))
        if draw(st.booleans())
        else draw(st.one_of(runs_of_entities(), runs_of_presets(), runs_on_files())).settings
    )
    arguments = draw(
        st.sampled_from(
            [
                ("--show",),
                ("--show",),
                ("--show", "--json"),
                ("--schema",),
                (),
                ("--show", "--schema"),
                ("--show", "--quiet"),
            ]
        )
    )
    return Attempt(
        "starts",
        settings=settings,
        settings_breaks=draw(breaks()) if _seldom(draw) else (),
        arguments=arguments,
        command="config",
    )


# ---------------------------------------------------------------- all of them

OF_KIND = {
    "tables": (runs, 6),
    "settings": (runs_with_settings, 4),
    "arguments": (command_lines, 3),
    "places": (places, 2),
    "files": (runs_on_files, 6),
    "entities": (runs_of_entities, 6),
    "presets": (runs_of_presets, 3),
    "starts": (starts, 3),
}
"""The kinds of inputs, and how often each is drawn."""


@st.composite
def attempts(draw: st.DrawFn, kinds: Sequence[str] = ()) -> Attempt:
    """Any input, or one of these kinds."""
    drawn = [
        strategy
        for kind, (strategy, often) in OF_KIND.items()
        for _ in range(often)
        if not kinds or kind in kinds
    ]
    return draw(draw(st.sampled_from(drawn))())
