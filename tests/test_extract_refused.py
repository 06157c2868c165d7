# ruff: noqa: E501
"""Why a page gives no document, or one that may not be quoted."""

from dataclasses import replace

import pytest
from pages import article, listing, page, semantic
from reading import FILLER, alone, inside

from ingest.extract import extract
from ingest.records import Document, Page, Unreadable
from ingest.template import SiteTemplate


@pytest.mark.parametrize(
    ("target", "rule"),
    [
        (
            page("<html><head><meta name='robots' content='noindex, follow'></head><body><p>x y z</p></body></html>"),
            "noindex",
        ),
        (page("<html><body><p>x y z</p></body></html>", x_robots_tag="none"), "noindex"),
        (page(""), "empty"),
        (page("<html><body><img src='a.png'></body></html>"), "empty"),
        (page("x", media_type="image/png"), "not-html"),
        (page("", media_type="text/plain"), "empty"),
    ],
    ids=lambda each: each if isinstance(each, str) else "",
)
def test_a_page_that_gives_no_document_says_why(target: Page, rule: str) -> None:
    found = extract(target, None)
    assert isinstance(found, Unreadable)
    assert found.rule == rule and found.reason.endswith(".")


def test_a_listing_of_the_sites_own_pages_is_no_document(known: SiteTemplate) -> None:
    found = extract(listing(semantic, [article(n) for n in range(12)]), known)
    assert isinstance(found, Unreadable) and found.rule == "listing"


def test_a_listing_whose_last_entry_was_withdrawn_is_no_document(known: SiteTemplate) -> None:
    emptied = "<main><article><h1>Tag: Fees</h1><div class='body'><ul></ul></div></article></main>"
    found = extract(page(emptied, "/tags/fees/"), known)
    assert isinstance(found, Unreadable) and found.rule == "listing"
    assert isinstance(extract(page(emptied, "/fees/"), known), Document)


def test_prose_full_of_links_is_a_document(known: SiteTemplate) -> None:
    body = "<p>The committee met twice and looked again at <a href='/a'>thresholds</a>, <a href='/b'>fees</a> and the new <a href='/c'>duty</a>.</p>"
    assert inside(known, body).text.startswith("The committee")


def test_an_answer_that_is_no_page_gives_no_document() -> None:
    for status in (301, 404, 500):
        found = extract(replace(page(f"<html><body><main>{FILLER}</main></body></html>"), status=status), None)
        assert isinstance(found, Unreadable) and found.rule == "status" and str(status) in found.reason


@pytest.mark.parametrize(
    ("head", "header", "quotable"),
    [
        ("", "", True),
        ("<meta name='robots' content='nosnippet'>", "", False),
        ("<meta name='ROBOTS' content='index, NoSnippet'>", "", False),
        ("<meta name='muniment' content='nosnippet'>", "", False),
        ("<meta name='googlebot' content='nosnippet'>", "", True),
        ("<meta name='robots' content='max-snippet:0'>", "", False),
        ("<meta name='robots' content='max-snippet: 20'>", "", False),
        ("<meta name='robots' content='max-snippet:-1, max-image-preview:large'>", "", True),
        ("", "nosnippet", False),
        ("", "max-image-preview: large, nosnippet", False),
        ("", "unavailable_after: 25 Jun 2030 15:00:00 GMT, nosnippet", False),
        ("", "muniment: max-snippet:0", False),
        ("", "otherbot: nosnippet", True),
    ],
)
def test_a_page_may_ask_to_be_found_without_being_quoted(head: str, header: str, quotable: bool) -> None:
    assert alone("", f"<title>Notes</title>{head}", x_robots_tag=header).quotable is quotable


def test_files_obey_the_rules_of_their_headers() -> None:
    held = extract(page("Fees were set.", "/a.txt", "text/plain", x_robots_tag="nosnippet"), None)
    assert isinstance(held, Document) and not held.quotable
    refused = extract(page("Fees were set.", "/a.txt", "text/plain", x_robots_tag="noindex"), None)
    assert isinstance(refused, Unreadable) and refused.rule == "noindex"


def test_what_may_not_stand_in_results_is_not_in_the_text(known: SiteTemplate) -> None:
    found = inside(
        known, "<p>One <span data-nosnippet>names of children</span> two.</p><div data-nosnippet><p>x</p></div>"
    )
    assert found.text == "One two."
