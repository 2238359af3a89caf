"""Make input tables of any size and shape, wholly in DuckDB: the same arguments give the same files, byte for byte.

    uv run python benchmarks/generate.py FOLDER --contacts 1000000 --requests 50000

Contacts are numbered; the id of number i is a UUID made of its digest, or an id of another type (`--ids`, with `id_type` in
the settings), so that children and requests name it without a join. Contacts that take part in merges lie scattered over the table (`place`: a multiplication modulo the count).
"""

import argparse
import math
from pathlib import Path

import duckdb
from contact_merge.ids.salesforce import checksum_in_sql
from shapes import SHAPES, contacts_needed

# Rows of each kind of child for one contact: 11 in all; `--children` scales them.
CHILDREN = {"notes": 3.0, "activities": 3.0, "tasks": 1.0, "emails": 2.0, "documents": 0.5}
MEMBERSHIPS = 1.5
PER_CONTACT = sum(CHILDREN.values()) + MEMBERSHIPS
LISTS = 50
_MARKS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_SCATTERED = f"((number)::hugeint * 7368787 + 123456789) % {62**9}"
_FIRST = "'0035g0' || " + " || ".join(
    f"substr('{_MARKS}', (1 + {_SCATTERED} // {62**n} % 62)::bigint, 1)" for n in range(9)
)
IDS = {
    "uuid": "cast(cast(md5('c' || number) as uuid) as varchar)",
    "integer": "(10000000000 + (number)::bigint * 37)",
    "text": "('person-' || number || '@example.com')",
    "salesforce": f"list_transform([{_FIRST}], lambda s: s || {checksum_in_sql('s')})[1]",
}
"""By type SQL of the id of a contact's number."""
WORDS = [
    "agenda",
    "apple",
    "autumn",
    "barley",
    "basket",
    "bridge",
    "candle",
    "canvas",
    "cedar",
    "cherry",
    "circle",
    "copper",
    "coral",
    "cotton",
    "dawn",
    "delta",
    "ember",
    "falcon",
    "fern",
    "forest",
    "garden",
    "ginger",
    "glass",
    "granite",
    "harbor",
    "hazel",
    "indigo",
    "ivory",
    "jasmine",
    "juniper",
    "kettle",
    "lantern",
    "lemon",
    "linen",
    "lotus",
    "maple",
    "marble",
    "meadow",
    "mint",
    "morning",
    "north",
    "oak",
    "ocean",
    "olive",
    "orchid",
    "paper",
    "pearl",
    "pepper",
    "pine",
    "plum",
    "quartz",
    "rain",
    "river",
    "rose",
    "saffron",
    "sage",
    "silver",
    "spruce",
    "summer",
    "thistle",
    "timber",
    "tulip",
    "velvet",
    "violet",
    "walnut",
    "willow",
    "winter",
    "wool",
    "yarrow",
]


def main() -> None:
    """Read the arguments and write the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--contacts", type=int, default=1_000_000)
    parser.add_argument("--children", type=float, default=PER_CONTACT, help="child rows a contact")
    parser.add_argument("--requests", type=int, default=50_000)
    parser.add_argument("--first-request", type=int, default=0, help="leave out the requests before this one")
    parser.add_argument("--shape", choices=SHAPES, default="mixed")
    parser.add_argument("--overwrite", type=float, default=0.2, help="share of requests with overwrite")
    parser.add_argument("--wide", action="store_true", help="contacts of 60 columns, JSON of 30 keys")
    parser.add_argument("--only-requests", action="store_true")
    parser.add_argument("--ids", choices=IDS, default="uuid")
    arguments = parser.parse_args()
    generate(**{name.replace("-", "_"): value for name, value in vars(arguments).items()})


def generate(
    folder: Path,
    *,
    contacts: int = 1_000_000,
    children: float = PER_CONTACT,
    requests: int = 50_000,
    first_request: int = 0,
    shape: str = "mixed",
    overwrite: float = 0.2,
    wide: bool = False,
    only_requests: bool = False,
    ids: str = "uuid",
) -> None:
    """Write contacts, the six kinds of children and merge_requests as Parquet files.

    Shapes, by what the requests merge:
        pairs: two contacts each; clusters: six contacts in two requests, the survivor of one a duplicate of the other;
        mixed: half of the requests three contacts each, half clusters; chain: every survivor is the next one's duplicate;
        star: one primary takes 20 duplicates at a time; forest: random trees, a tenth of the contacts their roots;
        arrivals: each request merges one contact that no other names into a random one of those that stay.
    """
    needed = contacts_needed(shape, requests)
    if contacts < needed:
        raise SystemExit(f"{requests:,} requests of the shape {shape} need {needed:,} contacts")
    folder.mkdir(parents=True, exist_ok=True)
    with duckdb.connect() as con:
        con.execute("set TimeZone = 'UTC'")
        con.execute("set preserve_insertion_order = true")
        step = _coprime(contacts)
        con.execute(f"create macro contact_id(number) as {IDS[ids]}")
        con.execute(f"create macro place(k) as ((k)::hugeint * {step} % {contacts})::bigint")
        con.execute("create macro dice(i, salt) as (hash(i * 1000 + salt) >> 2)::bigint")
        words = "[" + ", ".join(f"'{word}'" for word in WORDS) + "]"
        con.execute(f"create macro word(i, salt) as ({words})[1 + dice(i, salt) % {len(WORDS)}]")
        con.execute(
            "create macro moment(i, salt) as timestamp '2024-01-01' + to_seconds((dice(i, salt) % 60000000)::bigint)"
        )
        if not only_requests:
            _contacts(con, folder, contacts, wide=wide)
            for salt, (kind, share) in enumerate(CHILDREN.items()):
                _children(con, folder, kind, contacts, round(contacts * children * share / PER_CONTACT), salt)
            _memberships(con, folder, contacts, round(contacts * children * MEMBERSHIPS / PER_CONTACT))
        _requests(con, folder, shape, contacts, requests, first_request, overwrite)


def _coprime(count: int) -> int:
    step = round(count * 0.6180339887) | 1
    while math.gcd(step, count) != 1:
        step += 2
    return step


def _write(con: duckdb.DuckDBPyConnection, folder: Path, table: str, query: str) -> None:
    con.execute(f"copy ({query}) to '{folder / table}.parquet' (format parquet)")


def _sometimes(value: str, salt: int, percent: int) -> str:
    return f"case when dice(i, {salt}) % 100 < {percent} then {value} end"


def _contacts(con: duckdb.DuckDBPyConnection, folder: Path, count: int, *, wide: bool) -> None:
    columns = {
        "id": "contact_id(i)",
        "workspace_id": "'00000000-0000-4000-8000-000000000001'",
        "first_name": _sometimes("word(i, 1)", 2, 80),
        "last_name": _sometimes("word(i, 3) || word(i, 4)", 5, 80),
        "email": _sometimes("word(i, 1) || '.' || i || '@example.com'", 6, 70),
        "phone": _sometimes("'+1 555 ' || lpad((i % 10000000)::varchar, 7, '0')", 7, 60),
        "company": _sometimes("word(i, 8) || ' & ' || word(i, 9)", 10, 50),
        "job_title": _sometimes("'head of ' || word(i, 11)", 12, 40),
        "city": _sometimes("word(i, 13) || 'ville'", 14, 60),
        "country": _sometimes("upper(word(i, 15)[1:2])", 16, 70),
        "score": _sometimes("(dice(i, 17) % 10000) / 100.0::double", 18, 50),
        "revenue": _sometimes("((dice(i, 19) % 100000000) / 100)::decimal(18, 2)", 20, 30),
        "employees": _sometimes("(dice(i, 21) % 5000)::integer", 22, 30),
        "is_customer": _sometimes("dice(i, 23) % 2 = 0", 24, 80),
        "tags": _sometimes("[word(i, 25), word(i, 26)]", 27, 50),
        "custom_fields": _sometimes(_json(30 if wide else 4), 28, 80),
        "created_at": "moment(i, 29)",
        "updated_at": "moment(i, 29) + interval 1 day",
    }
    if wide:
        columns |= {
            f"extra_{n}": _sometimes(
                f"word(i, {100 + n})" if n % 3 else f"dice(i, {100 + n})::bigint % 1000000", n, 50
            )
            for n in range(42)
        }
    select = ", ".join(f"{value} as {name}" for name, value in columns.items())
    _write(con, folder, "contacts", f"select {select} from range({count}) as numbers(i)")


def _json(keys: int) -> str:
    """A JSON object with all keys, some of them empty; numbers are spelled as no float would be."""
    kinds = (
        "'\"' || word(i, {n}) || '\"'",
        "(dice(i, {n}) % 1000) || '.10'",
        "case when dice(i, {n}) % 2 = 0 then 'null' else 'true' end",
        "case when dice(i, {n}) % 3 = 0 then '[]' else '[\"' || word(i, {n}) || '\"]' end",
    )
    members = [f"'\"key_{n}\": ' || " + kinds[n % 4].format(n=200 + n) for n in range(keys)]
    return "'{' || " + " || ', ' || ".join(members) + " || '}'"


def _children(
    con: duckdb.DuckDBPyConnection, folder: Path, kind: str, contacts: int, count: int, salt: int
) -> None:
    body = " || ' ' || ".join(f"word(i, {300 + 10 * salt + n})" for n in range(6))
    _write(
        con,
        folder,
        kind,
        f"select cast(cast(md5('{kind}' || i) as uuid) as varchar) as id, "
        f"contact_id((dice(i, {400 + salt}) % {contacts})::bigint) as contact_id, {body} as body, "
        f"timestamp '2024-01-01' + to_seconds(i) as created_at from range({count}) as numbers(i)",
    )


def _memberships(con: duckdb.DuckDBPyConnection, folder: Path, contacts: int, count: int) -> None:
    _write(
        con,
        folder,
        "list_memberships",
        f"select cast(cast(md5('l' || ((dice(i % {contacts}, 1) + i // {contacts}) % {LISTS})::bigint) as uuid) as varchar) "
        f"as list_id, contact_id(place(i % {contacts})) as contact_id, timestamp '2024-01-01' + to_seconds(i) as added_at "
        f"from range({count}) as numbers(i)",
    )


def _requests(
    con: duckdb.DuckDBPyConnection,
    folder: Path,
    shape: str,
    contacts: int,
    count: int,
    first: int,
    overwrite: float,
) -> None:
    primary, duplicates = _merged(shape, contacts, count)
    _write(
        con,
        folder,
        "merge_requests",
        "select cast(cast(md5('r' || i) as uuid) as varchar) as request_id, "
        f"contact_id(place({primary})) as primary_id, "
        f"list_transform({duplicates}, lambda k: contact_id(place(k))) as duplicate_ids, "
        f"dice(i, 500) % 1000 < {round(overwrite * 1000)} as overwrite, "
        "timestamp '2026-01-01' + to_milliseconds(i * 20) as requested_at, 'same ' || word(i, 501) as reason "
        f"from range({first}, {count}) as numbers(i)",
    )


def _merged(shape: str, contacts: int, count: int) -> tuple[str, str]:
    """SQL of the primary's number and of the list of the duplicates' numbers in request i."""
    pairs_of = {
        "pairs": ("2 * i", "[2 * i + 1]"),
        # The even request merges three contacts; the odd one takes their survivor and two more into a sixth.
        "clusters": (
            "3 * i",
            "case when i % 2 = 0 then [3 * i + 1, 3 * i + 2] else [3 * i - 3, 3 * i + 1, 3 * i + 2] end",
        ),
        "mixed": (
            "3 * i",
            f"case when i % 2 = 1 and i > {count // 2} then [3 * i - 3, 3 * i + 1, 3 * i + 2] else [3 * i + 1, 3 * i + 2] end",
        ),
        "chain": ("i + 1", "[i]"),
        "star": ("0", "list_transform(range(20), lambda k: 20 * i + 1 + k)"),
        # From the leaves to the roots: contact number d goes into a random lower one, which is still live then.
        "forest": (
            f"(dice(i, 502) % greatest({max(1, count // 10)}, {count + max(1, count // 10) - 1} - i))::bigint",
            f"[{count + max(1, count // 10) - 1} - i]",
        ),
        "arrivals": (f"({count} + dice(i, 503) % {contacts - count})::bigint", "[i]"),
    }
    return pairs_of[shape]


if __name__ == "__main__":
    main()
