"""Data sets of every shape: BEIR, site and TREC folders, pairs of documents, lists of questions, readers' opinions."""

import csv
import json
from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import chain
from pathlib import Path
from statistics import median_low
from typing import Any
from urllib.parse import quote

import msgspec

from eval.datasets import Addresses, address_key, read_corpus, read_dataset, read_documents
from eval.errors import BadData
from eval.lines import Filled, Finite, Id, check_new, digest, hashes, read_lines, tsv_rows
from eval.records import RELATED, Dataset, Qrels, Query
from eval.trec import read_topics, read_trec_qrels
from ingest.urls import canonical
from service.feedback import Opinion

PAIRS = ("related.tsv", "similarity.tsv", "links.tsv")
HEADERS = (
    ("doc-id", "related-id", "strength"),
    ("article", "related-article", "grade"),
    ("doc-a", "doc-b", "similarity"),
    ("article", "linked-article"),
)
Pairs = dict[tuple[str, str], float]
TOPICS, QRELS, QUERIES = "topics.txt", "qrels.txt", "queries.jsonl"
# Whoever says yes says that it helped, not that it was all: "answers in part" on the scale of judging.
GRADES = {True: 2, False: 0}


class _Listed(msgspec.Struct):
    question: Filled
    address: Filled


class _Pair(msgspec.Struct, array_like=True):
    one: Id
    other: Id
    grade: Finite | None = None


def open_dataset(path: Path, split: str = "test") -> Dataset:
    """The data set at ``path``: a folder, or a .csv or .json list of questions with the address expected for each.

    The split "related" of a folder, and a folder without questions, is its pairs of documents that belong together.
    """
    if path.suffix in (".csv", ".json"):
        return read_list(path)
    if split == RELATED or (any((path / name).is_file() for name in PAIRS) and not (path / QUERIES).is_file()):
        return read_related(path)
    if (path / TOPICS).is_file():
        return read_trec(path)
    return read_dataset(path, split)


def read_trec(folder: Path) -> Dataset:
    """TREC topics and qrels, with a corpus.jsonl beside them where this program is to search."""
    topics, qrels = read_topics(folder / TOPICS), read_trec_qrels(folder / QRELS)
    if strangers := sorted(qrels.keys() - topics.keys()):
        raise BadData(folder / QRELS, None, "judgements of the topics", f"{strangers[:5]}", "Add or drop them.")
    file = folder / "corpus.jsonl"
    corpus = read_corpus(file) if file.is_file() else {}
    sha256 = hashes(folder, folder / TOPICS, folder / QRELS, *([file] if corpus else []))
    return Dataset(folder.resolve().name, folder, "test", topics, qrels, corpus, {}, (), sha256)


def read_related(folder: Path) -> Dataset:
    """The judged pairs of a folder as questions that are documents, their texts where the folder has them.

    related.tsv gives grades, links.tsv counts in both directions, similarity.tsv is graded in hundredths.
    """
    corpus, addresses, files, texts = read_documents(folder)
    known = {*corpus, *chain.from_iterable(addresses.values())}
    source = next((file for name in PAIRS if (file := folder / name).is_file()), None)
    if source is None:
        raise BadData(folder, None, " or ".join(PAIRS), "none", "Add the pairs that belong together.")
    qrels: Qrels = {}
    for (a, b), grade in read_pairs(source, known).items():
        qrels.setdefault(a, {})[b] = round(100 * grade) if source.name == "similarity.tsv" else round(grade)
    queries = {id: Query(id, f"{corpus[id].title} {corpus[id].text}".strip() if corpus else id) for id in qrels}
    sha256 = hashes(folder, source, texts, *files)
    return Dataset(folder.resolve().name, folder, RELATED, queries, qrels, corpus, addresses, files, sha256)


def read_pairs(path: Path, known: set[str]) -> Pairs:
    """What is said of each pair of two known documents; links and similarities hold in both directions."""
    pairs: Pairs = {}
    for line, row in tsv_rows(path, _Pair, *HEADERS):
        pair = row.one, row.other
        if strangers := set(pair) - known:
            raise BadData(path, line, "known documents", f"{strangers}", "Add it to the corpus or drop the row.")
        if row.one == row.other:
            raise BadData(path, line, "two documents", f"{row.one!r} twice", "Drop the row.")
        if row.grade is not None:
            check_new(path, line, "pair", pair, pairs)
        if path.name == "related.tsv" and (row.grade or 0) % 1:
            raise BadData(path, line, "a whole grade", f"{row.grade}", "Write what it is worth as a whole number.")
        pairs[pair] = 1.0 if row.grade is None else row.grade
        if path.name in ("links.tsv", "similarity.tsv"):
            pairs[pair[::-1]] = pairs[pair]
    if not pairs:
        raise BadData(path, None, "at least one pair", "none", "Add rows below the header.")
    return pairs


def read_list(path: Path) -> Dataset:
    """Questions with the address of the page that should be found; a question may come with several.

    A page is known by its path, or, where only its query tells it from others, by its whole address.
    """
    queries, qrels = dict[str, Query](), Qrels()
    addresses, ids = Addresses(), dict[str, str]()
    for line, row in _csv_rows(path) if path.suffix == ".csv" else _json_items(path):
        try:
            listed = msgspec.convert(row, _Listed)
            whole = canonical(listed.address)
            address = whole if "?" in whole else address_key(listed.address.strip())
        except ValueError as error:
            raise BadData(path, line, "a question and an address", f"{row} ({error})", "Complete the row.") from None
        question = " ".join(listed.question.split())
        id, page = ids.setdefault(question, f"q{len(ids) + 1}"), quote(address)
        check_new(path, line, f"address of {question!r}", page, qrels.setdefault(id, {}))
        queries[id], qrels[id][page], addresses[address] = Query(id, question), 1, (page,)
    if not queries:
        raise BadData(path, None, "at least one question", "none", "Add rows below the header.")
    return Dataset(path.stem, path, "test", queries, qrels, {}, addresses, (), hashes(path.parent, path))


def judged(opinions: Iterable[Opinion], folder: Path) -> Dataset:
    """Every question that was answered, with the publications quoted: of several opinions the lower median."""
    given: defaultdict[str, defaultdict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
    queries, addresses = dict[str, Query](), Addresses()
    for one in opinions:
        id = f"f-{digest(one.question.casefold())[:12]}"
        for document, url in one.sources:
            queries.setdefault(id, Query(id, one.question))
            addresses[url] = (document,)
            given[id][document].append(GRADES[one.helpful])
    qrels = {id: {document: median_low(grades) for document, grades in one.items()} for id, one in given.items()}
    return Dataset(folder.name, folder, "test", queries, qrels, {}, addresses, (), {})


def _csv_rows(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    reader = csv.reader([f"{line}\n" for line in read_lines(path)], strict=True)
    try:
        header = next(reader, [])
        if not {*_Listed.__struct_fields__} <= {*header}:
            raise BadData(path, 1, "a header with question and address", f"{header}", "Add it.")
        for cells in reader:
            yield reader.line_num, dict(zip(header, cells, strict=True))
    except (csv.Error, ValueError) as error:
        expected = "CSV with a cell for each column of the header"
        raise BadData(path, reader.line_num, expected, str(error), "Repair the row, or close its quotes.") from None


def _json_items(path: Path) -> Iterator[tuple[int, Any]]:
    try:
        items = json.loads("\n".join(read_lines(path)))
    except json.JSONDecodeError as error:
        raise BadData(path, error.lineno, "JSON", error.msg, "Repair the file.") from None
    if not isinstance(items, list):
        raise BadData(path, 1, "a list of objects", type(items).__name__, 'Write [{"question": …, "address": …}].')
    # Counted in items: a decoded value no longer knows its line.
    yield from enumerate(items, 1)
