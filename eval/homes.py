"""Opening systems by name over one data set; what several of them share is made once and kept below the home."""

import hashlib
import shutil
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from dataclasses import replace
from functools import cached_property
from pathlib import Path

import numpy as np

import index
import ingest
from eval.baselines import FUSIONS, Bare, Bm25, Fused, Windows
from eval.errors import EvalError
from eval.records import Dataset, Text
from eval.related import NearestTo, RelatedSystem
from eval.systems import RunSystem, SearchSystem, System, ids_of
from eval.trec import read_run
from index.catalog import Catalog
from index.embed import Encoder, Vectors
from index.generation import current_folder, open_current
from index.records import Mode
from index.search import Searcher
from ingest.folder import read_path
from ingest.records import Audience, Document
from service.encoders import serving_encoder
from service.home import Home, open_home, writing
from service.intake import Progress
from service.pipeline import publish_home, take_documents, take_paths, writing_encoder

# What decides into which passages a corpus falls: other code, other home.
_CUTTERS = ("chunk.py", "sentences.py", "folder.py")


class Workshop:
    """Systems over ``dataset``, with what must be kept between runs below ``home``."""

    def __init__(self, dataset: Dataset, home: Path, progress: Progress, audience: Audience = Audience.PUBLIC) -> None:
        self.dataset, self.outer, self._progress, self.audience = dataset, open_home(home), progress, audience
        self._makers: dict[str, Callable[[], System]] = {
            **{mode.value: self._search_in(mode) for mode in Mode},
            "bm25": lambda: self._bm25,
            "minilm": lambda: self._bare,
            **{name: self._fused_by(name) for name in FUSIONS},
            "related": lambda: RelatedSystem(self.searcher, self._document_ids(), ids_of(self.dataset)),
            "bm25-nearest": lambda: NearestTo("bm25-nearest", self._windows, self._bm25),
            "mean-vector": lambda: NearestTo("mean-vector", self._windows, self._bare),
        }

    def open(self, name: str) -> System:
        """The system of that name; "run:FILE" is a TREC run made elsewhere. Raises EvalError for an unknown name."""
        if name.startswith("run:"):
            path = Path(name.removeprefix("run:"))
            run, tag = read_run(path)
            return RunSystem(tag, run, str(path.resolve()))
        if name not in self._makers:
            raise EvalError(f"a system: {', '.join(self._makers)} or run:FILE", repr(name), "Name one of these.")
        return self._makers[name]()

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
        folder, manifest = open_current(self.home.generations, self.audience)
        return Searcher(folder, manifest, serving_encoder(self.outer, manifest))

    def index_bytes(self) -> int:
        """The size of the generation in force; 0 where no system has opened one."""
        folder = current_folder(self.home.generations, self.audience) if "searcher" in vars(self) else None
        return 0 if folder is None else sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())

    def _fill(self, home: Home, own: list[Path], new: bool) -> None:
        encoder = writing_encoder(self.outer)
        if new and self.dataset.corpus:
            take_documents(home, self._documents(own[0]), encoder)
        elif new:
            take_paths(home, own, encoder, self._progress)
        shutil.rmtree(home.generations, ignore_errors=True)
        publish_home(home, encoder, self._progress)

    def _made_with(self) -> str:
        return f"{self.outer.settings.model} {_digest(sorted(Path(index.__path__[0]).glob('*.py')))}"

    def _documents(self, corpus: Path) -> Iterator[Document]:
        # Several rows may share one address in a corpus of sections: here each is known by its id.
        documents = (found for found in read_path(corpus) if isinstance(found, Document))
        return (replace(one, url=id) for one, id in zip(documents, self.dataset.corpus, strict=True))

    def _search_in(self, mode: Mode) -> Callable[[], System]:
        return lambda: SearchSystem(self.searcher, mode, ids_of(self.dataset))

    def _fused_by(self, name: str) -> Callable[[], System]:
        return lambda: Fused(name, self._windows, (self._bm25, self._bare))

    @cached_property
    def texts(self) -> dict[str, Text]:
        """The documents of the data set by id, or of the home where the data set has none of its own."""
        if self.dataset.corpus:
            return self.dataset.corpus
        ids = ids_of(self.dataset)
        found = (Text(ids(one.url)[0], one.title, one.text) for one in self._published())
        return {text.id: text for text in found}

    @cached_property
    def _windows(self) -> Windows:
        return Windows(self.texts.values())

    @cached_property
    def _bm25(self) -> Bm25:
        return Bm25(self._windows)

    @cached_property
    def _bare(self) -> Bare:
        encoder = writing_encoder(self.outer)
        return Bare(self._windows, encoder, self._encoded(encoder))

    def _encoded(self, encoder: Encoder) -> Vectors:
        texts = self._windows.texts
        key = hashlib.sha256("\0".join((encoder.spec.id, *texts)).encode()).hexdigest()[:16]
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

    def _document_ids(self) -> dict[str, str]:
        ids = ids_of(self.dataset)
        return {id: one.id for one in self._published() for id in ids(one.url)}


def _digest(files: Iterable[Path]) -> str:
    hashes = "".join(hashlib.sha256(file.read_bytes()).hexdigest() for file in files)
    return hashlib.sha256(hashes.encode()).hexdigest()[:12]
