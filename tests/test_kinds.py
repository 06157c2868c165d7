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
    ("/a", "Minutes, 3 May 2019", (), (), Kind.MINUTES, "title: minutes"),
    ("/a", "Minutes – March 2020", (), (), Kind.MINUTES, "title: minutes"),
    ("/a", "2019-05-03 Board minutes (draft of 2019)", (), (), Kind.MINUTES, "title: minutes"),
    ("/a", "2019-05-03 minutes", (), (), Kind.MINUTES, "title: minutes"),
    ("/a", "Notes", ("Minutes",), (), Kind.MINUTES, "tag: minutes"),
    ("/blog/a", "Five minutes with the treasurer", (), (), Kind.ARTICLE, "path: blog"),
    ("/blog/a", "Git in 10 minutes", (), (), Kind.ARTICLE, "path: blog"),
    ("/blog/a", "Re-doing the Three-Minute Pitch", (), (), Kind.ARTICLE, "path: blog"),
    ("/blog/a", "Our position on fees", (), (), Kind.POSITION, "title: position"),
    ("/positions/a", "An end to fees", (), (), Kind.POSITION, "path: positions"),
    ("/blog/a", "Program Coordinator Position Available", (), (), Kind.ARTICLE, "path: blog"),
    ("/blog/a", "Research Scientist position at the museum", (), (), Kind.ARTICLE, "path: blog"),
    ("/2016/position-open/", "We are hiring", (), (), Kind.PAGE, "no rule applies"),
]


@pytest.mark.parametrize(("path", "title", "tags", "declared", "kind", "evidence"), CASES)
def test_the_rules_in_order(
    path: str, title: str, tags: tuple[str, ...], declared: tuple[str, ...], kind: Kind, evidence: str
) -> None:
    assert kind_of(f"https://example.org{path}", title, tags, declared) == (kind, evidence)
