"""Judging in the house: what systems find is pooled, staff grade it on a page, and judgements come out."""

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from http import HTTPStatus
from itertools import combinations
from pathlib import Path
from statistics import median_low
from urllib.parse import urlencode

import msgspec
from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse, PlainTextResponse, RedirectResponse
from fastapi.staticfiles import StaticFiles
from sklearn.metrics import cohen_kappa_score  # type: ignore[import-untyped]
from starlette.middleware.trustedhost import TrustedHostMiddleware

from eval.lines import digest, json_rows
from eval.records import Dataset, Qrels, Query, Text
from eval.systems import System
from eval.trec import format_trec_qrels
from index.analysis import query_terms
from index.hits import marks
from service import pages, present, problems
from service.access import read_form
from service.config import Settings
from service.errors import Problem
from service.headers import SafeHeaders
from service.intake import Progress
from service.look import look_routes

SCALE = ("does not help", "on the subject, but no answer", "answers in part", "answers in full")
# A question's id and a document's.
Pair = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Judgement:
    """One grade, 0 to 3 by ``SCALE``, as somebody gave it."""

    at: datetime
    judge: str
    query: str
    document: str
    grade: int


@dataclass(frozen=True, slots=True)
class Agreement:
    """How two judges agree on what both graded: the share of equal grades, and Cohen's kappa, quadratically weighted.

    Kappa is None where all those grades are one and the same.
    """

    judges: tuple[str, str]
    both: int
    equal: float
    kappa: float | None


class Ledger:
    """Judgements in a file that only grows; the last line of a judge on a pair holds. A torn last line is dropped."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._path, self.grades = path, dict[str, dict[Pair, int]]()
        path.touch()
        os.truncate(path, path.read_bytes().rfind(b"\n") + 1)
        for _, judgement in json_rows(path, "a judgement", Judgement):
            self._take(judgement)

    def add(self, judgement: Judgement) -> None:
        """Keep a judgement; it is on the disk when this returns."""
        with self._path.open("ab") as file:
            file.write(msgspec.json.encode(judgement) + b"\n")
            file.flush()
            os.fsync(file.fileno())
        self._take(judgement)

    def _take(self, one: Judgement) -> None:
        self.grades.setdefault(one.judge, {})[one.query, one.document] = one.grade


def ledger_of(home: Path, dataset: Dataset) -> Ledger:
    """What the staff of a home graded of a data set."""
    return Ledger(home / "eval" / "judgements" / f"{dataset.name}-{dataset.split}.jsonl")


def take_candidates(dataset: Dataset, candidates: Dataset) -> tuple[Dataset, tuple[Pair, ...]]:
    """The data set with the questions of another, and what is expected there as pairs to be graded, not as judged."""
    ids = {query.text: id for id, query in dataset.queries.items()}
    places = {**candidates.addresses, **dataset.addresses}
    queries, pairs = dict(dataset.queries), []
    for address, (page,) in candidates.addresses.items():
        for query in candidates.judged:
            id = ids.get(query.text) or f"c-{digest(query.text)[:12]}"
            queries.setdefault(id, Query(id, query.text))
            pairs += [(id, place) for place in places[address] if page in candidates.qrels[query.id]]
    qrels = {id: dataset.qrels.get(id, {}) for id in (*dataset.qrels, *(id for id, _ in pairs))}
    return replace(dataset, queries=queries, qrels=qrels, addresses=places), tuple(pairs)


def pool(
    dataset: Dataset, systems: Iterable[System], depth: int, more: Iterable[Pair], progress: Progress
) -> tuple[Pair, ...]:
    """What any system ranks among its first ``depth`` for a judged question, and ``more``; question by question,
    in an order that tells nothing of rank or system."""
    found = dict.fromkeys(more)
    for system in systems:
        for done, query in enumerate(dataset.judged, 1):
            found |= dict.fromkeys((query.id, document) for document, _ in system.rank(query, depth))
            progress(system.name, done, len(dataset.qrels))
    places = {id: place for place, id in enumerate(dataset.qrels)}
    return tuple(sorted(found, key=lambda pair: (places[pair[0]], digest(" ".join(pair)))))


def agreements(grades: Mapping[str, Mapping[Pair, int]]) -> Iterator[Agreement]:
    """The agreement of every two judges who graded something in common."""
    for judges in combinations(sorted(grades), 2):
        one, other = (grades[judge] for judge in judges)
        if both := sorted(one.keys() & other.keys()):
            ours, theirs = [one[pair] for pair in both], [other[pair] for pair in both]
            varied = len({*ours, *theirs}) > 1
            # By the whole scale: a grade that nobody gave still keeps those beside it apart.
            told = {"labels": list(range(len(SCALE))), "weights": "quadratic"}
            kappa = float(cohen_kappa_score(ours, theirs, **told)) if varied else None
            yield Agreement(judges, len(both), sum(map(int.__eq__, ours, theirs)) / len(both), kappa)


def settle(dataset: Dataset, ledger: Ledger) -> Qrels:
    """The data set's judgements with what staff graded in their place: of several judges the lower median.

    What they graded for questions that the data set does not hold is left out.
    """
    qrels = {query: dict(judged) for query, judged in dataset.qrels.items()}
    for query, document in dict.fromkeys(pair for graded in ledger.grades.values() for pair in graded):
        given = [graded[query, document] for graded in ledger.grades.values() if (query, document) in graded]
        if query in dataset.queries:
            qrels.setdefault(query, {})[document] = median_low(given)
    return {query: judged for query, judged in qrels.items() if judged}


@dataclass(frozen=True, slots=True)
class Judging:
    """All that the page works on."""

    dataset: Dataset
    texts: Mapping[str, Text]
    pool: Sequence[Pair]
    ledger: Ledger

    def summary(self) -> dict[str, object]:
        """How far the judging is."""
        settled = settle(self.dataset, self.ledger)
        unjudged = sum(document not in settled.get(query, {}) for query, document in self.pool)
        return {
            "pool": len(self.pool),
            "unjudged": unjudged / len(self.pool) if self.pool else 0.0,
            "judges": {name: len(graded) for name, graded in self.ledger.grades.items()},
            "agreement": list(agreements(self.ledger.grades)),
        }

    def next(self, judge: str, after: int) -> int:
        """The place in the pool, from 1, of what this judge has still to grade; 0 where nothing is left."""
        graded = self.ledger.grades.get(judge, {})
        left = [place for place, pair in enumerate(self.pool, 1) if pair not in graded]
        return next((place for place in left if place > after), left[0] if left else 0)

    def shown(self, judge: str, place: int) -> dict[str, object]:
        """One pair of the pool, as the page shows it."""
        query, document = pair = self.pool[place - 1]
        asked, text = self.dataset.queries[query].text, self.texts.get(document, Text(document, document, ""))
        excerpt = present.excerpt(text.text, marks(text.text, query_terms(asked)), 1500)
        graded = self.ledger.grades.get(judge, {}).get(pair)
        return {"place": place, "question": asked, "text": text, "excerpt": excerpt, "graded": graded}


def create_app(judging: Judging, house: Settings, now: Callable[[], datetime]) -> FastAPI:
    """The page on which staff grade the pool. For this machine alone: no other host's name or form is taken."""
    templates = pages.environment(house, Path(__file__).parent / "templates")
    app = FastAPI(openapi_url=None, default_response_class=HTMLResponse)
    problems.install(app, templates)
    app.add_middleware(TrustedHostMiddleware, allowed_hosts=["127.0.0.1", "localhost"])
    app.add_middleware(SafeHeaders, templates=templates)
    app.include_router(look_routes(house.look))
    app.mount("/static", StaticFiles(directory=Path(pages.__file__).parent / "static"))

    @app.get("/")
    def page(judge: str = "", place: int = 0) -> str:
        judge, known = " ".join(judge.split()), 1 <= place <= len(judging.pool)
        at = place if known else judging.next(judge, 0)
        shown = judging.shown(judge, at) if judge and at else None
        context = {"judge": judge, "shown": shown, "scale": SCALE, "dataset": judging.dataset.name}
        return templates.get_template("judge.html").render(context | {"so_far": judging.summary()})

    @app.post("/grades")
    async def grade(request: Request) -> RedirectResponse:
        given = await read_form(request)
        judge, place, grade = (given.get(name, "").strip() for name in ("judge", "place", "grade"))
        places, grades = (set(map(str, numbers)) for numbers in (range(1, len(judging.pool) + 1), range(len(SCALE))))
        if not judge or grade not in grades or place not in places:
            raise Problem(HTTPStatus.UNPROCESSABLE_ENTITY, "A name or a grade is missing.", "Go back, choose.")
        judging.ledger.add(Judgement(now(), judge, *judging.pool[int(place) - 1], int(grade)))
        then = {"judge": judge, "place": judging.next(judge, int(place))}
        return RedirectResponse(f"/?{urlencode(then)}", HTTPStatus.SEE_OTHER)

    @app.get("/qrels")
    def qrels() -> PlainTextResponse:
        return PlainTextResponse(format_trec_qrels(settle(judging.dataset, judging.ledger)))

    return app
