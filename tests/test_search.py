"""Searching: what is found, counted and shown is what a patient reader of every passage would say."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from random import Random
from threading import Event
from weakref import ref

import pytest
from room import TAGS, WORDS, Room, paper, some_papers, some_questions

from index.analysis import query_terms
from index.columns import Predicate
from index.embedded import EmbeddedEngine
from index.errors import IndexFault
from index.generation import open_current
from index.hits import marks
from index.holdings import Holdings
from index.lexical import LexicalIndex
from index.records import NO_FILTERS, Filters, Hit, Mode, Order, Parts, Scope
from index.search import Searcher
from ingest.records import UNDATED, Audience, DateSpan, Document, Kind, Precision

PUBLIC = Audience.PUBLIC
DOCUMENTS = some_papers(Random(11), 60)
DATED = DateSpan(date(2015, 6, 1), date(2015, 8, 31), Precision.SEASON, "title")


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Room:
    made = Room(tmp_path_factory.mktemp("room"), segment=60)
    made.put(*DOCUMENTS)
    made.publish()
    return made


@pytest.fixture(scope="module")
def searcher(room: Room) -> Searcher:
    return room.searcher()


def some_filters(rng: Random) -> Filters:
    first = date(rng.randrange(2012, 2024), rng.randrange(1, 13), rng.randrange(1, 29))
    return Filters(
        kinds=tuple(rng.sample(list(Kind), rng.randrange(4))),
        tags=tuple(tag.lower() for tag in rng.sample(TAGS, rng.randrange(3))),
        since=first if rng.random() < 0.4 else None,
        until=date(first.year + rng.randrange(3), 12, 31) if rng.random() < 0.4 else None,
    )


def passes(document: Document, filters: Filters) -> bool:
    span = document.published
    if (filters.since or filters.until) and span.first is None:
        return False
    if filters.since and span.until and span.until < filters.since:
        return False
    if filters.until and span.first and span.first > filters.until:
        return False
    tags = {tag.casefold() for tag in document.tags}
    return (not filters.kinds or document.kind in filters.kinds) and (
        not filters.tags or bool(tags & {tag.casefold() for tag in filters.tags})
    )


def cases(count: int) -> Iterator[tuple[str, Filters, Mode]]:
    rng = Random(17)
    for question in some_questions(rng, count):
        yield question, some_filters(rng), rng.choice(list(Mode))


def ids(hits: tuple[Hit, ...]) -> list[str]:
    return [hit.document.id for hit in hits]


def test_filtered_results_are_what_passes_and_nothing_else(searcher: Searcher) -> None:
    """Sixty documents fit into either leg, so what filters leave out is all that may be missing."""
    for question, filters, mode in cases(25):
        everything = searcher.search(question, limit=100, mode=mode)
        found = searcher.search(question, filters, limit=100, mode=mode)
        expected = {one.id for one in DOCUMENTS if passes(one, filters)} & set(ids(everything.hits))
        assert set(ids(found.hits)) == expected
        assert found.total == len(expected)


def test_without_a_question_a_filter_gives_exactly_what_passes_newest_first(searcher: Searcher) -> None:
    for _, filters, _ in cases(60):
        found = searcher.search("", filters, limit=100)
        expected = [one for one in DOCUMENTS if passes(one, filters)]
        expected.sort(key=lambda one: (-(one.published.first or date.min).toordinal(), one.id))
        assert ids(found.hits) == [one.id for one in expected]


def test_facets_count_the_whole_result_set_without_their_own_selection(searcher: Searcher) -> None:
    for question, filters, mode in cases(10):
        facets = searcher.search(question, filters, limit=1, mode=mode).facets
        without = {
            "kind": (replace(filters, kinds=()), lambda one: [one.kind.value]),
            "tag": (replace(filters, tags=()), lambda one: one.tags),
            "year": (replace(filters, since=None, until=None), _years),
        }
        for name, (others, values) in without.items():
            shown = [hit.document for hit in searcher.search(question, others, limit=100, mode=mode).hits]
            counted = Counter(value for one in shown for value in values(one))
            assert {one.value: one.count for one in facets[name]} == counted


def _years(one: Document) -> list[str]:
    span = one.published
    return [str(year) for year in range(span.first.year, span.until.year + 1)] if span.first and span.until else []


def test_undated_works_that_a_date_filter_left_out_are_counted(searcher: Searcher) -> None:
    filters = Filters(since=date(2010, 1, 1), until=date(2030, 1, 1))
    found = searcher.search("", filters, limit=100)
    undated = [one for one in DOCUMENTS if one.published == UNDATED]
    assert found.undated == len(undated) > 0
    assert found.total == len(DOCUMENTS) - len(undated)
    assert searcher.search("").undated == 0


@pytest.mark.parametrize(
    ("since", "until", "found"),
    [
        ("2015-08-31", None, True), ("2015-09-01", None, False), (None, "2015-06-01", True),
        (None, "2015-05-31", False), ("2015-07-10", "2015-07-10", True), ("2015-01-01", "2015-12-31", True),
    ],
)  # fmt: skip
def test_a_season_matches_any_of_its_days(tmp_path: Path, since: str | None, until: str | None, found: bool) -> None:
    room = Room(tmp_path)
    room.put(paper("summer", "The committee met.", published=DATED))
    room.publish()
    filters = Filters(since=date.fromisoformat(since) if since else None, until=until and date.fromisoformat(until))
    for question in ("", "committee"):
        assert bool(room.searcher().search(question, filters).total) == found


def test_limit_and_offset_cut_one_order(searcher: Searcher) -> None:
    for question, filters, mode in cases(6):
        whole = searcher.search(question, filters, limit=100, mode=mode)
        for limit in (1, 3, 10):
            page = searcher.search(question, filters, limit=limit, mode=mode)
            assert page.hits == whole.hits[:limit]
            assert (page.total, page.facets) == (whole.total, whole.facets)
            later = searcher.search(question, filters, limit=limit, offset=limit, mode=mode)
            assert later.hits == whole.hits[limit : 2 * limit]
        assert searcher.search(question, filters, offset=whole.total, mode=mode).hits == ()


def test_by_date_shows_the_same_works_in_another_order(searcher: Searcher) -> None:
    best, newest = (
        searcher.search("guardian order", limit=100),
        searcher.search("guardian order", limit=100, order=Order.DATE),
    )
    assert {hit.document.id: hit for hit in best.hits} == {hit.document.id: hit for hit in newest.hits}
    days = [hit.document.published.first or date.min for hit in newest.hits]
    assert days == sorted(days, reverse=True)


def test_equal_works_stand_in_order_of_their_ids(tmp_path: Path) -> None:
    room = Room(tmp_path)
    room.put(*(paper(f"copy-{n}", "The court may make an order.", title="Order") for n in range(9)))
    room.publish()
    found = ids(room.searcher().search("court order").hits)
    assert found == sorted(found)


def test_what_is_shown_stands_word_for_word_in_the_document(searcher: Searcher) -> None:
    for question in WORDS[:12]:
        for hit in searcher.search(question, limit=20).hits:
            document = searcher.document(hit.document.id)
            assert document is not None
            for passage in hit.passages:
                assert document.text[passage.start : passage.end] == passage.text
            assert [p.score for p in hit.passages] == sorted((p.score for p in hit.passages), reverse=True)
            assert 0 <= hit.relevance <= 1


@pytest.mark.parametrize(
    ("text", "question", "marked"),
    [
        ("Special Guardianship Orders (SGOs).", "sgo guardianship", ["Guardianship", "SGOs"]),
        ("Guardian’s rights; guardians.", "guardian", ["Guardian’s", "guardians"]),
        ("Señora Núñez spoke.", "nunez", ["Núñez"]),
        ("Nothing here.", "guardian", []),
    ],
)
def test_marks_are_the_words_that_matched(text: str, question: str, marked: list[str]) -> None:
    assert [text[start:end] for start, end in marks(text, query_terms(question))] == marked


def test_a_needle_is_first_by_its_words_and_in_every_mode(tmp_path: Path) -> None:
    room = Room(tmp_path)
    needle = paper("needle", "The zeppelin landed at the regional chair's house.")
    room.put(*DOCUMENTS, needle)
    room.publish()
    for mode in Mode:
        assert (
            ids(room.searcher().search("needle: zeppelin landed, regional chair's house", mode=mode).hits)[0]
            == needle.id
        )


def test_the_narrowest_filter_starves_nobody(tmp_path: Path) -> None:
    """One document of 300 carries the tag and is the worst match for the question: still it is found, and alone."""
    room = Room(tmp_path, segment=1_000)
    rare = paper("rare", "Asylum tariff.", tags=("Rare",))
    room.put(*(paper(f"common-{n}", f"Guardian order {n}.") for n in range(300)), rare)
    room.publish()
    assert ids(room.searcher().search("guardian order", Filters(tags=("rare",))).hits) == [rare.id]


def test_an_empty_generation_answers_with_nothing(tmp_path: Path) -> None:
    room = Room(tmp_path)
    room.publish()
    found = room.searcher().search("guardian", Filters(tags=("SGO",)))
    assert (found.total, found.hits, found.undated) == (0, (), 0)
    assert room.searcher().search("").total == 0
    assert room.searcher().related("0" * 16) == ()


def test_documents_without_passages_are_listed_though_not_found_by_words(tmp_path: Path) -> None:
    room = Room(tmp_path)
    bare = paper("bare", title="Guardian")
    room.put(bare)
    room.publish()
    assert ids(room.searcher().search("").hits) == [bare.id]
    assert room.searcher().search("guardian").total == 0
    room.put(paper("full", "Guardian."))
    room.publish()
    assert room.searcher().search("guardian").total == 1


@pytest.mark.parametrize("question", ["", " ", "?!", "—"])
def test_a_question_without_words_lists_everything(searcher: Searcher, question: str) -> None:
    assert searcher.search(question).total == len(DOCUMENTS)


def test_a_question_of_stop_words_alone_is_still_asked(searcher: Searcher) -> None:
    assert searcher.search("what is it", mode=Mode.LEXICAL).total == 0
    assert searcher.search("what is it").total > 0


def test_an_engine_answers_for_its_own_scope_alone(room: Room) -> None:
    folder, manifest = open_current(room.generations, PUBLIC)
    engine = EmbeddedEngine(folder, Holdings(folder, manifest))
    other = Scope(manifest.scope.collection, Audience.MEMBERS)
    with pytest.raises(IndexFault, match="that audience"):
        engine.lexical(other, ["guardian"], Predicate(), 10)
    assert Filters() == NO_FILTERS


@pytest.mark.parametrize(
    ("part", "one", "other"),
    [
        ("pairs", "school transport budget", "budget transport school"),
        ("repeats", "budget budget grant", "budget grant"),
    ],
)
def test_a_part_that_is_left_out_has_no_say(room: Room, part: str, one: str, other: str) -> None:
    def ranked(question: str, parts: Parts) -> list[tuple[str, float]]:
        asked = Searcher(*open_current(room.generations, PUBLIC), room.encoder, parts)
        hits = asked.search(question, mode=Mode.LEXICAL, limit=60, shown=1).hits
        return [(hit.document.id, round(hit.passages[0].score, 5)) for hit in hits]

    without = Parts(**{part: False})
    assert ranked(one, without) == ranked(other, without)
    assert ranked(one, Parts()) != ranked(other, Parts())


def test_a_search_shows_and_counts_only_what_is_asked_for(searcher: Searcher) -> None:
    whole, bare = searcher.search("grant", limit=60), searcher.search("grant", limit=60, shown=0, facets=("tag",))
    assert [hit.document for hit in bare.hits] == [hit.document for hit in whole.hits]
    assert {hit.passages for hit in bare.hits} == {()}
    assert bare.facets == {"tag": whole.facets["tag"]}


def test_the_same_page_is_worked_out_once_and_another_one_is_another(searcher: Searcher) -> None:
    first = searcher.search("guardian order", limit=5)
    assert searcher.search("guardian order", limit=5) is first
    for other in (
        searcher.search("guardian orders", limit=5),
        searcher.search("guardian order", limit=6),
        searcher.search("guardian order", Filters(kinds=(Kind.REPORT,)), limit=5),
        searcher.search("guardian order", limit=5, mode=Mode.LEXICAL),
        searcher.search("guardian order", limit=5, facets=()),
    ):
        assert other is not first and other != first


def test_a_searcher_goes_with_its_last_holder(tmp_path: Path) -> None:
    room = Room(tmp_path)
    room.put(*DOCUMENTS)
    room.publish()
    searcher = room.searcher()
    searcher.search("guardian")
    held = ref(searcher)
    del searcher
    assert held() is None


def test_words_are_looked_for_while_the_model_reads_the_question(tmp_path: Path, monkeypatch) -> None:
    room, looked = Room(tmp_path), Event()
    room.put(paper("minutes", "The panel met."))
    room.publish()
    find, read = LexicalIndex.search, room.encoder.encode_query
    monkeypatch.setattr(LexicalIndex, "search", lambda *asked: (looked.set(), find(*asked))[1])
    # Were the words looked for afterwards, the model would wait here in vain.
    monkeypatch.setattr(room.encoder, "encode_query", lambda text: read(text) if looked.wait(10) else 1 / 0)
    assert len(room.searcher().search("panel").hits) == 1


def test_a_model_that_fails_is_told_to_whoever_asked(tmp_path: Path, monkeypatch) -> None:
    room = Room(tmp_path)
    room.put(paper("minutes", "The panel met."))
    room.publish()
    searcher = room.searcher()
    with monkeypatch.context() as failing, pytest.raises(ZeroDivisionError):
        failing.setattr(room.encoder, "encode_query", lambda text: 1 / 0)
        searcher.search("panel")
    assert len(searcher.search("panel").hits) == 1
