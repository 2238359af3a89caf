"""Links and anchors of the pages lead somewhere, and the index leads to every page."""

import pytest
from pages import DOCS, ROOT, Page, page, pages


@pytest.mark.parametrize("page", pages(), ids=lambda some: some.name)
def test_every_link_leads_to_a_file_and_a_heading(page: Page) -> None:
    by_path = {other.path: other for other in pages()}
    for link in page.links():
        if "://" in link:
            continue
        place, _, anchor = link.partition("#")
        target = (page.path.parent / place).resolve() if place else page.path
        assert target.exists(), link
        assert target.is_relative_to(ROOT), link
        if anchor and target in by_path:
            assert anchor in by_path[target].anchors(), link


def test_the_index_leads_to_every_page_and_every_picture_is_shown() -> None:
    index = {f"docs/{link.partition('#')[0]}" for link in page("docs/README.md").links()}
    there = {f"docs/{path.name}" for path in DOCS.glob("*.md")}
    assert there - {"docs/README.md"} - index == set()
    shown = {link for some in pages() for link in some.links()}
    assert {picture.name for picture in DOCS.glob("*.png")} - shown == set()
