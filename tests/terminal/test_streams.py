"""Standard output that is full or closed, and Ctrl-C inside a library: reported in one sentence, and the work is not undone."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest
from contact_merge import cli, pipeline

pytestmark = pytest.mark.long

COMMAND = Path(sys.executable).with_name("contact-merge")


@pytest.mark.parametrize("option", ["--json", None])
def test_a_full_standard_output_is_reported_and_the_run_is_done(
    tmp_path: Path, samples: Path, option: str | None
) -> None:
    arguments = ["run", "--input", str(samples), "--output", str(tmp_path / "out"), *filter(None, [option])]
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [COMMAND, *arguments], stdout=full, stderr=subprocess.PIPE, text=True, check=False
        )
    assert (done.returncode, done.stderr) == (
        1,
        "contact-merge: standard output: No space left on device; the work is done, but not reported.\n",
    )
    assert (tmp_path / "out/manifest.json").exists()


def test_an_error_is_printed_once_where_standard_output_is_full(tmp_path: Path) -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [COMMAND, "run", "--input", tmp_path / "none", "--output", tmp_path / "out", "--json"],
            stdout=full, stderr=subprocess.PIPE, text=True, check=False,
        )  # fmt: skip
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert "there is no such folder" in done.stderr


def test_closed_streams_lead_nowhere_and_no_file_takes_their_numbers(tmp_path: Path, samples: Path) -> None:
    line = f"'{COMMAND}' run --input '{samples}' --output '{tmp_path / 'out'}' <&- >&- 2>&-"
    assert subprocess.run(["sh", "-c", line], check=False).returncode == 1  # the samples hold rejects
    checked = subprocess.run(
        [COMMAND, "verify", "--warehouse", tmp_path / "out/warehouse.duckdb", "--output", tmp_path / "out"],
        capture_output=True,
        check=False,
    )
    assert checked.returncode == 0


def test_ctrl_c_that_a_library_made_an_error_of_is_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def run(*_: object, **__: object) -> None:
        try:
            signal.raise_signal(signal.SIGINT)
        except KeyboardInterrupt as interrupt:
            raise RuntimeError("Query interrupted") from interrupt

    monkeypatch.setattr(pipeline, "run", run)
    assert cli.main(["run", "--input", "in", "--output", "out"]) == 130
    assert capsys.readouterr().err == "contact-merge: interrupted.\n"
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
