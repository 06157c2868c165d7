"""The kind of a publication and the evidence for it."""

import pytest

from ingest.filing import kind_of
from ingest.records import Kind

CASES = [
    ("/about/fees", "Fees", (), (), Kind.PAGE, "no rule applies"),
    ("/news/2019/fees", "New fees", (), (), Kind.ARTICLE, "path: news"),
    ("/consultations/fees", "Fees", (), (), Kind.CONSULTATION, "path: consultations"),
    ("/news/fees", "Response to the fees consultation", (), (), Kind.CONSULTATION, "title: response to"),
    ("/a", "Standards Committee Update: Summer 2015", (), (), Kind.UPDATE, "title: update"),
    ("/committees/standards/update-12", "Notes", (), (), Kind.PAGE, "no rule applies"),
    ("/press-releases/x", "A view", (), (), Kind.PRESS, "path: press releases"),
    ("/papers/a.pdf", "Position statement on kinship care", (), (), Kind.POSITION, "title: position statement"),
    ("/papers/a.pdf", "Annual report 2017", (), (), Kind.REPORT, "title: report"),
    ("/boards/x", "Minutes of the board", (), (), Kind.MINUTES, "title: minutes"),
    ("/a", "Autumn seminar", (), (), Kind.EVENT, "title: seminar"),
    ("/a", "Kinship", ("Press release",), (), Kind.PRESS, "tag: press release"),
    ("/a", "Kinship", (), ("NewsArticle",), Kind.ARTICLE, "declared type: NewsArticle"),
    ("/a", "Repositioning pressure reporters", (), (), Kind.PAGE, "no rule applies"),
]


@pytest.mark.parametrize(("path", "title", "tags", "declared", "kind", "evidence"), CASES)
def test_the_rules_in_order(
    path: str, title: str, tags: tuple[str, ...], declared: tuple[str, ...], kind: Kind, evidence: str
) -> None:
    assert kind_of(f"https://example.org{path}", title, tags, declared) == (kind, evidence)
