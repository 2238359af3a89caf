"""Some hostile inputs; `fuzz.py` tries as many as one likes."""

from datetime import datetime
from pathlib import Path

import msgspec
import pytest
from contact_merge.results import Batch, summarize
from contact_merge.session import Session
from contact_merge.summary import Summary
from fuzz_inputs import SOUND, Attempt, Table
from fuzz_shapes import attempts
from fuzz_try import try_attempt
from fuzz_values import IDS, MARK
from hypothesis import given, seed, settings

pytestmark = pytest.mark.long

INPUTS = 60


@pytest.fixture(scope="module")
def scratch(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("fuzz")


@pytest.mark.parametrize("draw", [4711, pytest.param(4712, marks=pytest.mark.proof)])
def test_a_hostile_input_ends_in_success_rejects_or_a_sentence(scratch: Path, draw: int) -> None:
    ends: list[str] = []

    @seed(draw)
    @settings(max_examples=INPUTS)
    @given(attempts())
    def each(attempt: Attempt) -> None:
        outcome = try_attempt(attempt, scratch, look_closely=len(ends) % 10 == 0)
        assert outcome.wrong == "", f"{attempt!r}\n{outcome.printed}"
        ends.append(outcome.end)

    each()
    assert len(ends) >= INPUTS
    for end in ("success", "rejects", "refused"):
        assert ends.count(end) > INPUTS // 20, "inputs that were all refused at the door would show nothing"


def test_the_fuzzer_notices_what_is_wrong(scratch: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A traceback, a value that is shown, a file left behind, a file that others may read."""
    sound = Attempt("sound", SOUND, arguments=("--json",))
    assert try_attempt(sound, scratch, look_closely=True).end == "success"

    def tried(replacement: object) -> str:
        with monkeypatch.context() as patched:
            patched.setattr("contact_merge.pipeline.summarize", replacement)
            return try_attempt(sound, scratch, look_closely=False).wrong

    def breaks(*_: object) -> None:
        raise KeyError("x")

    def shows(*_: object) -> None:
        from contact_merge.errors import InputError  # noqa: PLC0415

        raise InputError("cnry")

    def refuses(*_: object) -> None:
        from contact_merge.errors import InputError  # noqa: PLC0415

        raise InputError("No.")

    assert tried(breaks).startswith("exit 3")
    assert tried(shows) == "a value of the data is shown"
    assert tried(refuses).startswith("refused, yet changed")


SETTINGS = """
export_format = ["parquet", "csv"]
load.contacts = {mode = "upsert", newest_by = "updated_at"}
"""
NEWER = Table("contacts", "csv", ("id", "updated_at"), tuple((one, "2026-01-02") for one in IDS[:6]))
OLDER = Table("contacts", "csv", ("id", "updated_at"), ((IDS[5], "2026-01-01"), (IDS[6], "2026-01-01")))
TWO_RUNS = Attempt(
    "files",
    (OLDER, *SOUND[1:]),
    SETTINGS,
    arguments=("--json",),
    before=(NEWER, *SOUND[1:]),
    before_settings=SETTINGS,
)


@pytest.mark.parametrize(
    ("hidden", "wrong"),
    [
        ("nothing", ""),
        ("a row that was passed over", "contacts: 1 given rows are not there, 0 rejected or passed over"),
        ("a dropped row", "list_memberships: 4 child rows loaded, 3 merged, 0 dropped"),
        ("a cell of CSV", "notes.csv: 'body' has other texts than in the Parquet file"),
        ("a row of CSV", "notes.csv: 5 rows, and 6 in the Parquet file"),
    ],
)
def test_the_fuzzer_notices_what_vanishes_in_silence(
    scratch: Path, monkeypatch: pytest.MonkeyPatch, hidden: str, wrong: str
) -> None:
    def hides(session: Session, batch: Batch, as_of: datetime) -> Summary:
        summary = summarize(session, batch, as_of)
        notes = session.output / "merged" / "notes.csv"
        match hidden:
            case "a row that was passed over":
                return msgspec.structs.replace(summary, loaded={})
            case "a dropped row":
                session.con.execute(
                    "create or replace table merged.none as from merged.dropped_children limit 0; "
                    "drop view merged.dropped_children; "
                    "create view merged.dropped_children as from merged.none"
                )
            case "a cell of CSV":
                notes.write_text(notes.read_text().replace(MARK, "other", 1))
            case "a row of CSV":
                notes.write_text(notes.read_text().rpartition(f"\n{IDS[5]}")[0] + "\n")
            case _:
                pass
        return summary

    monkeypatch.setattr("contact_merge.pipeline.summarize", hides)
    assert try_attempt(TWO_RUNS, scratch, look_closely=True).wrong[: len(wrong) or None] == wrong
