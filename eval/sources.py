"""Data sets of every shape, by their path: BEIR and site folders, TREC folders, and lists of questions."""

import csv
import json
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

from eval.datasets import address_key, read_corpus, read_dataset
from eval.errors import BadData
from eval.lines import check_new, hashes, read_lines
from eval.records import Dataset, Qrels, Query
from eval.related import PAIRS, RELATED, read_related
from eval.trec import read_topics, read_trec_qrels

TOPICS, QRELS, QUERIES = "topics.txt", "qrels.txt", "queries.jsonl"
LIST_FIELDS = ("question", "address")


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
    sha256 = hashes(folder / TOPICS, folder / QRELS, *([file] if corpus else []))
    return Dataset(folder.resolve().name, folder, "test", topics, qrels, corpus, {}, (), sha256)


def read_list(path: Path) -> Dataset:
    """Questions with the address of the page that should be found; a question may come with several."""
    queries: dict[str, Query] = {}
    qrels: Qrels = {}
    addresses: dict[str, tuple[str, ...]] = {}
    ids: dict[str, str] = {}
    for line, question, address in _rows(path):
        id = ids.setdefault(question, f"q{len(ids) + 1}")
        queries[id] = Query(id, question, {"_id": id, "text": question})
        page = quote(address_key(address))
        check_new(path, line, f"address of {question!r}", page, qrels.setdefault(id, {}))
        qrels[id][page] = 1
        addresses[address_key(address)] = (page,)
    if not queries:
        raise BadData(path, None, "at least one question", "none", "Add rows below the header.")
    return Dataset(path.stem, path, "test", queries, qrels, {}, addresses, (), hashes(path))


def _rows(path: Path) -> Iterator[tuple[int, str, str]]:
    rows = _csv_rows(path) if path.suffix == ".csv" else _json_items(path)
    for line, row in rows:
        question, address = (row.get(name) for name in LIST_FIELDS)
        if not (isinstance(question, str) and question.strip() and isinstance(address, str) and address.strip()):
            raise BadData(path, line, "a question and an address", f"{question!r}, {address!r}", "Complete the row.")
        yield line, " ".join(question.split()), address.strip()


def _csv_rows(path: Path) -> Iterator[tuple[int, dict[str, object]]]:
    reader = csv.reader([f"{line}\n" for line in read_lines(path)], strict=True)
    try:
        header = next(reader, [])
        if not set(LIST_FIELDS) <= set(header):
            raise BadData(path, 1, f"a header with {' and '.join(LIST_FIELDS)}", f"{header}", "Add it.")
        for cells in reader:
            if len(cells) != len(header):
                raise BadData(path, reader.line_num, f"{len(header)} columns", f"{len(cells)}", "Repair the row.")
            yield reader.line_num, dict(zip(header, cells, strict=True))
    except csv.Error as error:
        raise BadData(path, reader.line_num, "CSV", str(error), "Close the quotes.") from None


def _json_items(path: Path) -> Iterator[tuple[int, dict[str, object]]]:
    try:
        items = json.loads("\n".join(read_lines(path)))
    except json.JSONDecodeError as error:
        raise BadData(path, error.lineno, "JSON", error.msg, "Repair the file.") from None
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        raise BadData(path, 1, "a list of objects", type(items).__name__, 'Write [{"question": …, "address": …}].')
    # Counted in items: a decoded value no longer knows its line.
    yield from enumerate(items, 1)
