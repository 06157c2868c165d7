"""Opening systems by name over one data set; what several of them share is made once and kept below the home."""

import shutil
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from dataclasses import fields, replace
from functools import cached_property
from pathlib import Path

import numpy as np

import index
import ingest
from eval.baselines import FUSIONS, Bare, Bm25, Windows, fused_system
from eval.errors import EvalError
from eval.lines import digest
from eval.peers import Txtai, bm25s_system
from eval.records import RELATED, Dataset, Text
from eval.related import EVIDENCE, likeness_system, nearest_system, related_system
from eval.systems import System, ids_of, run_system, search_system, served_system
from eval.trec import read_run
from index.catalog import Catalog
from index.embed import Encoder
from index.generation import Manifest, open_current
from index.records import ALL_PARTS, Mode, Parts, Vectors
from index.search import Searcher
from ingest.folder import read_path
from ingest.records import Audience, Document
from service.encoders import serving_encoder
from service.home import Home, open_home, writing
from service.intake import Progress
from service.pipeline import publish_home, take_documents, take_paths, writing_encoder

# What decides into which passages a corpus falls: other code, other home.
_CUTTERS = ("chunk.py", "sentences.py", "folder.py")
# What only reads an index: it may change and the index stays.
_READERS = frozenset({"search.py", "fuse.py", "relevance.py", "embedded.py", "engine.py", "hits.py", "holdings.py"})

_LEFT_OUT = "hybrid-no-"
ADDRESS = ("http://", "https://")


class Workshop:
    """Systems over ``dataset``, with what must be kept between runs below ``home``."""

    def __init__(self, dataset: Dataset, home: Home, progress: Progress, audience: Audience = Audience.PUBLIC) -> None:
        self.dataset, self.outer, self._progress, self.audience = dataset, home, progress, audience
        self.ids = ids_of(dataset)

    def open(self, name: str) -> System:
        """The system of that name: one of ``SYSTEMS``, a TREC run, or a running service. Raises EvalError."""
        check_system(name)
        if name.startswith("run:"):
            path = Path(name.removeprefix("run:"))
            run, tag = read_run(path)
            return run_system(tag, run, str(path.resolve()))
        return served_system(name, self.ids) if name.startswith(ADDRESS) else SYSTEMS[name](name, self)

    def search_in(self, name: str, mode: Mode) -> System:
        """This program's search, without the part that ``name`` leaves out."""
        without = name.removeprefix(_LEFT_OUT) if name.startswith(_LEFT_OUT) else ""
        searcher = self._open(replace(ALL_PARTS, **{without: False})) if without else self.searcher
        size = sum(file.stat().st_size for file in self.current[0].rglob("*") if file.is_file())
        return search_system(name, searcher, mode, self.ids, size)

    @cached_property
    def home(self) -> Home:
        """Where the corpus is indexed: the given home for a crawled site, else one made of the data set's own texts."""
        own = [self.dataset.folder / "corpus.jsonl"] if self.dataset.corpus else list(self.dataset.files)
        if not own:
            return self.outer
        key = _digest([*own, *(Path(ingest.__path__[0]) / name for name in _CUTTERS)])
        home = open_home(self.outer.path / "eval" / "homes" / f"{self.dataset.name}-{key}")
        made_with, code = home.path / "made-with", self._made_with()
        if not made_with.is_file() or made_with.read_text() != code:
            with writing(home, "eval"):
                self._fill(home, own, new=not made_with.is_file())
                made_with.write_text(code)
        return home

    @cached_property
    def searcher(self) -> Searcher:
        """This program's search over the generation in force."""
        return self._open(ALL_PARTS)

    @cached_property
    def current(self) -> tuple[Path, Manifest]:
        """The generation in force."""
        return open_current(self.home.generations, self.audience)

    def _open(self, parts: Parts) -> Searcher:
        folder, manifest = self.current
        return Searcher(folder, manifest, serving_encoder(self.outer, manifest), parts)

    def _fill(self, home: Home, own: list[Path], new: bool) -> None:
        encoder = writing_encoder(self.outer)
        if new and self.dataset.corpus:
            take_documents(home, self._documents(own[0]), encoder)
        elif new:
            take_paths(home, own, encoder, self._progress)
        shutil.rmtree(home.generations, ignore_errors=True)
        publish_home(home, encoder, self._progress)

    def _made_with(self) -> str:
        code = (file for file in sorted(Path(index.__path__[0]).glob("*.py")) if file.name not in _READERS)
        return f"{self.outer.settings.model} {_digest(code)}"

    def _documents(self, corpus: Path) -> Iterator[Document]:
        # Several rows may share one address in a corpus of sections: here each is known by its id.
        documents = (found for _, found in read_path(corpus) if isinstance(found, Document))
        return (replace(one, url=id) for one, id in zip(documents, self.dataset.corpus, strict=True))

    @cached_property
    def texts(self) -> dict[str, Text]:
        """The documents of the data set by id, or of the home where the data set has none of its own."""
        if self.dataset.corpus:
            return self.dataset.corpus
        found = (Text(self.ids(one.url)[0], one.title, one.text) for one in self._published())
        return {text.id: text for text in found}

    @cached_property
    def windows(self) -> Windows:
        """The texts as the baselines search them."""
        return Windows(self.texts.values())

    @cached_property
    def bm25(self) -> Bm25:
        """Plain BM25."""
        return Bm25(self.windows)

    @cached_property
    def bare(self) -> Bare:
        """The bare model."""
        encoder = writing_encoder(self.outer)
        return Bare(self.windows, encoder, self._encoded(encoder))

    @cached_property
    def txtai(self) -> Txtai:
        """txtai's hybrid index."""
        return Txtai(self.windows, self.bare)

    def _encoded(self, encoder: Encoder) -> Vectors:
        texts = self.windows.texts
        key = digest("\0".join((encoder.spec.id, *texts)))[:16]
        file = self.outer.path / "eval" / "vectors" / f"{key}.npy"
        if not file.is_file():
            vectors = encoder.encode_passages(texts, lambda _: None)
            file.parent.mkdir(parents=True, exist_ok=True)
            np.save(file, vectors)
        kept: Vectors = np.load(file)
        return kept

    def _published(self) -> list[Document]:
        with closing(Catalog(self.home.catalog)) as catalog:
            return [edition.current for edition in catalog.editions(self.audience)]

    def document_ids(self) -> dict[str, str]:
        """The id of each document of the data set in the home."""
        return {id: one.id for one in self._published() for id in self.ids(one.url)}


def _alone(leg: Bm25 | Bare | Txtai) -> System:
    return System(leg.name, leg.settings, leg.rank, leg.index_bytes)


SYSTEMS: dict[str, Callable[[str, Workshop], System]] = {
    **dict.fromkeys((mode.value for mode in Mode), lambda name, shop: shop.search_in(name, Mode(name))),
    **{_LEFT_OUT + part.name: lambda name, shop: shop.search_in(name, Mode.HYBRID) for part in fields(Parts)},
    "bm25": lambda _, shop: _alone(shop.bm25),
    "minilm": lambda _, shop: _alone(shop.bare),
    **dict.fromkeys(FUSIONS, lambda name, shop: fused_system(name, shop.windows, (shop.bm25, shop.bare))),
    "bm25s": lambda _, shop: bm25s_system(shop.windows),
    "txtai": lambda _, shop: _alone(shop.txtai),
    RELATED: lambda _, shop: related_system(shop.searcher, shop.document_ids(), shop.ids),
    **dict.fromkeys(EVIDENCE, lambda name, shop: likeness_system(name, shop.current, EVIDENCE[name], shop.ids)),
    "bm25-nearest": lambda name, shop: nearest_system(name, shop.windows, shop.bm25),
    "txtai-nearest": lambda name, shop: nearest_system(name, shop.windows, shop.txtai),
    "mean-vector": lambda name, shop: nearest_system(name, shop.windows, shop.bare),
}
# The search that is whole, then without meaning, without words, and without each of its parts.
ABLATION = ("hybrid", "lexical", "dense", *(name for name in SYSTEMS if name.startswith(_LEFT_OUT)))


def check_system(name: str) -> None:
    """Raises EvalError for a name that no system has."""
    if name not in SYSTEMS and not name.startswith(("run:", *ADDRESS)):
        known = f"a system ({', '.join(SYSTEMS)}, run:FILE or an address), or a data set that is there"
        raise EvalError(known, repr(name), "Name one of these.")


def _digest(files: Iterable[Path]) -> str:
    return digest("".join(digest(file.read_bytes()) for file in files))[:12]
