"""Data sets on disk: BEIR folders and sites with judged questions, read strictly and written back byte for byte."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import TypeVar
from urllib.parse import unquote, urlsplit

import msgspec

from eval.errors import BadData
from eval.lines import Filled, Id, check_new, grouped, hashes, json_rows, tsv_rows
from eval.records import RELATED, Dataset, Qrels, Query, Text

QRELS_HEADER = ("query-id", "corpus-id", "score")
SOURCES = ("corpus.jsonl", "articles.jsonl", "documents.jsonl")

# A path on the site -> the articles found there.
Addresses = dict[str, tuple[str, ...]]


class _Article(msgspec.Struct, rename={"id": "_id"}, omit_defaults=True):
    id: Id
    url: Filled | None = None
    file: Filled | None = None

    def __post_init__(self) -> None:
        if not (self.url or self.file) or Path(self.file or "").is_absolute():
            raise ValueError("neither a url nor a file in this folder")
        urlsplit(self.url or "")  # a ValueError for what is no address


_Kind = TypeVar("_Kind", Query, Text, _Article)


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
    """The questions and judgements of one split; no question may be empty or come twice.

    Raises BadData by file and line for whatever cannot be trusted.
    """
    asked, judged = folder / "queries.jsonl", _qrels_file(folder, split)
    queries = {row.id: row for _, row in _rows(asked, "question", Query)}
    qrels = read_qrels(judged, queries)
    corpus, addresses, files, source = read_documents(folder)
    sha256 = hashes(folder, asked, judged, source, *files)
    return Dataset(folder.resolve().name, folder, split, queries, qrels, corpus, addresses, files, sha256)


def read_documents(folder: Path) -> tuple[dict[str, Text], Addresses, tuple[Path, ...], Path]:
    """The corpus of a folder, or else the addresses and files of its articles; and the file that says so."""
    source = next((file for name in SOURCES if (file := folder / name).is_file()), None)
    if source is None:
        raise BadData(folder, None, "corpus.jsonl or articles.jsonl", "neither", "Add the one that fits the corpus.")
    if source.name == "corpus.jsonl":
        return read_corpus(source), {}, (), source
    return {}, *read_addresses(source), source


def read_corpus(path: Path) -> dict[str, Text]:
    """The documents of a corpus.jsonl by id. A document may lack a title or, having one, a text."""
    corpus = {}
    for line, row in _rows(path, "document", Text):
        if not (row.title or row.text).strip():
            raise BadData(path, line, "a title or a text", "neither", "Fill one of them, or remove the row.")
        corpus[row.id] = row
    return corpus


def _rows(path: Path, what: str, kind: type[_Kind]) -> Iterator[tuple[int, _Kind]]:
    known: set[str] = set()
    for line, row in json_rows(path, f"a {what}", kind):
        check_new(path, line, f"{what} id", row.id, known)
        known.add(row.id)
        yield line, row
    if not known:
        raise BadData(path, None, f"at least one {what}", "none", "Write one as a JSON object on each line.")


def read_qrels(path: Path, queries: Iterable[str]) -> Qrels:
    """The judgements of a BEIR qrels file; every one must speak of a known question."""
    known, rows = set(queries), list(tsv_rows(path, tuple[Id, Id, int], QRELS_HEADER))
    for line, (query, _, _) in rows:
        if query not in known:
            raise BadData(path, line, "a question of queries.jsonl", repr(query), "Add it there or drop the row.")
    qrels = grouped(path, "document", ((line, *row) for line, row in rows))
    if not qrels:
        raise BadData(path, None, "at least one judgement", "none", "Add judgements or name another --split.")
    return qrels


def read_addresses(path: Path) -> tuple[Addresses, tuple[Path, ...]]:
    """Where the articles are found, and the files that some of them come as.

    Each article says its "url", its "file" beside ``path``, or both; a file is also known by its bare name. An address
    is known as it is written, which comes first, and by its path.
    """
    files, addresses = list[Path](), Addresses()
    for line, row in _rows(path, "article", _Article):
        places = {row.url, row.file, row.file and Path(row.file).name}
        for key in sorted(filter(None, {row.url, *map(address_key, filter(None, places))})):
            addresses[key] = (*addresses.get(key, ()), row.id)
        if row.file:
            files.append(path.parent / row.file)
            if not files[-1].is_file():
                raise BadData(path, line, f"the file {row.file}", "none there", "Add the file or drop the row.")
    return addresses, tuple(files)


def address_key(url: str) -> str:
    """The path on the site that an address names, however its host, query or last slash are written."""
    return "/" + unquote(urlsplit(url).path).strip("/")


def describe(dataset: Dataset) -> Facts:
    """The facts of a data set, counted over the split that will be measured."""
    judgements = [(query, id, grade) for query, row in dataset.qrels.items() for id, grade in row.items()]
    known = {*dataset.corpus, *chain.from_iterable(dataset.addresses.values())}
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
    for name, rows in (("queries.jsonl", dataset.queries), ("corpus.jsonl", dataset.corpus)):
        if name in dataset.sha256:
            (folder / name).write_bytes((dataset.folder / name).read_bytes())
        elif rows:
            (folder / name).write_bytes(msgspec.json.Encoder().encode_lines(rows.values()))
    if dataset.addresses:
        # An article is known by several spellings, but has one row: by its whole address, where that is known.
        places = sorted(dataset.addresses.items(), key=lambda place: "://" in place[0])
        pages = {id: _Article(id, path) for path, ids in places for id in ids}.values()
        (folder / "articles.jsonl").write_bytes(msgspec.json.Encoder().encode_lines(pages))
    # No split of questions is called as pairs of documents are.
    split = "pairs" if dataset.split == RELATED else dataset.split
    (folder / "qrels" / f"{split}.tsv").write_text(format_qrels(dataset.qrels), encoding="utf-8", newline="\n")


def format_qrels(qrels: Qrels) -> str:
    """Judgements as a BEIR folder has them."""
    rows = ((query, id, grade) for query, row in qrels.items() for id, grade in row.items())
    return "".join(f"{query}\t{id}\t{grade}\n" for query, id, grade in (QRELS_HEADER, *rows))


def _qrels_file(folder: Path, split: str) -> Path:
    if not folder.is_dir():
        raise BadData(folder, None, "the folder of a data set", "none", "Check its path.")
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


def _repeated(values: Iterable[object]) -> int:
    return sum(count - 1 for count in Counter(values).values())
