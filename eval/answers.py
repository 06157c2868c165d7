"""Measuring answers without a judge: gold words in what is quoted, quotes in what is stored, refusals where due."""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Any

import numpy as np

from eval.asked import Asked, Gold
from eval.systems import Ids
from index.records import NO_FILTERS, Card
from index.search import Searcher
from service.answer import consider, distinct, near, quotes, tell
from service.asked import reading
from service.evidence import Weighed
from service.intake import Progress
from service.operators import Typed
from service.records import Answer, Citation

_WORDS = "one two three four five six seven eight nine ten twelve eighteen"
_NUMBERS = dict(zip(_WORDS.split(), "1 2 3 4 5 6 7 8 9 10 12 18".split(), strict=True))


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one question. ``said`` and ``found`` are ranks from 1, None where no sentence holds the gold.

    ``said``: the gold words stand in the sentence of that rank, whatever document it is of; ``found``: in the gold
    document, and over the gold span where that is known. Both look at the ranking, before any refusing;
    ``within`` tells whether one of the first five passages, in the order of their best sentences, holds the gold.
    ``supported`` counts the quotes that hold a gold answer; ``gold_documents`` is how many documents answer, and
    ``cited_documents`` how many of these are cited for it.
    ``added`` is the time beside the search, in seconds.
    """

    answerable: bool
    state: str
    chance: float
    said: int | None
    found: int | None
    within: bool
    quotes: int
    exact: int
    supported: int
    gold_documents: int
    cited_documents: int
    added: float


def ask_all(
    asked: Sequence[Asked], searcher: Searcher, ids: Ids, clock: Callable[[], float], progress: Progress
) -> list[Outcome]:
    """Put every question to the program, one after the other; the first is asked once before, unmeasured."""
    outcomes = []
    _timed(asked[0].query.text, searcher, clock)
    for done, one in enumerate(asked, start=1):
        weighed, given, added = _timed(one.query.text, searcher, clock)
        outcomes.append(_outcome(one, weighed, given, searcher, ids, added))
        progress("ask", done, len(asked))
    return outcomes


def figures(outcomes: Sequence[Outcome]) -> dict[str, Any]:
    """Means over the answerable or the unanswerable questions, as each measure says; None where there are none.

    Citation precision: of an answer's quotes, the share that holds a gold answer, over the answerable questions
    that were answered. Citation recall: of the documents that answer, the share cited for it, over all
    answerable questions.
    """
    yes = [one for one in outcomes if one.answerable]
    no = [one for one in outcomes if not one.answerable]
    quoted = sum(one.quotes for one in outcomes)
    return {
        "questions": len(outcomes),
        "answerable": len(yes),
        "said@1": _mean(one.said == 1 for one in yes),
        "said@3": _mean(one.said is not None and one.said <= 3 for one in yes),
        "found@1": _mean(one.found == 1 for one in yes),
        "found@3": _mean(one.found is not None and one.found <= 3 for one in yes),
        "passage@5": _mean(one.within for one in yes),
        "right": _mean(one.supported > 0 for one in yes),
        "citation_precision": _mean(one.supported / one.quotes for one in yes if one.quotes),
        "citation_recall": _mean(one.cited_documents / one.gold_documents for one in yes),
        "false_refusals": _mean(not one.quotes for one in yes),
        "false_answers": _mean(one.quotes > 0 for one in no),
        "auroc": auroc([one.chance for one in yes], [one.chance for one in no]),
        "risk_coverage": risk_coverage(outcomes),
        "quotes": quoted,
        "quotes_exact": sum(one.exact for one in outcomes) / quoted if quoted else None,
        "added_ms_p50": float(np.percentile([one.added for one in outcomes], 50)) * 1000,
        "states": {state: sum(one.state == state for one in outcomes) for state in sorted({o.state for o in outcomes})},
    }


def auroc(positive: Sequence[float], negative: Sequence[float]) -> float | None:
    """How often a positive scores above a negative, ties half: the area under the ROC curve."""
    if not positive or not negative:
        return None
    # Read late: it takes a second, and only who asks for answers should wait.
    from sklearn.metrics import roc_auc_score  # type: ignore[import-untyped]

    return float(roc_auc_score([True] * len(positive) + [False] * len(negative), [*positive, *negative]))


def risk_coverage(outcomes: Sequence[Outcome], steps: int = 10) -> list[tuple[float, float]]:
    """(coverage, risk) were the surest questions answered first: the share of them that is wrong.

    Wrong are the unanswerable, and those whose first three sentences do not say the gold words.
    """
    ordered = sorted(outcomes, key=lambda one: -one.chance)
    wrong = np.cumsum([not one.answerable or one.said is None or one.said > 3 for one in ordered])
    counts = [max(1, round(len(ordered) * step / steps)) for step in range(1, steps + 1)]
    return [(count / len(ordered), float(wrong[count - 1] / count)) for count in counts]


def says(text: str, gold: str) -> bool:
    """Whether ``gold`` stands in ``text`` as whole words, or ``text`` is a whole sentence of a longer gold answer.

    Case, white space and quotation marks are levelled, and small numbers written as words read as figures.
    """
    said, wanted = _level(text), _level(gold)
    if not wanted or re.search(rf"(?<!\w){re.escape(wanted)}(?!\w)", said):
        return True
    return len(said.split()) >= 5 and said.rstrip(".") in wanted


def _timed(question: str, searcher: Searcher, clock: Callable[[], float]) -> tuple[Weighed, Answer, float]:
    # As a reader's question is read, "last year" counting from the day of the index.
    read = reading(Typed(question, question, ()), NO_FILTERS, searcher, searcher.made_at.date())
    results = near(read.words, searcher, read.filters)
    start = clock()
    weighed = consider(read.words, results, searcher)
    given = tell(read.words, weighed, results, searcher, read.filters)
    return weighed, given, clock() - start


def _outcome(asked: Asked, weighed: Weighed, given: Answer, searcher: Searcher, ids: Ids, added: float) -> Outcome:
    def holds(card: Card, start: int, end: int, text: str, golds: Iterable[Gold] = asked.gold) -> bool:
        """Whether this stretch of a document holds one of the gold answers."""
        mine = [gold for gold in golds if gold.document in ids(card.url)]
        return any(_covers(start, end, text, gold) for gold in mine)

    ranked = distinct(weighed.candidates, 5)
    first = list({one.passage.id: one for one in weighed.candidates}.values())[:5]
    cited = [(one.document, one.start, one.end, one.quote) for one in given.citations]
    return Outcome(
        answerable=asked.answerable,
        state=given.state.value,
        chance=weighed.chance,
        said=_first(any(says(one.text, gold.words) for gold in asked.gold) for one in ranked),
        found=_first(holds(one.card, one.start, one.end, one.text) for one in ranked),
        within=any(holds(one.card, one.passage.start, one.passage.end, one.passage.text) for one in first),
        quotes=len(cited),
        exact=sum(_exact(one, searcher) for one in given.citations),
        supported=sum(holds(*one) for one in cited),
        gold_documents=len({gold.document for gold in asked.gold}),
        cited_documents=len({gold.document for gold in asked.gold if any(holds(*one, [gold]) for one in cited)}),
        added=added,
    )


def _covers(start: int, end: int, text: str, gold: Gold) -> bool:
    if gold.start is None:
        return says(text, gold.words)
    return start <= gold.start and gold.start + len(gold.words) <= end


def _exact(citation: Citation, searcher: Searcher) -> bool:
    document = searcher.document(citation.document.id, citation.version)
    return document is not None and quotes(document, citation.start, citation.end, citation.quote)


def _first(hits: Any) -> int | None:
    return next((rank for rank, hit in enumerate(hits, start=1) if hit), None)


def _mean(values: Any) -> float | None:
    kept = [float(value) for value in values]
    return fmean(kept) if kept else None


def _level(text: str) -> str:
    plain = " ".join(text.casefold().replace("’", "'").replace("‘", "'").split())
    return re.sub(r"[a-z]+", lambda match: _NUMBERS.get(match.group(), match.group()), plain)
