"""What is learned of a site, shape by shape: its text and nothing of its chrome."""

from collections.abc import Callable
from dataclasses import replace

import msgspec
import pytest
from pages import CHROME, HOST, SHAPES, Article, article, page, semantic, site, squarespace, tables_1998, webforms

from eval.sample.documents import read_documents
from eval.sample.pages import listings
from eval.sample.site import SampleSite
from ingest.extract import extract
from ingest.places import LEAST_PAGES
from ingest.records import Document, Page, Precision
from ingest.template import SAMPLE, from_json, learn, to_json

Shape = Callable[[Article], str]


def read(template_from: list[Page], target: Page) -> Document:
    found = extract(target, learn(template_from))
    assert isinstance(found, Document), found
    return found


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.__name__)
def test_every_shape_gives_the_articles_words_and_nothing_else(shape: Shape) -> None:
    pages = site(shape)
    template = learn([each for _, each in pages])
    for own, each in pages:
        found = extract(each, template)
        assert isinstance(found, Document)
        assert found.text == own.text
        assert found.title == own.title
        assert not [words for words in CHROME if words.casefold() in found.text.casefold()]


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.__name__)
def test_every_shape_gives_the_articles_day_and_never_that_of_the_event(shape: Shape) -> None:
    pages = site(shape)
    template = learn([each for _, each in pages])
    for own, each in pages:
        found = extract(each, template)
        assert isinstance(found, Document)
        assert (found.published.first, found.published.precision) == (own.day, Precision.DAY)


@pytest.mark.parametrize(
    "shape", [each for each in SHAPES if each is not squarespace], ids=lambda shape: shape.__name__
)
def test_an_article_without_a_date_has_none_though_the_event_box_has_one(shape: Shape) -> None:
    dated = [each for _, each in site(shape)]
    undated = article(40, dated=False)
    assert read(dated, page(shape(undated), undated.path)).published.precision is Precision.NONE


def test_pages_of_other_structures_are_learned_apart() -> None:
    mixed = site(semantic) + site(webforms, range(20, 32))
    template = learn([each for _, each in mixed])
    assert len(template.groups) == 2
    for own, each in mixed:
        found = extract(each, template)
        assert isinstance(found, Document) and found.text == own.text


def test_below_five_pages_nothing_is_learned() -> None:
    few = [each for _, each in site(semantic, range(LEAST_PAGES - 1))]
    assert learn(few).groups == ()


def test_a_template_is_learned_from_a_bounded_sample_that_does_not_depend_on_order() -> None:
    pages = [each for _, each in site(tables_1998, range(SAMPLE + 20))]
    template = learn(pages)
    assert template.pages == SAMPLE
    assert learn(pages[::-1]) == template


def moved(pages: list[Page], base: str) -> list[Page]:
    return [replace(each, url=each.url.replace(HOST, base)) for each in pages]


def test_what_is_learned_does_not_depend_on_host_or_port() -> None:
    pages = [each for _, each in [*site(tables_1998, range(150)), *site(semantic, range(150, 300))]]
    template = learn(pages)
    for host in ("example.org", "127.0.0.1:8901", "localhost:1"):
        assert learn(moved(pages, f"http://{host}")) == replace(template, host=host)


def test_what_is_learned_does_not_depend_on_the_order_in_which_pages_are_drawn() -> None:
    sample, public = SampleSite(HOST), [each for each in read_documents() if each.audience == "public"]
    paths = [each.address(number) for each in listings(public) for number in range(1, each.pages + 1)]
    paths += [each.url for each in public if not each.is_pdf]
    pages = [page(sample.reply(path).body.decode(), path) for path in paths]
    template = learn(pages)
    assert [group.pages for group in template.groups[1:]] == [23, 17, 12]
    for number in range(5):
        assert learn(moved(pages, f"{HOST}/{number}")) == template


def test_a_template_says_what_it_learned() -> None:
    template = learn([each for _, each in site(semantic)])
    (group,) = template.groups
    assert template.host == HOST.removeprefix("https://")
    assert template.titles.suffix == " | Directors' Association"
    assert group.content[-1] == "div.body[1]"
    assert group.title and group.title[-1] == "h1[1]"
    assert group.date and group.date[-1] == "p.byline[1]"
    assert (group.pages, group.coverage) == (12, 1.0)


def test_a_template_survives_being_kept() -> None:
    template = learn([each for _, each in site(semantic)])
    assert from_json(to_json(template)) == template
    with pytest.raises(msgspec.ValidationError):
        from_json(b'{"host": 1}')


def test_no_pages_teach_nothing() -> None:
    assert learn([]).groups == ()


def test_a_heading_that_many_pages_share_stays_over_text_of_their_own() -> None:
    standard = "</h2><h3>Decisions</h3><p>Decided {} things.</p>"
    pages = [
        page(semantic(own).replace(own.html, own.html.replace("</h2>", standard.format(own.number))), own.path)
        for own, _ in site(semantic)
    ]
    found = read(pages, pages[3])
    assert "Decisions\n\nDecided 3 things." in found.text


def test_words_that_a_page_shares_with_few_others_stay() -> None:
    pages = [
        page(
            semantic(own).replace("<h2>", "<p>Sent on behalf of the board.</p><h2>")
            if own.number < 3
            else semantic(own),
            own.path,
        )
        for own, _ in site(semantic)
    ]
    assert "Sent on behalf of the board." in read(pages, pages[1]).text
