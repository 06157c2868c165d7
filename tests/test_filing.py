"""Where a document belongs, by which rule, and how settings overrule it."""

import pytest

from ingest.filing import as_kind, filed
from ingest.records import UNDATED, Document, Evidence, Kind

COMMITTEES = [
    ("/a", "Standards Committee Update: Summer 2015", (), ("Standards Committee",), "title"),
    (
        "/a",
        "Minutes of the Health, Care and Additional Needs Policy Committee",
        (),
        ("Health, Care and Additional Needs Policy Committee",),
        "title",
    ),
    ("/a", "Introducing the New Trainers Committee", (), ("Trainers Committee",), "title"),
    ("/a", "Join the Code of Conduct Committee!", (), ("Code of Conduct Committee",), "title"),
    ("/a", "Fees, Retreat, Steering Committee minutes", (), ("Steering Committee",), "title"),
    ("/a", "New Towns Committee", (), ("New Towns Committee",), "title"),
    ("/a", "The Workforce Working Group reports", (), ("Workforce Working Group",), "title"),
    ("/a", "Fees", ("Fees", "Standards Committee"), ("Standards Committee",), "tag"),
    ("/policy-committees/early-help/notes", "Fees", (), ("Early Help Committee",), "path"),
    ("/committees/standards/notes", "Standards Committee, May", (), ("Standards Committee",), "title"),
    ("/committees/standards", "Fees", (), (), ""),
    ("/a", "A committee was asked", (), (), ""),
    ("/a", "Committee update", (), (), ""),
]


def document(path: str = "/a", title: str = "Fees", tags: tuple[str, ...] = (), text: str = "Text.") -> Document:
    return Document(f"https://example.org{path}", title, text, (), tags=tags)


@pytest.mark.parametrize(("path", "title", "tags", "named", "evidence"), COMMITTEES)
def test_committees_are_named_by_title_tags_and_folders(
    path: str, title: str, tags: tuple[str, ...], named: tuple[str, ...], evidence: str
) -> None:
    found = filed(document(path, title, tags))
    assert (found.committees, found.evidence.committees) == (named, evidence)


def test_the_kind_is_kept_with_what_told_it() -> None:
    found = filed(document(title="Minutes of the board", text="Date of meeting: 3 May 2019"))
    assert (found.kind, found.evidence) == (Kind.MINUTES, Evidence(kind="title: minutes"))
    assert str(found.dates.meeting.first) == "2019-05-03"


def test_another_kind_brings_its_own_dates() -> None:
    found = as_kind(filed(document(title="Minutes, 3 May 2019")), Kind.CONSULTATION, "settings: /a*")
    assert (found.kind, found.evidence.kind, found.dates.meeting) == (Kind.CONSULTATION, "settings: /a*", UNDATED)
