"""Speed and size, measured in one run: what this program takes for a thing, and in turn what others take for it.

Only ratios of one run mean anything on another machine. All are given the same passages and the same model.
"""

import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, replace
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from eval.growth import Piece, encoded, grow
from eval.peers import CORPUS_PEERS, INDEXING_PEERS, Corpus, Task
from eval.runs import timing
from index.catalog import Catalog
from index.dense import DenseIndex
from index.embed import Encoder, embedded_text, load_reference
from index.generation import current_folder, open_current
from index.records import Vectors
from index.search import LEG_LIMIT
from ingest.records import Audience, Document
from service.answer import answer
from service.config import choose_model
from service.encoders import open_encoder
from service.home import Home, open_home, writing
from service.intake import Progress
from service.opening import open_searcher
from service.pipeline import publish_home, take_and_publish, take_documents, writing_encoder

MINE = "muniment"
ROUNDS = 3


@dataclass(frozen=True, slots=True)
class Figure:
    """What one system takes for one thing over so many passages. ``ratio`` is its p50 over that of the first."""

    what: str
    passages: int
    system: str
    unit: str
    p50: float
    p95: float
    p99: float
    ratio: float = 1.0

    @classmethod
    def single(cls, what: str, passages: int, unit: str, value: float) -> "Figure":
        """What is not a time, and was looked at once."""
        return cls(what, passages, MINE, unit, value, value, value)


def in_turn(what: str, passages: int, tasks: Mapping[str, Task], questions: Sequence[str]) -> list[Figure]:
    """The times of every task, all given a question before the next one: what disturbs one disturbs the others."""
    seconds: dict[str, list[float]] = {name: [] for name in tasks}
    for number, question in enumerate((questions[0], *questions)):
        for name, task in tasks.items():
            start = time.perf_counter()
            task(question)
            if number:  # the first question is asked once before, unmeasured
                seconds[name].append(time.perf_counter() - start)
    return figures(what, passages, seconds)


def figures(what: str, passages: int, seconds: Mapping[str, Sequence[float]]) -> list[Figure]:
    """Percentiles of what each system took, in milliseconds; the first system is what the others are held against."""
    taken = {name: timing(one) for name, one in seconds.items()}
    first = next(iter(taken.values())).p50
    return [
        Figure(what, passages, name, "ms", 1e3 * one.p50, 1e3 * one.p95, 1e3 * one.p99, one.p50 / first)
        for name, one in taken.items()
    ]


def encoding(home: Home, texts: Sequence[str], questions: Sequence[str]) -> Iterator[Figure]:
    """Passages in bulk and one question, by the compiled model and by sentence-transformers as it comes.

    All work on all the threads they take by themselves. Where the extra int8 is installed, eight bits stand beside what
    the settings say.
    """
    reference, model = load_reference(home.settings.model.name), home.settings.model
    encoders = {MINE: writing_encoder(home)}
    if find_spec("nncf") and model.precision != "int8":
        eight = replace(home.settings, model=replace(model, runtime="openvino", precision="int8"))
        encoders[f"{MINE} int8"] = writing_encoder(replace(home, settings=eight))
    bulk: dict[str, Task] = {name: partial(_in_bulk, one, texts) for name, one in encoders.items()}
    bulk["sentence-transformers"] = lambda _: reference.encode(list(texts), show_progress_bar=False)
    yield from in_turn(f"encode {len(texts)} passages", 0, bulk, [""] * ROUNDS)
    single: dict[str, Task] = {name: one.encode_query for name, one in encoders.items()}
    yield from in_turn("encode a question", 0, single | {"sentence-transformers": reference.encode}, questions)
    its = np.asarray(reference.encode(list(texts), show_progress_bar=False))
    for name, one in encoders.items():
        least = float((_in_bulk(one, texts) * its).sum(axis=1).min())
        yield replace(Figure.single("least cosine to the original", 0, "", least), system=name)


def _in_bulk(encoder: Encoder, texts: Sequence[str], _: str = "") -> Vectors:
    return encoder.encode_passages(texts, lambda _: None)


def indexing(home: Home, passages: int, peers: Sequence[str]) -> Iterator[Figure]:
    """From documents to an index in force, by whoever of ``peers`` encodes too: on the threads that each takes by
    itself, then on one processor. All are given the first passages of ``home``, as many as asked for or a few more.
    """
    documents, texts, encoder = list[Document](), list[str](), writing_encoder(home)
    with closing(Catalog(home.catalog)) as catalog:
        for document, pieces in encoded(catalog, encoder.spec):
            documents.append(document)
            texts += _texts(document, pieces)
            if len(texts) >= passages:
                break
    what = f"index {len(texts)} passages"
    others = {name: INDEXING_PEERS[name](texts, home.settings.model.name) for name in peers if name in INDEXING_PEERS}
    mine: dict[str, Task] = {MINE: partial(_index, home, documents, encoder)}
    yield from in_turn(what, 0, mine | others, [""] * ROUNDS)
    mine = {MINE: partial(_index, home, documents, open_encoder(home))}
    with on_one_processor():
        yield from in_turn(f"{what} on one processor", 0, mine | others, [""] * ROUNDS)


def _index(outer: Home, documents: Sequence[Document], encoder: Encoder, _: str = "") -> None:
    with TemporaryDirectory(dir=outer.path) as folder, writing(home := _within(outer, Path(folder)), "eval"):
        take_and_publish(home, encoder, partial(take_documents, home, documents, encoder))


def _within(outer: Home, path: Path) -> Home:
    """A home of its own at ``path`` that uses the model of ``outer``."""
    home = open_home(path)
    choose_model(home.path, outer.settings.model.name)
    if not home.models.exists():
        home.models.symlink_to(outer.models.resolve())
    return home


def grown(outer: Home, passages: int, progress: Progress) -> Home:
    """A home of so many passages below ``outer``, made of its documents once and kept."""
    encoder = writing_encoder(outer)
    home = _within(outer, outer.path / "eval" / "speed" / f"{encoder.spec.id}-{passages}")
    with writing(home, "eval"):
        if not current_folder(home.generations, Audience.PUBLIC):
            home.catalog.unlink(missing_ok=True)
            with closing(Catalog(outer.catalog)) as source, closing(Catalog(home.catalog)) as target:
                grow(source, target, encoder.spec, passages)
        # One that an earlier version of the program left is made anew, one in force is left as it is.
        publish_home(home, encoder, progress)
    return open_home(home.path)


def corpus_of(home: Home) -> Corpus:
    """What is indexed in ``home``, for peers: the texts as they were encoded, and their vectors."""
    texts, vectors = [], []
    with closing(Catalog(home.catalog)) as catalog:
        for document, pieces in encoded(catalog, writing_encoder(home).spec):
            texts += _texts(document, pieces)
            vectors += [piece.vector for piece in pieces]
    return Corpus(texts, np.array(vectors), home.settings.model.name)


def _texts(document: Document, pieces: Sequence[Piece]) -> list[str]:
    """The passages of a document as they were encoded."""
    return [embedded_text(document.title, piece.passage) for piece in pieces]


def searching(home: Home, passages: int, questions: Sequence[str], peers: Sequence[str]) -> Iterator[Figure]:
    """A first page with passages, marks and facets, the answer beside it, and what to read next, in process.

    No page is remembered. The search in turn with peers is done on one processor, as these work on one thread.
    """
    with closing(open_searcher(home, recent=0)) as searcher:
        with on_one_processor():
            tasks: dict[str, Task] = {MINE: searcher.search}
            corpus = corpus_of(home) if peers else None
            tasks |= {name: CORPUS_PEERS[name](corpus) for name in peers if corpus}
            yield from in_turn("search on one processor", passages, tasks, questions)
        both: dict[str, Task] = {"search": searcher.search, "search and answer": lambda asked: answer(asked, searcher)}
        yield from in_turn("answer", passages, both, questions)
        ids = [hit.document.id for hit in searcher.search("", limit=1_000).hits]
        yield from in_turn("related", passages, {MINE: searcher.related}, ids)


@contextmanager
def on_one_processor() -> Iterator[None]:
    """Bind every thread of this process to one of its processors, and those that are begun meanwhile."""
    before = os.sched_getaffinity(0)
    _bind({min(before)})
    try:
        yield
    finally:
        _bind(before)


def _bind(processors: set[int]) -> None:
    for thread in Path("/proc/self/task").iterdir():
        with suppress(ProcessLookupError):  # it ended meanwhile
            os.sched_setaffinity(int(thread.name), processors)


def recalling(home: Home, passages: int, questions: Sequence[str]) -> Iterator[Figure]:
    """The share of the best by meaning that a search finds, of those that a look at each passage finds."""
    folder, manifest = open_current(home.generations, Audience.PUBLIC)
    index = DenseIndex([folder / "segments" / segment.id for segment in manifest.segments])
    encoder = writing_encoder(home)
    vectors = [encoder.encode_query(question)[0] for question in questions]
    for limit, share in index.recall(vectors, (10, 100, LEG_LIMIT)).items():
        yield Figure.single(f"recall of the best {limit:,} by meaning", passages, "", share)


def sizes(home: Home, passages: int) -> Iterator[Figure]:
    """Bytes of the generation in force, a passage."""
    folder, manifest = open_current(home.generations, Audience.PUBLIC)
    bytes_of = {path: path.stat().st_size for path in folder.rglob("*") if path.is_file()}
    parts: dict[str, Callable[[Path], bool]] = {
        "vectors": lambda path: path.name == "vectors.faiss",
        "text index": lambda path: path.parent == folder / "lexical" or path.name.startswith("order"),
        "sentence codes": lambda path: path.name.startswith("sentence"),
        "all": lambda path: path.parent.name != "lexical" or path.parent.parent == folder,
    }
    for name, belongs in parts.items():
        size = sum(size for path, size in bytes_of.items() if belongs(path)) / max(manifest.passages, 1)
        yield Figure.single(f"bytes a passage: {name}", passages, "B", size)


def editing(home: Home, passages: int) -> Iterator[Figure]:
    """From one changed document to the generations that have it; its first passages are encoded anew."""
    encoder = writing_encoder(home)
    with closing(Catalog(home.catalog)) as catalog:
        first = next(catalog.editions(Audience.PUBLIC)).current
    start = time.perf_counter()
    with writing(home, "eval"):
        take_documents(home, [replace(first, title=f"{first.title} again")], encoder)
        publish_home(home, encoder)
    yield from figures("publish one change", passages, {MINE: [time.perf_counter() - start]})
