"""How commands find the warehouse, a contact and the merges that are meant (INTERFACE.md, 'Command line')."""

import io
import json
import shutil
import sys
from pathlib import Path
from typing import Any

import duckdb
import pytest
from contact_merge import cli
from pipeline_endpoint import PipelineEndpoint
from reference_values import as_id
from story import Story, id_of, pointing

pytestmark = pytest.mark.xdist_group("lookups")  # whose fixture is made once

EMAILS = {"a": "ann@x.test", "b": " Ann@X.test", "c": "twice@x.test", "d": "twice@x.test", "g": "gone@x.test"}


@pytest.fixture(scope="module")
def output(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Batch 1 merges b into a, and d and e into c; f points into a. Batch 2 forgets the retired e in its export."""
    endpoint = PipelineEndpoint({})
    story = Story(endpoint)
    people = pointing(**dict.fromkeys("abcdeghx"), f="a")
    for letter, row in people.items():
        row |= {"email": EMAILS.get(letter), "number": 40 + ord(letter), "name": f"name of {letter}"}
    people["e"]["email"] = "lost@x.test"
    people["x"]["id"] = f"{{{id_of('x').upper()}}}"
    story.load(people, lists="L:a L:b")
    story.batch(story.request("a", "b"), story.request("c", "d", "e"), story.request("h", "g"))
    story.load({letter: row for letter, row in people.items() if letter not in "eg"})
    story.ask("a", "z")
    kept = tmp_path_factory.mktemp("lookups") / "out"
    shutil.copytree(endpoint.output, kept)
    return kept


@pytest.fixture
def copied(output: Path, tmp_path: Path) -> Path:
    """The same, to be changed."""
    return Path(shutil.copytree(output, tmp_path / "out"))


class Typed:
    """A command line, typed: its exit code, and what came on stdout and stderr."""

    def __init__(self, capsys: pytest.CaptureFixture[str], *arguments: str | Path) -> None:
        self.code = cli.main([str(argument) for argument in arguments])
        self.out, self.err = capsys.readouterr()

    @property
    def facts(self) -> dict[str, Any]:
        return json.loads(self.out)


@pytest.fixture
def typed(capsys: pytest.CaptureFixture[str]) -> Any:
    return lambda *arguments: Typed(capsys, *arguments)


# ---------------------------------------------------------------------------------------- the warehouse


@pytest.mark.parametrize("command", [["explain", id_of("a")], ["verify"], ["undo", "r1"], ["rebuild"]])
def test_the_warehouse_or_the_output_has_to_be_named(typed: Any, command: list[str]) -> None:
    ended = typed(*command)
    assert (ended.code, ended.out) == (2, "")
    assert "Invalid value for --output: name the folder that `contact-merge run` wrote to" in ended.err
    assert ended.err.count("\n") == 1


@pytest.mark.long
def test_the_output_alone_is_enough_to_read(typed: Any, output: Path) -> None:
    assert typed("explain", "--output", output, id_of("a"), "--json").facts["contact_id"] == id_of("a")
    both = typed("verify", "--output", output, "--json").facts
    alone = typed("verify", "--warehouse", output / "warehouse.duckdb", "--json").facts
    assert both["passed"]
    assert alone["passed"]
    files = {check["name"] for check in both["checks"]} - {check["name"] for check in alone["checks"]}
    assert "parquet_equal" in files


@pytest.mark.long
def test_the_warehouse_alone_is_enough_to_write_where_files_are_beside_it(typed: Any, copied: Path) -> None:
    warehouse = copied / "warehouse.duckdb"
    (copied / "merged/contacts.parquet").unlink()
    assert typed("rebuild", "--warehouse", warehouse, "--quiet").code == 0
    assert (copied / "merged/contacts.parquet").exists()
    assert typed("undo", "--warehouse", warehouse, "r1", "--json").facts["restored"] == [id_of("b")]
    assert typed("undo", "--output", copied, "r2", "--json").facts["requests"] == ["r2"]


@pytest.mark.long
@pytest.mark.parametrize("name", ["warehouse.duckdb", "other.duckdb"])
def test_a_warehouse_without_files_beside_it_needs_an_output(typed: Any, copied: Path, name: str) -> None:
    place = copied if name != "warehouse.duckdb" else copied.parent
    for ending in ("", ".raw"):
        shutil.move(copied / f"warehouse.duckdb{ending}", place / f"{name}{ending}")
    for command in (["undo", "r1"], ["rebuild"]):
        ended = typed(*command, "--warehouse", place / name)
        assert ended.code == 2
        assert f"there are no outputs beside {place / name}; name the folder" in ended.err
    assert typed("undo", "--warehouse", place / name, "--output", copied, "r1", "--quiet").code == 0


# -------------------------------------------------------------------------------------------- a contact


@pytest.mark.parametrize(
    ("sent", "letter"),
    [
        (id_of("a").upper(), "a"),
        (id_of("x")[:-1].upper(), "x"),
        (id_of("x"), "x"),
        (f"urn:uuid:{id_of('e')}", "e"),
    ],
)
def test_an_id_in_any_spelling(typed: Any, output: Path, sent: str, letter: str) -> None:
    ended = typed("explain", "--output", output, sent, "--json")
    assert as_id(ended.facts["contact_id"]) == as_id(id_of(letter))


@pytest.mark.parametrize(
    ("sent", "found"),
    [
        ("12345a", "12345a"),
        ("{12345A78", "12345a"),
        ("12345b", None),
        ("ffffff-", "ffffff"),
        ("123456", 2),
        ("12345", 0),
        ("abcdeg", 0),
        ("ann@x.test", 0),
    ],
)
def test_a_beginning_that_only_one_id_has(
    typed: Any, tmp_path: Path, two_alike: Path, sent: str, found: str | int | None
) -> None:
    ended = typed("explain", "--output", two_alike, sent, "--json")
    if isinstance(found, str):
        assert ended.facts["contact_id"].lower().lstrip("{").startswith(found)
        return
    assert ended.code == 2
    error = ended.facts["error"]
    assert error["code"] == "contact_error"
    if found is None:
        assert error["message"].endswith("has an id that begins with 12345b.")
    elif found:
        first, second = (f"12345678-0000-4000-8000-00000000000{n}" for n in (1, 2))
        assert error["message"] == (
            f"2 contacts have ids that begin with 123456: {first}, {second}; give more digits."
        )
    else:
        assert "--by email" in error["message"]
        assert sent not in error["message"]


@pytest.fixture(scope="module")
def two_alike(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two live contacts whose ids begin alike, one that is spelled in braces, and one that only a pointer names."""
    folder = tmp_path_factory.mktemp("alike")
    (folder / "in").mkdir()
    (folder / "in/contacts.csv").write_text(
        "id,merged_into_id\n"
        "12345678-0000-4000-8000-000000000001,\n"
        "12345678-0000-4000-8000-000000000002,\n"
        "{12345A78-0000-4000-8000-000000000001},ffffffff-0000-4000-8000-000000000001\n"
    )
    assert cli.main(["run", "--input", str(folder / "in"), "--output", str(folder / "out"), "--quiet"]) == 0
    return folder / "out"


@pytest.mark.long
@pytest.mark.parametrize(
    ("column", "value", "letter"),
    [
        ("email", "twice@x.test", "c"),  # d has it too, and is c now
        ("email", "TWICE@x.test ", "c"),
        ("email", "ann@x.test", "a"),
        ("email", " Ann@X.test", "b"),  # just so
        ("email", "lost@x.test", "e"),  # only the ledger knows its row
        ("email", "gone@x.test", "h"),  # h has it from g, which the ledger knows
        ("EMAIL", "gone@x.test", "h"),
        ("number", str(40 + ord("h")), "h"),
        ("number", f"{40 + ord('h')}.0", "h"),
        ("id", id_of("a"), "a"),
    ],
)
def test_a_contact_by_a_value(typed: Any, output: Path, column: str, value: str, letter: str) -> None:
    ended = typed("explain", "--output", output, "--by", column, value, "--json")
    assert ended.facts["contact_id"] == id_of(letter)


@pytest.mark.long
def test_a_value_that_several_contacts_have_is_refused_with_their_ids(typed: Any, copied: Path) -> None:
    assert typed("undo", "--output", copied, "r2", "--quiet").code == 0
    ended = typed("explain", "--output", copied, "--by", "email", "twice@x.test")
    assert (ended.code, ended.err) == (
        2,
        f"contact-merge: 2 contacts have this value in email: {id_of('c')}, {id_of('d')}; give one of these ids.\n",
    )


@pytest.mark.parametrize(
    ("column", "value", "said"),
    [
        ("email", "nobody@x.test", "No contact has this value in email."),
        ("email", " ", "No contact has this value in email."),
        ("email", "' or 1 = 1 --", "No contact has this value in email."),
        ("number", "many", "No contact has this value in number."),
        ("e-mail", "ann@x.test", "contacts have no column 'e-mail'; name one of theirs, such as email."),
        ("_cm_key", id_of("a"), "contacts have no column '_cm_key'; name one of theirs, such as "),
    ],
)
def test_a_value_that_no_contact_has_is_not_shown(
    typed: Any, output: Path, column: str, value: str, said: str
) -> None:
    ended = typed("explain", "--output", output, "--by", column, value)
    assert ended.code == 2
    assert ended.err.startswith(f"contact-merge: {said}")
    assert ended.err.count("\n") == 1
    assert not value.strip() or value not in ended.err.replace(column, "")


@pytest.mark.long
def test_a_column_may_have_the_name_of_one_of_ours(typed: Any, tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    names = ["contact_key", "is_just", "survivor_key", 'say "hi"', "contacts"]
    quoted = ",".join('"' + name.replace('"', '""') + '"' for name in names)
    lines = [f"id,{quoted}", *(f"{id_of(letter)},{','.join(letter * 5)}" for letter in "ab")]
    (tmp_path / "in/contacts.csv").write_text("\n".join(lines))
    assert typed("run", "--input", tmp_path / "in", "--output", tmp_path / "out", "--quiet").code == 0
    for name in names:
        ended = typed("explain", "--output", tmp_path / "out", "--by", name, "b", "--json")
        assert ended.facts["contact_id"] == id_of("b")


# -------------------------------------------------------------------------------------------- an undo


def live(output: Path) -> str:
    ids = duckdb.read_parquet(str(output / "merged/contacts.parquet")).fetchall()
    return "".join(sorted(chr(as_id(row[0]).int & 0xFF) for row in ids))  # type: ignore[union-attr]


@pytest.mark.long
def test_a_contact_alone_undoes_the_merge_that_retired_it(typed: Any, copied: Path) -> None:
    ended = typed(
        "undo", "--output", copied, "--contact", id_of("d").upper(), "--contact", id_of("b"), "--json"
    )
    assert ended.facts["requests"] == ["r1", "r2"]
    assert ended.facts["restored"] == [id_of("b"), id_of("d")]
    assert live(copied) == "abcdhx"
    assert typed("verify", "--output", copied, "--quiet").code == 0


def test_contacts_out_of_requests(typed: Any, copied: Path) -> None:
    ended = typed(
        "undo", "--output", copied, "r1", "r2", "--contact", id_of("b"), "--contact", id_of("e"), "--json"
    )
    assert ended.facts["restored"] == [id_of("b"), id_of("e")]


@pytest.mark.long
def test_a_batch_undoes_what_is_left_of_it(typed: Any, copied: Path) -> None:
    assert typed("undo", "--output", copied, "--contact", id_of("d"), "--quiet").code == 0
    preview = typed("undo", "--output", copied, "--batch", "000001", "--dry-run", "--json")
    assert (preview.facts["requests"], live(copied)) == (["r1", "r2", "r3"], "acdhx")
    ended = typed("undo", "--output", copied, "--batch", "1")
    assert ended.code == 0
    assert id_of("b") in ended.out
    assert live(copied) == "abcdeghx"
    assert typed("undo", "--output", copied, "--batch", "1").err.splitlines() == [
        "contact-merge: 1: all that it merged is already undone.",
        "contact-merge: Nothing was undone; leave out what cannot be undone.",
    ]
    assert "000003: it is an undo itself" in typed("undo", "--output", copied, "--batch", "000003").err


@pytest.mark.long
def test_a_batch_without_merges_is_no_undo(typed: Any, copied: Path, tmp_path: Path) -> None:
    """Batch 2 only forgets contacts; batch 3 merges x into h, and batch 4 takes batch 1 back, not 3."""
    (tmp_path / "in").mkdir()
    (tmp_path / "in/merge_requests.csv").write_text(
        f'request_id,primary_id,duplicate_ids,requested_at\nr9,{id_of("h")},"[""{id_of("x")}""]",2026-04-01\n'
    )
    assert typed("run", "--input", tmp_path / "in", "--output", copied, "--quiet").code == 0
    assert typed("undo", "--output", copied, "--batch", "2", "--quiet").code == 2
    assert typed("undo", "--output", copied, "--batch", "1", "--json").facts["requests"] == ["r1", "r2", "r3"]
    assert "x" not in live(copied)


def test_request_ids_come_from_standard_input(
    typed: Any, copied: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"\xef\xbb\xbfr2\r\n\nr1\n")))
    ended = typed("undo", "--output", copied, "-", "r3", "--json")
    assert sorted(ended.facts["requests"]) == ["r1", "r2", "r3"]


@pytest.mark.parametrize("sent", [b"", b"\n", b"\xff\n"])
def test_nothing_on_standard_input_is_nothing_to_undo(
    typed: Any, copied: Path, monkeypatch: pytest.MonkeyPatch, sent: bytes
) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(sent)))
    ended = typed("undo", "--output", copied, "-")
    said = "standard input is no UTF-8" if b"\xff" in sent else "There is nothing to undo"
    assert (ended.code, said in ended.err, ended.err.count("\n")) == (2, True, 1)


@pytest.mark.parametrize(
    ("arguments", "lines"),
    [
        ([], ["There is nothing to undo: name request ids, contacts, or a batch."]),
        (
            ["r1", "--batch", "1"],
            ["A batch is undone whole: leave out either the batch, or the request ids and contacts."],
        ),
        (["--batch", "7"], ["7: there is no such batch.", ...]),
        (["--batch", "000002"], ["000002: it merged nothing.", ...]),
        (["--batch", "'; drop"], ["'; drop: there is no such batch.", ...]),
        (["r4"], ["r4: it merged nothing: it was refused: 404 not_found.", ...]),
        (
            ["r1", "--contact", id_of("b"), "--contact", id_of("e")],
            [f"{id_of('e')}: none of these requests retired it.", ...],
        ),
        (["r1", "--contact", id_of("e")], [f"r1: it did not retire {id_of('e')}.", ...]),
        (
            [f"--contact={contact}" for contact in (id_of("b"), id_of("a"), id_of("f"), id_of("z"), "f")],
            [
                f"{id_of('a')}: it is live; no merge retired it.",
                f"{id_of('f')}: an imported pointer retired it, which no undo reverses; empty its merged_into_id in "
                "the export.",
                f"{id_of('z')}: this warehouse neither holds it nor ever merged it.",
                "f: it is no UUID; give the id of a retired contact.",
                ...,
            ],
        ),
    ],
)
def test_what_cannot_be_undone_is_reported_and_nothing_is_undone(
    typed: Any, copied: Path, arguments: list[str], lines: list[Any]
) -> None:
    ended = typed("undo", "--output", copied, *arguments)
    if lines[-1] is ...:
        lines = [*lines[:-1], "Nothing was undone; leave out what cannot be undone."]
    assert (ended.code, ended.err.splitlines()) == (2, [f"contact-merge: {line}" for line in lines])
    assert live(copied) == "achx"
