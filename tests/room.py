"""A small home for tests of the index: a bag-of-words encoder, documents out of thin air, a place to publish."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from random import Random
from zlib import crc32

import numpy as np

from index.analysis import analyse, each_word
from index.catalog import Catalog, Change
from index.embed import EncoderSpec, Read
from index.generation import open_current
from index.publish import Published, publish
from index.records import Span, Vectors
from index.search import Searcher
from index.wording import Words, codes, telling
from ingest.records import UNDATED, Audience, DateSpan, Document, Kind, Passage, Precision, Section

WORDS = (
    "guardian order court child carer panel grant budget survey vacancy school transport region chair minister review "
    "plan duty fund tariff audit staff nurse clinic waiting youth justice housing asylum foster adoption inspection"
).split()
TAGS = ("SGO", "CAMHS", "Funding", "Workforce", "Families", "SEND")


class BagEncoder:
    """A sentence is the sum of its words' directions: the same words, the same vector, whatever machine it is on."""

    def __init__(self, name: str = "bag", dimension: int = 48) -> None:
        self.spec = EncoderSpec(f"{name}-1", name, "0" * 64, "test", "f32", dimension, 64)
        self.encoded: list[str] = []

    def encode_query(self, text: str) -> tuple[Vectors, Words]:
        return self._vector(text), self._words(text)

    def encode_passages(self, texts: Sequence[str], on_batch: Callable[[int], None]) -> Vectors:
        self.encoded += texts
        on_batch(len(texts))
        return self._rows(texts)

    def encode_sentences(
        self, texts: Sequence[str], sentences: Sequence[Sequence[Span]], on_batch: Callable[[int], None]
    ) -> tuple[Vectors, list[Read]]:
        held = [
            Read(self._rows([text[a:b] for a, b in spans]), codes(self._words(text), spans))
            for text, spans in zip(texts, sentences, strict=True)
        ]
        return self.encode_passages(texts, on_batch), held

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        return [len(text.split()) for text in texts]

    def _words(self, text: str) -> Words:
        places = [word.span() for word in each_word(text)]
        return telling(text, self._rows([text[a:b] for a, b in places]), places)

    def _rows(self, texts: Sequence[str]) -> Vectors:
        return np.array([self._vector(text) for text in texts], dtype=np.float32).reshape(-1, self.spec.dimension)

    def _vector(self, text: str) -> Vectors:
        total = np.zeros(self.spec.dimension)
        total[0] = 1e-3
        for word in analyse(text).split():
            total += _direction(word, self.spec.dimension)
        return np.asarray(total / np.linalg.norm(total), dtype=np.float32)


@cache
def _direction(word: str, dimension: int) -> np.ndarray:
    return np.random.default_rng(crc32(word.encode())).standard_normal(dimension)


@dataclass(slots=True)
class Room:
    """A catalog and its generations below one folder."""

    folder: Path
    encoder: BagEncoder = field(default_factory=BagEncoder)
    segment: int = 12
    catalog: Catalog = field(init=False)

    def __post_init__(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        self.catalog = Catalog(self.folder / "catalog.sqlite")

    @property
    def generations(self) -> Path:
        return self.folder / "generations"

    def put(self, *documents: Document) -> list[Change]:
        return [self.catalog.put(document, cut(document)) for document in documents]

    def embed(self) -> int:
        missing = self.catalog.unembedded(self.encoder.spec.id)
        texts, sentences = [one.text for one in missing], [one.sentences for one in missing]
        vectors, held = self.encoder.encode_sentences(texts, sentences, lambda _: None)
        self.catalog.put_vectors(self.encoder.spec.id, [one.hash for one in missing], vectors, held)
        return len(missing)

    def publish(self, audience: Audience = Audience.PUBLIC) -> Published:
        self.embed()
        listed, spec = self.catalog.listings()[audience], self.encoder.spec
        return publish(self.catalog, listed, self.generations, audience, spec, max_segment_passages=self.segment)

    def publish_afresh(self, audience: Audience = Audience.PUBLIC) -> Published:
        """A generation that took nothing over, in the folder ``fresh``, its segments as large as in any home."""
        listed = self.catalog.listings()[audience]
        return publish(self.catalog, listed, self.folder / "fresh", audience, self.encoder.spec)

    def searcher(self, audience: Audience = Audience.PUBLIC) -> Searcher:
        return Searcher(*open_current(self.generations, audience), self.encoder)


def paper(name: str, *parts: str, title: str = "", **facts: object) -> Document:
    """A document of one section a part; a part "Heading > text" has a heading."""
    sections, text = [], ""
    for part in parts:
        heading, _, words = part.rpartition(" > ")
        text += "\n\n" if text else ""
        sections.append(Section(len(text), len(text) + len(words), (heading,) if heading else (), heading or None))
        text += words
    bare = Document(f"https://example.org/{name}", title or name.title(), text, tuple(sections))
    return replace(bare, **facts)  # type: ignore[arg-type]


def cut(document: Document) -> list[Passage]:
    """A passage a section."""
    return [
        Passage(s.start, s.end, document.text[s.start : s.end], s.heading, s.anchor, s.page) for s in document.sections
    ]


def some_papers(rng: Random, count: int, prefix: str = "paper") -> list[Document]:
    return [some_paper(rng, f"{prefix}-{number}") for number in range(count)]


def some_paper(rng: Random, name: str) -> Document:
    """A document drawn at random: none to four sections, a kind, tags, perhaps a date."""
    parts = [f"{rng.choice(WORDS).title()} > {_prose(rng)}" for _ in range(rng.choice((0, 1, 1, 2, 4)))]
    return paper(
        name,
        *parts,
        title=" ".join(rng.sample(WORDS, 3)).title(),
        kind=rng.choice(list(Kind)),
        tags=tuple(rng.sample(TAGS, rng.randrange(3))),
        published=some_span(rng),
    )


def some_span(rng: Random) -> DateSpan:
    first = date(2012, 1, 1) + timedelta(days=rng.randrange(365 * 12))
    return rng.choice(
        (
            UNDATED,
            DateSpan(first, first, Precision.DAY, "test"),
            DateSpan(first.replace(day=1), first.replace(day=1) + timedelta(days=91), Precision.SEASON, "test"),
            DateSpan(date(first.year, 1, 1), date(first.year, 12, 31), Precision.YEAR, "test"),
        )
    )


def some_questions(rng: Random, count: int) -> list[str]:
    return [" ".join(rng.choices(WORDS, k=rng.randrange(1, 5))) for _ in range(count)]


def _prose(rng: Random) -> str:
    # Common words stand in most sentences, rare ones in few, as words do.
    weights = [1 / (rank + 1) for rank in range(len(WORDS))]
    sentences = (" ".join(rng.choices(WORDS, weights, k=rng.randrange(4, 14))) for _ in range(rng.randrange(1, 5)))
    return " ".join(f"{sentence.capitalize()}." for sentence in sentences)
