"""Data sets on disk: BEIR folders and sites with judged questions, read strictly and written back byte for byte."""

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from eval.errors import BadData
from eval.lines import check_id, check_new, hashes, json_rows, text_field, tsv_rows, whole_number
from eval.records import Dataset, Qrels, Query, Text

QRELS_HEADER = ("query-id", "corpus-id", "score")
ARTICLE_FILES = ("articles.jsonl", "documents.jsonl")


@dataclass(frozen=True, slots=True)
class Facts:
    """What a reader should know of a data set before any figure: sums, gaps, repetitions, leaks.

    ``unknown_documents`` are judged but not in the corpus; ``shared_addresses`` carry several articles;
    ``in_other_splits`` are questions of this split whose id or exact text is judged in another one too.
    """

    documents: int
    queries: int
    judged_queries: int
    judgements: int
    grades: dict[str, int]
    without_relevant: tuple[str, ...]
    unknown_documents: tuple[str, ...]
    shared_addresses: tuple[str, ...]
    repeated_texts: int
    repeated_queries: int
    in_other_splits: tuple[str, ...]


def read_dataset(folder: Path, split: str = "test") -> Dataset:
    """The questions and judgements of one split. Raises BadData by file and line for whatever cannot be trusted."""
    queries = read_queries(folder / "queries.jsonl")
    qrels = read_qrels(_qrels_file(folder, split), queries)
    corpus_file = folder / "corpus.jsonl"
    corpus = read_corpus(corpus_file) if corpus_file.is_file() else {}
    articles = next((folder / name for name in ARTICLE_FILES if (folder / name).is_file()), None)
    if not corpus and not articles:
        raise BadData(folder, None, "corpus.jsonl or articles.jsonl", "neither", "Add the one that fits the corpus.")
    source = corpus_file if corpus or not articles else articles
    addresses, files = ({}, ()) if corpus else read_addresses(source)
    return Dataset(
        name=folder.resolve().name,
        folder=folder,
        split=split,
        queries=queries,
        qrels=qrels,
        corpus=corpus,
        addresses=addresses,
        files=files,
        sha256=hashes(folder / "queries.jsonl", _qrels_file(folder, split), source, *files),
    )


def read_queries(path: Path) -> dict[str, Query]:
    """The questions of a queries.jsonl by id; none may be empty or come twice."""
    queries: dict[str, Query] = {}
    for line, row in json_rows(path):
        id = check_id(path, line, row.get("_id"))
        check_new(path, line, "query id", id, queries)
        queries[id] = Query(id, text_field(path, line, row, "text"), row)
    if not queries:
        raise BadData(path, None, "at least one question", "none", "Add questions, one JSON object on each line.")
    return queries


def read_corpus(path: Path) -> dict[str, Text]:
    """The documents of a corpus.jsonl by id. A document may lack a title or, having one, a text."""
    corpus: dict[str, Text] = {}
    for line, row in json_rows(path):
        id = check_id(path, line, row.get("_id"))
        check_new(path, line, "document id", id, corpus)
        title = text_field(path, line, row, "title", empty=True)
        text = text_field(path, line, row, "text", empty=bool(title))
        if not isinstance(row.get("metadata") or {}, dict):
            raise BadData(path, line, 'an object in "metadata"', repr(row["metadata"]), "Repair the row.")
        corpus[id] = Text(id, title, text, row)
    if not corpus:
        raise BadData(path, None, "at least one document", "none", "Add documents, one JSON object on each line.")
    return corpus


def read_qrels(path: Path, queries: Iterable[str]) -> Qrels:
    """The judgements of a BEIR qrels file; every one must speak of a known question."""
    known, qrels = set(queries), Qrels()
    for line, (query, document, grade) in tsv_rows(path, QRELS_HEADER):
        if check_id(path, line, query) not in known:
            raise BadData(path, line, "a question of queries.jsonl", repr(query), "Add it there or drop the row.")
        judged = qrels.setdefault(query, {})
        check_new(path, line, f"document of {query}", check_id(path, line, document), judged)
        judged[document] = whole_number(path, line, grade, "the score")
    if not qrels:
        raise BadData(path, None, "at least one judgement", "none", "Add judgements or name another --split.")
    return qrels


def read_addresses(path: Path) -> tuple[dict[str, tuple[str, ...]], tuple[Path, ...]]:
    """Path on the site -> the articles found there, and the files that some of them come as.

    Each article says its "url", its "file" beside ``path``, or both; a file is also known by its bare name.
    """
    ids: set[str] = set()
    files: list[Path] = []
    addresses: dict[str, tuple[str, ...]] = {}
    for line, row in json_rows(path):
        id = check_id(path, line, row.get("_id"))
        check_new(path, line, "article id", id, ids)
        ids.add(id)
        found = {name: text_field(path, line, row, name) for name in ("url", "file") if row.get(name) is not None}
        if not found:
            raise BadData(path, line, 'an "url" or a "file"', "neither", "Say where the document is found.")
        if "file" in found:
            files.append(_existing(path, line, found["file"]))
        places = {*found.values(), *([Path(found["file"]).name] if "file" in found else [])}
        for key in sorted(map(address_key, places)):
            addresses[key] = (*addresses.get(key, ()), id)
    return addresses, tuple(files)


def address_key(url: str) -> str:
    """The path on the site that an address names, however its host, query or last slash are written."""
    return "/" + unquote(urlsplit(url).path).strip("/")


def describe(dataset: Dataset) -> Facts:
    """The facts of a data set, counted over the split that will be measured."""
    judgements = [(query, id, grade) for query, row in dataset.qrels.items() for id, grade in row.items()]
    known = dataset.corpus.keys() or set(chain.from_iterable(dataset.addresses.values()))
    return Facts(
        documents=len(known),
        queries=len(dataset.queries),
        judged_queries=len(dataset.qrels),
        judgements=len(judgements),
        grades={str(grade): count for grade, count in sorted(Counter(grade for _, _, grade in judgements).items())},
        without_relevant=tuple(query for query, row in dataset.qrels.items() if max(row.values()) <= 0),
        unknown_documents=tuple(sorted({id for _, id, _ in judgements if id not in known})),
        shared_addresses=tuple(path for path, ids in dataset.addresses.items() if len(ids) > 1),
        repeated_texts=_repeated((text.title, text.text) for text in dataset.corpus.values()),
        repeated_queries=_repeated(query.text for query in dataset.judged),
        in_other_splits=_leaks(dataset),
    )


def write_dataset(dataset: Dataset, folder: Path) -> None:
    """Write a BEIR folder: what was read from one comes out byte for byte. Addresses become an articles.jsonl."""
    (folder / "qrels").mkdir(parents=True, exist_ok=True)
    _write(folder / "queries.jsonl", (_json(query.fields) for query in dataset.queries.values()))
    if dataset.corpus:
        _write(folder / "corpus.jsonl", (_json(text.fields) for text in dataset.corpus.values()))
    if dataset.addresses:
        pages = ((path, id) for path, ids in dataset.addresses.items() for id in ids)
        _write(folder / "articles.jsonl", (_json({"_id": id, "url": path}) for path, id in pages))
    (folder / "qrels" / f"{dataset.split}.tsv").write_text(format_qrels(dataset.qrels), encoding="utf-8", newline="\n")


def format_qrels(qrels: Qrels) -> str:
    """Judgements as a BEIR folder has them."""
    rows = ((query, id, grade) for query, row in qrels.items() for id, grade in row.items())
    return "".join(f"{query}\t{id}\t{grade}\n" for query, id, grade in (QRELS_HEADER, *rows))


def _existing(path: Path, line: int, name: str) -> Path:
    file = path.parent / name
    if not file.is_file():
        raise BadData(path, line, f"the file {name}", "none there", "Add the file or drop the row.")
    return file


def _qrels_file(folder: Path, split: str) -> Path:
    path = folder / "qrels" / f"{split}.tsv"
    if not path.is_file():
        found = ", ".join(sorted(file.stem for file in folder.glob("qrels/*.tsv"))) or "no qrels"
        raise BadData(path, None, f"judgements of the split {split!r}", found, "Name one of these with --split.")
    return path


def _leaks(dataset: Dataset) -> tuple[str, ...]:
    files = {file.stem: file for file in dataset.folder.glob("qrels/*.tsv")}
    if not files.pop(dataset.split, None):
        return ()
    others = {id for file in files.values() for id in read_qrels(file, dataset.queries)}
    texts = {dataset.queries[id].text for id in others}
    return tuple(query.id for query in dataset.judged if query.id in others or query.text in texts)


def _repeated(values: Iterable[Any]) -> int:
    return sum(count - 1 for count in Counter(values).values())


def _json(row: dict[str, Any]) -> str:
    return json.dumps(row, ensure_ascii=False)


def _write(path: Path, lines: Iterable[str]) -> None:
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8", newline="\n")
