"""What readers said of answers as judged pairs of a question and a publication."""

from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path
from statistics import median_low

from eval.datasets import address_key
from eval.lines import digest
from eval.records import Dataset, Query
from service.feedback import Opinion

# Whoever says yes says that it helped, not that it was all: "answers in part" on the scale of judging.
GRADES = {True: 2, False: 0}


def judged(opinions: Iterable[Opinion], folder: Path) -> Dataset:
    """Every question that was answered, with the publications quoted: of several opinions the lower median."""
    given: defaultdict[str, defaultdict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
    queries: dict[str, Query] = {}
    addresses: dict[str, tuple[str, ...]] = {}
    for one in opinions:
        id = f"f-{digest(one.question.casefold())[:12]}"
        for document, url in one.sources:
            queries.setdefault(id, Query(id, one.question))
            addresses[address_key(url)] = (document,)
            given[id][document].append(GRADES[one.helpful])
    qrels = {id: {document: median_low(grades) for document, grades in one.items()} for id, one in given.items()}
    return Dataset(folder.name, folder, "test", queries, qrels, {}, addresses, (), {})
