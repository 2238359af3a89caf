"""The README is short, and its first lines are all that a machine with nothing but Python needs."""

from pages import ROOT, page

README = page("README.md")


def test_it_is_short() -> None:
    assert len(README.lines) <= 250


def test_the_test_command_is_what_ci_calls() -> None:
    """Of both ways to start uv."""
    blocks = [block.text for block in README.blocks() if not block.language][:2]
    started = [line.split(" && ")[-1] for block in blocks for line in block.splitlines()]
    (demo, tests) = (line.removeprefix("python3 -m uv ") for line in started[:2])
    assert started[2:] == [f".venv-uv/bin/uv {demo}", f".venv-uv/bin/uv {tests}"]
    assert demo == "run -q contact-merge demo"
    assert f"python3 -m uv {tests} ||" in (ROOT / ".ci" / "run").read_text(encoding="utf-8").splitlines()[-2]


def test_they_are_the_first_block_and_need_no_more_than_python() -> None:
    first = README.blocks()[0].text.splitlines()
    assert len(first) == 2
    assert all(line.startswith("python3 -m pip install -q uv && python3 -m uv run -q ") for line in first)


def test_it_leads_to_every_page_of_docs() -> None:
    linked = {link.partition("#")[0] for link in README.links()}
    there = {path.relative_to(ROOT).as_posix() for path in (ROOT / "docs").glob("*.md")}
    assert there - linked == set()
