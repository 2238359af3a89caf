"""A few hundred hostile inputs; `fuzz.py` tries as many as one likes."""

from pathlib import Path

import pytest
from fuzz_inputs import SOUND, Attempt, attempts
from fuzz_try import Outcome, try_attempt
from hypothesis import given, seed, settings
from hypothesis import strategies as st

INPUTS = 120
outcomes: list[Outcome] = []


@pytest.fixture(scope="module")
def scratch(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("fuzz")


@seed(4711)
@settings(max_examples=INPUTS)
@given(attempt=attempts(), closely=st.integers(0, 9))
def test_a_hostile_input_ends_in_success_rejects_or_a_sentence(
    scratch: Path, attempt: Attempt, closely: int
) -> None:
    outcome = try_attempt(attempt, scratch, look_closely=closely == 0)
    outcomes.append(outcome)
    assert outcome.wrong == "", f"{attempt!r}\n{outcome.printed}"


def test_the_fuzzer_gets_through_and_is_refused() -> None:
    """Inputs that were all refused at the door would show nothing."""
    if not outcomes:
        pytest.skip("the test above ran in another process")
    ends = [outcome.end for outcome in outcomes]
    assert len(ends) >= INPUTS
    assert all(ends.count(end) > INPUTS // 20 for end in ("success", "rejects", "refused"))


def test_the_fuzzer_notices_what_is_wrong(scratch: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A traceback, a value that is told, a file left behind, a file that others may read."""
    sound = Attempt("sound", SOUND, arguments=("--json",))
    assert try_attempt(sound, scratch, look_closely=True).end == "success"

    def tried(replacement: object) -> str:
        with monkeypatch.context() as patched:
            patched.setattr("contact_merge.pipeline._summary", replacement)
            return try_attempt(sound, scratch, look_closely=False).wrong

    def breaks(*_: object) -> None:
        raise KeyError("x")

    def tells(*_: object) -> None:
        from contact_merge.errors import InputError  # noqa: PLC0415

        raise InputError("cnry")

    def refuses(*_: object) -> None:
        from contact_merge.errors import InputError  # noqa: PLC0415

        raise InputError("No.")

    assert tried(breaks).startswith("exit 3")
    assert tried(tells) == "a value of the data is told"
    assert tried(refuses).startswith("refused, yet changed")
