"""Judging "what to read next": what is said of pairs of documents, and the systems that recommend."""

from collections.abc import Mapping
from dataclasses import asdict
from itertools import chain
from pathlib import Path

import numpy as np

from eval.baselines import Bare, Bm25, Windows
from eval.peers import Txtai
from eval.records import RELATED, Dataset, Query, Run
from eval.sources import read_pairs
from eval.systems import Ids, Ranking, System, emit
from index.generation import Manifest
from index.likeness import Likeness
from index.neighbours import Neighbours, Weights
from index.search import Searcher

# The links of a site are the truth there, and what is about a document is no part of its content.
EVIDENCE = {"related-content": Weights(labels=0, nearness=0, links=0), "related-no-links": Weights(links=0)}


def correlate(dataset: Dataset, run: Run) -> dict[str, float]:
    """Pearson's correlation of a run's scores with similarity.tsv, and the share of its pairs that the run scores.

    A pair that it does not score counts as the least score that it gave. Empty where there are no similarities.
    """
    path = dataset.folder / "similarity.tsv"
    if path.name not in dataset.sha256:
        return {}
    known = {*dataset.corpus, *chain.from_iterable(dataset.addresses.values())}
    least = min((score for ranking in run.values() for score in ranking.values()), default=0.0)
    pairs = {(a, b): value for (a, b), value in read_pairs(path, known).items() if a < b}
    found = [[run[x][y] for x, y in ((a, b), (b, a)) if y in run.get(x, {})] for a, b in pairs]
    scores = [sum(one) / len(one) if one else least for one in found]
    scored = {"pairs scored": sum(map(bool, found)) / len(pairs)}
    both = np.array([scores, list(pairs.values())])
    # What is all the same correlates with nothing: there is no figure then.
    return {"Pearson": float(np.corrcoef(both)[0, 1]), **scored} if np.ptp(both, axis=1).all() else scored


def broken_promises(searcher: Searcher, limit: int = 12) -> list[str]:
    """The addresses of the pages whose related articles repeat a work, or hold the page, its work or its attachment."""
    hits = searcher.search("", limit=sum(count for *_, count in searcher.census())).hits
    works = {card.id: hit.document.id for hit in hits for card in (hit.document, *hit.renditions)}
    broken = []
    for id, work in works.items():
        page, items = searcher.document(id), searcher.related(id, limit)
        shown = [work, *(works.get(item.document.id, work) for item in items)]
        attached = {link.url for link in page.attachments} if page else set()
        if page and (len(set(shown)) < len(shown) or attached & {item.document.url for item in items}):
            broken.append(page.url)
    return broken


def related_system(searcher: Searcher, document_ids: Mapping[str, str], ids: Ids) -> System:
    """This program's own table of related documents."""

    def rank(query: Query, depth: int) -> Ranking:
        known = document_ids.get(query.id)
        items = searcher.related(known, limit=depth) if known else ()
        return emit(((id, item.score) for item in items for id in ids(item.document.url)), depth)

    return System(RELATED, {"generation": searcher.generation}, rank)


def likeness_system(name: str, current: tuple[Path, Manifest], weights: Weights, ids: Ids) -> System:
    """What the table of related documents rests on, by ``weights``: all candidates scored, none held back as weak."""
    folder, manifest = current
    segments = [folder / "segments" / segment.id for segment in manifest.segments]
    near, everything = Neighbours(segments, weights), np.arange(manifest.documents)
    near.find(everything)
    likeness = Likeness(segments, near, weights)
    named = [ids(likeness.card(place).url) for place in everything.tolist()]
    alike = {id: likeness.of(me) for me in everything.tolist() for id in named[me]}

    def rank(query: Query, depth: int) -> Ranking:
        if not (its := alike.get(query.id)):
            return []
        order = np.argsort(-its.scores, kind="stable").tolist()
        return emit(((id, float(its.scores[at])) for at in order for id in named[its.candidates[at]]), depth)

    return System(name, {"weights": asdict(weights)}, rank)


def nearest_system(name: str, windows: Windows, leg: Bm25 | Bare | Txtai) -> System:
    """The documents nearest to the one asked about: by the mean of its windows' vectors, or with its text as query."""
    rows = {id: row for row, id in enumerate(windows.ids)}

    def rank(query: Query, depth: int) -> Ranking:
        row = rows.get(query.id)
        if row is None:
            return []
        scores = leg.means @ leg.means[row] if isinstance(leg, Bare) else leg.scores(Query("", windows.whole[row]))
        scores[row] = -np.inf
        return windows.rank(scores, depth)

    return System(name, {"leg": leg.settings}, rank, leg.index_bytes)
