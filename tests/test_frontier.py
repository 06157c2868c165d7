"""The frontier: what is known of an address survives whatever happens to the program, and its history can be told."""

import multiprocessing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import apsw
import pytest

from ingest.archive import ArchiveRef
from ingest.errors import BadInput
from ingest.frontier import Frontier
from ingest.records import Audience
from ingest.visits import Good, Offer, State, Visit

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
A, B, C = (f"https://example.org/{name}" for name in "abc")


def good(body: str = "one", audience: Audience = Audience.PUBLIC) -> Good:
    return Good(ArchiveRef("000001.warc.gz", 7), body, '"etag"', None, audience)


def kept(url: str = A, body: str = "one", audience: Audience = Audience.PUBLIC) -> Visit:
    return Visit(url, State.KEPT, "page", "Read.", good=good(body, audience))


@pytest.fixture
def frontier(tmp_path: Path) -> Frontier:
    frontier = Frontier(tmp_path / "home" / "frontier.sqlite")
    frontier.begin(NOW)
    frontier.offer([Offer(url, "seed", 0) for url in (A, B, C)], NOW)
    return frontier


def due(frontier: Frontier) -> list[str]:
    return [entry.url for entry in frontier.due(100)]


def test_an_address_is_due_once_in_a_crawl_and_again_in_the_next(frontier: Frontier) -> None:
    assert due(frontier) == [A, B, C]
    frontier.record(kept(A), NOW)
    frontier.offer([Offer(A, B, 3)], NOW)
    assert due(frontier) == [B, C]
    assert frontier.waiting() == 2
    frontier.finish(NOW)
    frontier.begin(NOW)
    assert due(frontier) == [A, B, C]


def test_a_crawl_that_was_broken_off_is_gone_on_with(frontier: Frontier) -> None:
    frontier.record(kept(A), NOW)
    with Frontier(frontier.path) as again:
        again.begin(NOW)
        assert due(again) == [B, C]


def test_a_batch_is_written_whole_or_not_at_all(frontier: Frontier) -> None:
    with pytest.raises(RuntimeError), frontier.batch():
        frontier.record(kept(A), NOW)
        raise RuntimeError
    assert due(frontier) == [A, B, C]
    assert list(frontier.pending()) == []


def test_nearer_pages_come_first_and_those_said_to_have_changed_before_all(frontier: Frontier) -> None:
    frontier.offer([Offer(A + "/far", A, 5), Offer(A + "/near", A, 1)], NOW)
    frontier.record(kept(C, "three"), NOW)
    frontier.finish(NOW)
    frontier.begin(NOW)
    frontier.offer([Offer(C, "sitemap", 1, changed="2026-12-01"), Offer(B, "sitemap", 1, changed="")], NOW)
    assert due(frontier) == [C, A, B, A + "/near", A + "/far"]


def test_what_a_sitemap_says_is_old_news_is_still_asked_for(frontier: Frontier) -> None:
    frontier.record(kept(A), NOW)
    frontier.finish(NOW)
    frontier.begin(NOW)
    frontier.offer([Offer(A, "sitemap", 1, changed="1999-01-01")], NOW)
    assert A in due(frontier)


@pytest.mark.parametrize(
    ("first", "second", "handed_on"),
    [
        (kept(body="one"), kept(body="one"), False),
        (kept(body="one"), kept(body="two"), True),
        (kept(body="one"), kept(body="one", audience=Audience.MEMBERS), True),
        (kept(body="one"), Visit(A, State.KEPT, "page", "Unchanged."), False),
        (Visit(A, State.FAILED, "timeout", "Slow."), kept(), True),
        (Visit(A, State.GONE, "gone", "404"), kept(), True),
        (Visit(A, State.REFUSED, "noindex", "No.", good=good()), kept(), True),
        (kept(), Visit(A, State.FAILED, "timeout", "Slow."), False),
    ],
)
def test_only_what_differs_is_handed_on(frontier: Frontier, first: Visit, second: Visit, handed_on: bool) -> None:
    frontier.record(first, NOW)
    for url, _ in frontier.pending():
        frontier.settle(url, "kept", "document", "Read.")
    assert frontier.record(second, NOW) is handed_on
    assert [url for url, _ in frontier.pending()] == ([A] if handed_on else [])


def test_a_page_stays_pending_until_it_is_settled(frontier: Frontier) -> None:
    frontier.record(kept(A), NOW)
    frontier.record(Visit(A, State.KEPT, "page", "Unchanged."), NOW)
    frontier.record(Visit(A, State.FAILED, "timeout", "Slow."), NOW)
    assert list(frontier.pending()) == [(A, good().ref)]
    frontier.settle(A, State.SKIPPED, "listing", "A list of pages.")
    assert list(frontier.pending()) == []
    assert frontier.why(A)[-1].rule == "listing"


@pytest.mark.parametrize("state", [State.GONE, State.REFUSED, State.SKIPPED, State.ALIAS])
@pytest.mark.parametrize("settled", [True, False])
def test_what_may_be_in_the_catalog_departs(frontier: Frontier, state: State, settled: bool) -> None:
    frontier.record(kept(A), NOW)
    if settled:
        frontier.settle(A, "kept", "document", "Read.")
    frontier.record(Visit(A, state, "rule", "Reason.", target=B if state is State.ALIAS else ""), NOW)
    assert list(frontier.pending()) == []
    assert list(frontier.departed()) == [A]
    frontier.settle_departed(A)
    assert list(frontier.departed()) == []


def test_what_never_was_in_the_catalog_does_not_depart(frontier: Frontier) -> None:
    frontier.record(Visit(A, State.GONE, "gone", "404"), NOW)
    frontier.record(kept(B), NOW)
    frontier.settle(B, "skipped", "listing", "A list of pages.")
    frontier.record(Visit(B, State.GONE, "gone", "404"), NOW)
    assert list(frontier.departed()) == []


def test_a_twin_is_another_name_until_the_first_changes(frontier: Frontier) -> None:
    assert frontier.record(kept(A, "same"), NOW)
    assert not frontier.record(kept(B, "same"), NOW)
    twin = frontier.find(B)
    assert twin is not None
    assert (twin.state, twin.rule, twin.target) == (State.ALIAS, "duplicate", A)
    frontier.record(kept(A, "other"), NOW)
    assert due(frontier) == [C, B]
    assert frontier.find(B).etag is None  # type: ignore[union-attr]
    assert frontier.record(kept(B, "same"), NOW)


def test_pages_alike_for_different_readers_are_no_twins(frontier: Frontier) -> None:
    assert frontier.record(kept(A, "same"), NOW)
    assert frontier.record(kept(B, "same", Audience.MEMBERS), NOW)


@pytest.mark.parametrize("fate", [State.GONE, State.REFUSED, State.FAILED])
def test_a_page_that_took_another_for_its_true_name_is_read_again_when_that_is_none(
    frontier: Frontier, fate: State
) -> None:
    frontier.record(Visit(A, State.ALIAS, "canonical", "It calls itself B.", B, good()), NOW)
    frontier.record(Visit(B, fate, "rule", "Reason."), NOW)
    assert due(frontier) == [C, A]


def test_what_was_skipped_may_be_queued_after_all(frontier: Frontier) -> None:
    far = A + "/far"
    frontier.offer([Offer(far, A, 30, "depth", "Too far.")], NOW)
    assert far not in due(frontier)
    frontier.offer([Offer(far, B, 2)], NOW)
    assert far in due(frontier)


def test_a_lasting_answer_is_not_asked_for_again_within_a_day(frontier: Frontier) -> None:
    frontier.record(Visit(A, State.GONE, "gone", "404", stable=True), NOW)
    for hours, expected in ((1, [B, C]), (25, [A, B, C])):
        frontier.finish(NOW)
        frontier.begin(NOW + timedelta(hours=hours))
        assert due(frontier) == expected


def test_the_history_of_an_address_is_told_in_order(frontier: Frontier) -> None:
    frontier.record(kept(A), NOW)
    frontier.record(Visit(A, State.KEPT, "page", "Unchanged."), NOW)
    frontier.record(Visit(A, State.GONE, "gone", "The site answered with status 410."), NOW + timedelta(hours=1))
    assert [(each.state, each.rule, each.referrer) for each in frontier.why(A)] == [
        (State.KEPT, "page", "seed"),
        (State.GONE, "gone", "seed"),
    ]
    assert [each.at for each in frontier.why(A)] == [NOW, NOW + timedelta(hours=1)]
    frontier.offer([Offer(C + ".jpg", C, 1, "media", "Not a page.")], NOW)
    assert [(each.state, each.rule, each.referrer) for each in frontier.why(C + ".jpg")] == [
        (State.SKIPPED, "media", C)
    ]
    assert frontier.why("https://example.org/never-seen") == []
    assert [each.state for each in frontier.known()] == [State.GONE, State.QUEUED, State.QUEUED, State.SKIPPED]


def test_everything_kept_can_be_handed_on_again(frontier: Frontier) -> None:
    frontier.record(kept(A), NOW)
    frontier.settle(A, "kept", "document", "Read.")
    frontier.record(Visit(B, State.GONE, "gone", "404"), NOW)
    frontier.hand_on_again()
    assert [url for url, _ in frontier.pending()] == [A]


def test_many_pages_can_be_settled_while_they_are_read(frontier: Frontier) -> None:
    urls = [f"https://example.org/{number}" for number in range(1200)]
    with frontier.batch():
        frontier.offer([Offer(url, "seed", 0) for url in urls], NOW)
        for url in urls:
            frontier.record(kept(url, url), NOW)
    seen = []
    with frontier.batch():
        for url, _ in frontier.pending():
            frontier.settle(url, "kept", "document", "Read.")
            seen.append(url)
    assert seen == urls


def test_a_newer_file_is_refused_with_the_remedy(tmp_path: Path) -> None:
    path = tmp_path / "frontier.sqlite"
    with Frontier(path):
        pass
    db = apsw.Connection(str(path))
    db.pragma("user_version", 99)
    db.close()
    with pytest.raises(BadInput, match="newer"):
        Frontier(path)


def _offer_many(path: Path, name: str) -> None:
    with Frontier(path) as frontier:
        for number in range(100):
            frontier.offer([Offer(f"https://example.org/{name}/{number}", "seed", 0)], NOW)


def test_two_processes_writing_lose_nothing(tmp_path: Path) -> None:
    path = tmp_path / "frontier.sqlite"
    with Frontier(path):
        pass
    context = multiprocessing.get_context("spawn")
    writers = [context.Process(target=_offer_many, args=(path, name)) for name in "xy"]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert [writer.exitcode for writer in writers] == [0, 0]
    with Frontier(path) as frontier:
        assert [each.state for each in frontier.known()] == [State.QUEUED] * 200


def test_the_page_longest_unseen_can_be_told_without_those_of_members(frontier: Frontier) -> None:
    frontier.record(kept(A, "a", Audience.MEMBERS), NOW)
    frontier.finish(NOW)
    later = NOW + timedelta(days=9)
    frontier.begin(later)
    frontier.record(kept(B, "b"), later)
    assert frontier.longest_unseen() == (A, NOW)
    assert frontier.longest_unseen(public=True) == (B, later)


def test_rows_that_were_moved_leave_no_trace_of_what_is_forgotten(frontier: Frontier) -> None:
    urls = [f"https://example.org/page-{number:03}" for number in range(120)]
    frontier.offer([Offer(url, "seed", 1) for url in urls], NOW)
    for step in range(3):
        for url in urls:
            frontier.record(Visit(url, State.FAILED, "timeout", "No answer. " * (1 + 7 * step)), NOW)
    for url in urls[::3]:
        frontier.forget(url)
        assert frontier.why(url) == [] and frontier.find(url) is None
    data = frontier.path.read_bytes()
    assert [url for url in urls if url.encode() in data] == [url for url in urls if url not in urls[::3]]
