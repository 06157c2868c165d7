"""What was learned of a site outlives its pages' changes, and no longer than that."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from pages import Article, drupal, page, semantic, site, tables_1998, webforms
from room import paper

from ingest.records import Document, Page, Unreadable
from ingest.template import from_json
from service.learned import Learned, Outcome, learn_all, of_members_own, read_page, template_file

HOST = "www.example.org"


def read_all(learned: Learned, pages: list[Page]) -> dict[str, Document]:
    outcomes = (learned.spared(outcome, None) for outcome in judge(pages, learned))
    return {outcome.url: outcome for outcome in outcomes if isinstance(outcome, Document)}


def learn(
    folder: Path, fresh: list[Page], kept: list[Page] | None = None, before: dict[str, Document] | None = None
) -> Learned:
    pages = {each.url: each for each in [*(kept or fresh), *fresh]}
    return learn_all(folder, [each.url for each in fresh], pages, pages.__getitem__, (before or {}).get, judge)


def judge(pages: Iterable[Page], learned: Learned) -> Iterator[Outcome]:
    return (read_page(each, learned.template_for(each.url)) for each in pages)


def in_shape(shape: object, numbers: range = range(12)) -> list[Page]:
    return [each for _, each in site(shape, numbers)]  # type: ignore[arg-type]


def test_what_was_learned_is_kept_while_pages_come_and_change(tmp_path: Path) -> None:
    learn(tmp_path, in_shape(semantic))
    first = template_file(tmp_path, HOST).read_bytes()
    again = learn(tmp_path, in_shape(semantic, range(6, 30)), in_shape(semantic, range(30)))
    assert again.alarms == ()
    assert template_file(tmp_path, HOST).read_bytes() == first


@pytest.mark.parametrize("shape", [drupal, tables_1998, webforms])
def test_a_redesign_is_noticed_and_changes_no_text(tmp_path: Path, shape: object) -> None:
    before = read_all(learn(tmp_path, in_shape(semantic)), in_shape(semantic))
    learned = learn(tmp_path, in_shape(shape), before=before)
    assert "redesigned" in learned.alarms[0]
    after = read_all(learned, in_shape(shape))
    assert {url: one.text for url, one in after.items()} == {url: one.text for url, one in before.items()}
    assert learn(tmp_path, in_shape(shape), before=after).alarms == ()


def test_a_few_pages_of_another_make_raise_no_alarm_and_are_learned_beside_the_rest(tmp_path: Path) -> None:
    learn(tmp_path, in_shape(semantic))
    odd = in_shape(webforms, range(20, 28))
    learned = learn(tmp_path, odd, [*in_shape(semantic, range(20)), *odd])
    assert learned.alarms == ()
    assert len(learned.templates[HOST].groups) == 2


def emptied(own: Article) -> str:
    return semantic(own).replace(own.html, '<div id="app"></div>')


def test_a_redesign_that_leaves_no_text_is_an_alarm_and_the_last_good_text_is_kept(tmp_path: Path) -> None:
    before = read_all(learn(tmp_path, in_shape(semantic)), in_shape(semantic))
    bare = in_shape(emptied)
    learned = learn(tmp_path, bare, before=before)
    assert "12 of 12" in learned.alarms[-1]
    assert from_json(template_file(tmp_path, HOST).read_bytes()).alarm == learned.alarms[-1]
    for each in bare:
        outcome = learned.spared(read_page(each, learned.template_for(each.url)), before[each.url])
        assert isinstance(outcome, Unreadable) and outcome.rule == "redesigned"
    learn(tmp_path, in_shape(semantic), before=before)
    assert from_json(template_file(tmp_path, HOST).read_bytes()).alarm == ""


def test_a_page_that_is_cut_short_while_its_site_stays_is_taken_at_its_word(tmp_path: Path) -> None:
    before = read_all(learn(tmp_path, in_shape(semantic)), in_shape(semantic))
    [own, _] = [each for each, _ in site(semantic, range(2))]
    notice = page(semantic(own).replace(own.html, "<p>Withdrawn by the board.</p>"), own.path)
    learned = learn(tmp_path, [notice], in_shape(semantic), before)
    outcome = learned.spared(read_page(notice, learned.template_for(notice.url)), before[notice.url])
    assert isinstance(outcome, Document) and outcome.text == "Withdrawn by the board."


def test_what_members_are_shown_is_theirs_only_where_it_is_another_text() -> None:
    public, other = paper("fines", "Fines end."), paper("fines", "Fines end in May.")
    told = [replace(each, url=f"{public.url}#members") for each in (public, other)]
    for before, outcomes in ((lambda _: None, [public, *told]), (lambda _: public, told)):
        kinds = [getattr(one, "rule", "") for one in of_members_own(outcomes, before) if one.url != public.url]
        assert kinds == ["same-to-members", ""]
    assert list(of_members_own(told, lambda _: None)) == told
