"""Other search libraries answer the same questions on the same windows; without the extra they are asked for."""

import sys
from collections.abc import Callable

import pytest
from room import BagEncoder

from eval.baselines import Bare, Windows
from eval.errors import EvalError
from eval.peers import Txtai, bm25s_system
from eval.records import Query, Text
from eval.systems import System

TEXTS = [
    Text("carers", "Kinship carers", "Grandparents who raise children need a special guardianship order. " * 60),
    Text("budget", "The budget", "The council cut the budget for libraries by ten per cent."),
    Text("buses", "School buses", "School transport costs have doubled since the tariff of 2015."),
]


def bm25s() -> System:
    return bm25s_system(Windows(TEXTS))


def txtai() -> System:
    windows, encoder = Windows(TEXTS), BagEncoder()
    return Txtai(windows, Bare(windows, encoder, encoder.encode_passages(windows.texts, lambda _: None)))


@pytest.mark.parametrize("made", [bm25s, txtai])
def test_a_peer_ranks_documents_by_their_best_window(made: Callable[[], System]) -> None:
    pytest.importorskip(made.__name__, reason=f"the extra peers is not installed: no {made.__name__}")
    system = made()
    ranking = system.rank(Query("q", "Which tariffs?"), 2)
    assert ranking[0][0] == "buses"
    assert system.name == made.__name__ and system.settings["version"]
    assert [id for id, _ in system.rank(Query("q", "guardianship order"), 3)].count("carers") == 1


def test_bm25s_finds_nothing_for_words_that_are_nowhere() -> None:
    pytest.importorskip("bm25s", reason="the extra peers is not installed: no bm25s")
    assert bm25s().rank(Query("q", "zebra"), 3) == []
    assert bm25s().rank(Query("q", "the"), 3) == []


@pytest.mark.parametrize("made", [bm25s, txtai])
def test_a_peer_that_is_not_installed_is_asked_for(made: Callable[[], System], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, made.__name__, None)
    with pytest.raises(EvalError, match="peers"):
        made()
