"""The demo, from any folder: samples made, run on, printed; and every sample request gets the status it says."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from contact_merge.samples import make_world

pytestmark = pytest.mark.xdist_group("demo")  # whose fixture is made once

COMMAND = Path(sys.executable).with_name("contact-merge")


def demo(folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [COMMAND, "demo", *options], cwd=folder, capture_output=True, text=True, check=False
    )


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("demo")


@pytest.fixture(scope="module")
def first(folder: Path) -> subprocess.CompletedProcess[str]:
    return demo(folder)


def test_the_demo_ends_with_0_in_spite_of_its_rejects(first: subprocess.CompletedProcess[str]) -> None:
    assert (first.returncode, first.stderr) == (0, "")
    assert "Input rows that could not be used, or not in full" in first.stdout


def test_the_demo_makes_the_samples_where_it_runs(
    first: subprocess.CompletedProcess[str], folder: Path
) -> None:
    assert {path.name for path in folder.iterdir()} == {"data_samples", "out"}
    assert (folder / "data_samples/contacts.parquet").exists()
    assert (folder / "out/demo/manifest.json").exists()


def test_every_sample_request_gets_the_status_that_its_reason_says(
    first: subprocess.CompletedProcess[str], folder: Path
) -> None:
    answers = pq.read_table(folder / "out/demo/merged/merge_responses.parquet").to_pylist()
    assert len(answers) == len(make_world().requests)
    assert [row["request_id"] for row in answers if not row["reason"].startswith(f"{row['status']}: ")] == []


def test_the_demo_shows_outcomes_contacts_and_a_story(first: subprocess.CompletedProcess[str]) -> None:
    for text in (
        "Requests by outcome",
        "refused: 429 rate_limited",
        "contacts after",
        "One contact's story: Maria Keller-Baumann",
        "custom_fields.account",
        "12345678901234567890123",
    ):
        assert text in first.stdout


@pytest.mark.long
def test_a_second_demo_merges_nothing_twice_and_shows_the_same_story(
    first: subprocess.CompletedProcess[str], folder: Path
) -> None:
    again = demo(folder)
    assert again.returncode == 0
    assert "nothing is ever merged twice" in " ".join(again.stdout.split())
    # Of one row the rejects say now that the ledger has its id, where an earlier row had it: only that may differ.
    for text in (again.stdout, first.stdout):
        assert "\nContacts\n" in text
    assert counts_and_story(again.stdout) == counts_and_story(first.stdout)


def counts_and_story(printed: str) -> list[str]:
    """What a demo shows of contacts, and its story; not the rejects between them."""
    contacts, rest = printed.split("\nContacts\n")[1].split(
        "Input rows that could not be used, or not in full"
    )
    return [contacts, rest.split("One contact's story")[1]]


@pytest.mark.long
def test_the_demo_with_json_prints_the_figures_of_its_run(tmp_path: Path) -> None:
    done = demo(tmp_path, "--json", "--output", "elsewhere")
    assert (done.returncode, done.stderr) == (0, "")
    figures = json.loads(done.stdout)
    assert figures["requests_new"] == len(make_world().requests)
    assert figures["rejects"]["contacts"] > 0
    assert (tmp_path / "elsewhere/merged/contacts.parquet").exists()
    assert demo(tmp_path, "--quiet", "--output", "elsewhere").stdout == ""


@pytest.mark.long
def test_a_demo_on_tables_of_the_user_s_own_shows_what_any_run_shows(tmp_path: Path) -> None:
    (tmp_path / "data_samples").mkdir()
    contact = "aaaaaaaa-0000-4000-8000-000000000001"
    (tmp_path / "data_samples/contacts.csv").write_text(f"id,email\n{contact},a@x.org\n", encoding="utf-8")
    done = demo(tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert str(Path("out/demo/merged/contacts.parquet")) in done.stdout


@pytest.mark.long
def test_a_demo_on_requests_of_the_user_s_own_shows_no_story(
    first: subprocess.CompletedProcess[str], folder: Path, tmp_path: Path
) -> None:
    """Neither without the columns that the story is made from, nor where the warehouse was asked for more."""
    assert first.returncode == 0
    shutil.copytree(folder, tmp_path, dirs_exist_ok=True)
    requests = tmp_path / "data_samples/merge_requests.jsonl"
    lines = requests.read_text("utf-8").splitlines(keepends=True)
    own = {
        "request_id": "own",
        "primary_id": "x",
        "duplicate_ids": [],
        "requested_at": "2026-01-01T00:00:00Z",
    }
    for text in ("".join(lines[20:]), json.dumps(own) + "\n", "".join(lines)):
        requests.write_text(text, "utf-8")
        done = demo(tmp_path)
        assert (done.returncode, done.stderr) == (0, "")
        assert "story" not in done.stdout


def test_a_demo_where_no_samples_can_be_made_says_so(tmp_path: Path) -> None:
    (tmp_path / "data_samples").symlink_to(tmp_path / "nowhere")
    done = demo(tmp_path)
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert "the sample tables cannot be made" in done.stderr
