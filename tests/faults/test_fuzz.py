"""Some hostile inputs; `fuzz.py` tries as many as one likes."""

from pathlib import Path

import pytest
from fuzz_inputs import SOUND, Attempt
from fuzz_shapes import attempts
from fuzz_try import try_attempt
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
