"""One conformance suite for every index engine: sets, filters, recall and the rank of a needle, never raw scores."""

from concurrent.futures import ThreadPoolExecutor
from random import Random

import faiss
import numpy as np
import pytest
from exact import ExactEngine
from room import BagEncoder, Room, paper, some_papers, some_questions

from index.analysis import phrase, query_terms, term
from index.columns import Predicate, compile_filters, document_number
from index.embedded import EmbeddedEngine
from index.engine import Engine
from index.generation import open_current
from index.holdings import Holdings
from index.proximity import neighbours
from index.records import COLLECTION, Filters, Scope
from index.wording import wanted
from ingest.records import Audience, Kind

SCOPE = Scope(COLLECTION, Audience.PUBLIC)
ENCODER = BagEncoder()
NEEDLE = paper("needle", "A zeppelin landed.", tags=("Needle",))
DOCUMENTS = [*some_papers(Random(21), 80), NEEDLE]
FILTERS = (
    Filters(), Filters(kinds=(Kind.REPORT, Kind.PRESS)), Filters(tags=("SGO",)), Filters(tags=("Needle",)),
    Filters(phrases=("guardian order",)), Filters(phrases=("guardians", "orders of"), tags=("SGO",)),
)  # fmt: skip


def embedded(room: Room) -> Engine:
    folder, manifest = open_current(room.generations, Audience.PUBLIC)
    return EmbeddedEngine(folder, Holdings(folder, manifest))


@pytest.fixture(scope="module")
def engines(tmp_path_factory: pytest.TempPathFactory) -> tuple[Engine, Engine]:
    room = Room(tmp_path_factory.mktemp("engines"), encoder=ENCODER, segment=50)
    room.put(*DOCUMENTS)
    room.publish()
    return ExactEngine(room, SCOPE), embedded(room)


@pytest.fixture(params=[0, 1], ids=["exact", "embedded"])
def engine(request: pytest.FixtureRequest, engines: tuple[Engine, Engine]) -> Engine:
    return engines[request.param]


@pytest.mark.parametrize("filters", FILTERS)
def test_the_lexical_leg_returns_what_the_oracle_returns(engines: tuple[Engine, Engine], filters: Filters) -> None:
    predicate = compile_filters(filters)
    for question in [*some_questions(Random(22), 12), "zeppelin"]:
        expected, found = (one.lexical(SCOPE, query_terms(question), predicate, 10_000) for one in engines)
        assert set(found.keys.tolist()) == set(expected.keys.tolist())
        assert _recall(expected.keys[:10], found.keys[:10]) >= 0.9


@pytest.mark.parametrize("filters", FILTERS)
def test_the_dense_leg_returns_what_the_oracle_returns(engines: tuple[Engine, Engine], filters: Filters) -> None:
    predicate = compile_filters(filters)
    for question in some_questions(Random(23), 12):
        vector, _ = ENCODER.encode_query(question)
        expected, found = (one.dense(SCOPE, vector, predicate, 10_000) for one in engines)
        assert set(found.keys.tolist()) == set(expected.keys.tolist())
        assert _recall(expected.keys[:10], found.keys[:10]) >= 0.9


def test_a_needle_is_first_in_both_legs(engine: Engine) -> None:
    everything = compile_filters(Filters())
    first = engine.lexical(SCOPE, ["zeppelin"], everything, 5).keys
    assert len(first) == 1
    assert engine.dense(SCOPE, ENCODER.encode_query("Needle A zeppelin landed.")[0], everything, 5).keys[0] == first[0]


def test_a_cut_is_the_head_of_the_whole_order(engine: Engine) -> None:
    everything = compile_filters(Filters())
    for question in some_questions(Random(24), 4):
        vector, terms = ENCODER.encode_query(question)[0], query_terms(question)
        for limit in (1, 7, 30):
            assert np.array_equal(
                engine.lexical(SCOPE, terms, everything, limit).keys,
                engine.lexical(SCOPE, terms, everything, 10_000).keys[:limit],
            )
            assert np.array_equal(
                engine.dense(SCOPE, vector, everything, limit).keys,
                engine.dense(SCOPE, vector, everything, 10_000).keys[:limit],
            )


def test_no_terms_find_nothing_and_unknown_ones_too(engine: Engine) -> None:
    everything = compile_filters(Filters())
    assert not len(engine.lexical(SCOPE, [], everything, 10).keys)
    assert not len(engine.lexical(SCOPE, ["unheardof"], everything, 10).keys)


def test_similarities_are_those_of_the_dense_leg_whatever_is_asked_beside(engine: Engine) -> None:
    vector = ENCODER.encode_query("guardian order")[0]
    ranked = engine.dense(SCOPE, vector, compile_filters(Filters()), 40)
    together = engine.similarities(SCOPE, vector, ranked.keys)
    alone = [engine.similarities(SCOPE, vector, ranked.keys[i : i + 1])[0] for i in range(len(ranked.keys))]
    assert together == pytest.approx(ranked.scores, abs=1e-5)
    assert together.tolist() == alone


def test_sentences_are_compared_as_the_oracle_compares_them(engines: tuple[Engine, Engine]) -> None:
    vector = ENCODER.encode_query("guardian order")[0]
    keys = engines[0].dense(SCOPE, vector, compile_filters(Filters()), 10_000).keys
    expected, found = (one.sentences(SCOPE, vector, keys) for one in engines)
    assert [len(its) for its in found] == [len(its) for its in expected]
    assert np.concatenate(found) == pytest.approx(np.concatenate(expected), abs=1e-6)
    alone = [engines[1].sentences(SCOPE, vector, keys[i : i + 1])[0].tolist() for i in range(len(keys))]
    assert [its.tolist() for its in found] == alone


@pytest.mark.parametrize("question", ["guardian order", "What did the panel say?", "zeppelin"])
def test_words_are_compared_as_the_oracle_compares_them(engines: tuple[Engine, Engine], question: str) -> None:
    vector, words = ENCODER.encode_query(question)
    rarity = {term(question[a:b]): 1.0 + at for at, (a, b) in enumerate(words.spans)}
    asked = wanted(question, words, rarity)
    keys = engines[0].dense(SCOPE, vector, compile_filters(Filters()), 10_000).keys
    expected, found = (one.matches(SCOPE, asked, keys) for one in engines)
    assert [len(its) for its in found] == [len(its) for its in expected]
    assert np.concatenate(found) == pytest.approx(np.concatenate(expected), abs=1e-6)
    alone = [engines[1].matches(SCOPE, asked, keys[i : i + 1])[0].tolist() for i in range(len(keys))]
    assert [its.tolist() for its in found] == alone


@pytest.mark.parametrize("question", ["guardian order", "a zeppelin landed", "budget order guardian order", "zeppelin"])
def test_words_in_a_row_count_as_the_oracle_counts_them(engines: tuple[Engine, Engine], question: str) -> None:
    forms = query_terms(question), query_terms(question, stemmed=False)
    asked = neighbours(forms, {word: 1.0 + len(word) for said in forms for word in said})
    keys = engines[0].dense(SCOPE, ENCODER.encode_query(question)[0], compile_filters(Filters()), 10_000).keys
    expected, found = (one.following(SCOPE, asked, keys) for one in engines)
    assert (found > 0).any() == (len(forms[0]) > 1)
    assert found == pytest.approx(expected, abs=1e-6)
    assert [engines[1].following(SCOPE, asked, keys[at : at + 1])[0] for at in range(len(keys))] == found.tolist()


@pytest.mark.parametrize("words", ["guardian", "guardians' orders", "the guardian", "zeppelin landed", "unheard of"])
def test_a_phrase_is_held_by_the_passages_in_which_its_terms_stand_in_a_row(
    engines: tuple[Engine, Engine], words: str
) -> None:
    expected, found = (set(one.holding(SCOPE, phrase(words)).tolist()) for one in engines)
    assert found == expected


def test_of_a_barred_document_nothing_is_returned(engine: Engine) -> None:
    barred = Predicate(barred=tuple(document_number(one.id) for one in DOCUMENTS[:-1]))
    assert len(engine.dense(SCOPE, ENCODER.encode_query("guardian")[0], barred, 100).keys) == 1
    assert len(engine.lexical(SCOPE, ["zeppelin"], barred, 100).keys) == 1
    assert len(engine.lexical(SCOPE, ["guardian"], barred, 100).keys) == 0


def test_scores_fall_and_equal_ones_go_by_key(engine: Engine) -> None:
    ranked = engine.lexical(SCOPE, ["guardian"], compile_filters(Filters()), 1_000)
    pairs = list(zip((-ranked.scores).tolist(), ranked.keys.tolist(), strict=True))
    assert pairs == sorted(pairs)


def _recall(expected: np.ndarray, found: np.ndarray) -> float:
    return len(set(expected.tolist()) & set(found.tolist())) / len(expected) if len(expected) else 1.0


def test_a_search_takes_one_thread_whichever_thread_asks(engines: tuple[Engine, Engine]) -> None:
    with ThreadPoolExecutor(1) as pool:
        pool.submit(faiss.omp_set_num_threads, 2).result()
        pool.submit(engines[1].dense, SCOPE, ENCODER.encode_query("order")[0], Predicate(), 5).result()
        assert pool.submit(faiss.omp_get_max_threads).result() == 1
