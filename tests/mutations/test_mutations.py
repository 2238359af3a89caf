"""The rules that tests/mutations breaks are still where it looks for them; whether tests notice is seen by hand."""

from pathlib import Path

from rules import MARKER, MUTATIONS, with_words

ROOT = Path(__file__).parents[2]
SUFFIXES = (".py", ".sql")


def test_each_marker_is_in_the_table_and_stands_once_in_the_file_of_its_rule() -> None:
    files = [
        file
        for folder in ("pipelines", "sql")
        for file in (ROOT / folder).rglob("*.*")
        if file.suffix in SUFFIXES
    ]
    found = [
        (file.relative_to(ROOT).as_posix(), marker)
        for file in files
        for marker in MARKER.findall(file.read_text(encoding="utf-8"))
    ]
    assert sorted(found) == sorted({(rule.file, rule.marker) for rule in MUTATIONS})
    assert len({marker for _, marker in found}) == len(found)


def test_every_rule_is_broken_at_its_marker() -> None:
    assert len({rule.rule for rule in MUTATIONS}) == len(MUTATIONS) > 80
    for rule in MUTATIONS:
        text = (ROOT / rule.file).read_text(encoding="utf-8")
        assert rule.broken(text) != text  # an error where marker or old text is not there exactly once


def test_words_choose_the_rules_that_have_all_of_them() -> None:
    [alone] = with_words(["named as a primary alone"])
    some = with_words(["Primary", "ALONE"])
    assert alone in some
    assert len(some) < 10
    assert with_words(["alone", "no such word"]) == []
    assert with_words([]) == MUTATIONS
