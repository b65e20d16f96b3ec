"""A label of the book becomes a link to page and heading."""

import pytest
from myst_parser.mdit_to_docutils.base import default_slugify

from selfattn_grade.section_link import SectionLinks, slug


def test_markdown_label_in_subfolder_links_to_its_heading(tmp_path):
    page = tmp_path / "book" / "part" / "03.md"
    page.parent.mkdir(parents=True)
    page.write_text("# Title\n\n(scores)=\n## Scores: how well?\n", encoding="utf-8")
    link = SectionLinks(tmp_path / "book").markdown("Scores: how well?", "scores")
    assert link == "[Scores: how well?](../../book/part/03.md#scores-how-well)"


def test_markdown_unknown_label_gives_title_alone(tmp_path):
    assert SectionLinks(tmp_path).markdown("Scores", "scores") == "Scores"


@pytest.mark.parametrize(
    "heading", ["Why divide by √d_k", "Masks & padding: who?", "One-head `attention`", "中文 title"]
)
def test_slug_agrees_with_myst(heading):
    assert slug(heading) == default_slugify(heading.replace("`", ""))
