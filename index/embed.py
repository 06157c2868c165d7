"""From text to unit vectors: the protocol, what exactly is encoded, and sentence-transformers as the way in."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from index.records import Span, Vectors
from index.weights import check_weights, model_folder
from index.wording import Codes, Words, codes, telling
from ingest.chunk import context
from ingest.records import Passage
from ingest.sentences import split

# Where the sentences of each text stand, and who is told how many texts each finished batch held.
Spans = Sequence[Sequence[Span]]
OnBatch = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class Unencoded:
    """A text that has no vectors yet: the first document that has it, its content hash, where its sentences stand."""

    seq: int
    hash: str
    text: str
    sentences: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Read:
    """What a text's one pass through the model tells of its parts: its sentences' vectors, codes of its words."""

    sentences: Vectors
    words: Codes


@dataclass(frozen=True, slots=True)
class EncoderSpec:
    """What fixes a model's vectors; it is locked in every manifest.

    ``id`` is part of every vector's key: the weights' hash, the runtime and its precision.
    """

    id: str
    model: str
    weights: str
    runtime: str
    precision: str
    dimension: int
    max_tokens: int
    query_prefix: str = ""
    passage_prefix: str = ""


class Encoder(Protocol):
    """Text to vectors: float32, rows of unit length, so that the inner product is the cosine."""

    spec: EncoderSpec

    def encode_query(self, text: str) -> tuple[Vectors, Words]:
        """One vector, shape (dimension,), and those of its telling words. Text beyond the window is cut."""

    def encode_passages(self, texts: Sequence[str], on_batch: OnBatch) -> Vectors:
        """Shape (len(texts), dimension)."""

    def encode_sentences(self, texts: Sequence[str], sentences: Spans, on_batch: OnBatch) -> tuple[Vectors, list[Read]]:
        """``encode_passages``, and for each text the vectors of its ``sentences`` and words, in the light of all of it.

        A sentence's is the mean over its word pieces as they came out of the text's one pass through the model;
        zero where it stands beyond the window.
        """

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Word pieces of each text, special tokens left out."""


def embedded_text(title: str, passage: Passage) -> str:
    """What is encoded for a passage of the document of that title: its place there, then its words."""
    place = context(title, passage.heading)
    return f"{place}\n{passage.text}" if place else passage.text


def text_hash(text: str) -> str:
    """The content hash under which a vector is kept: 32 hexadecimal digits."""
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def unencoded(seq: int, hash: str, title: str, passage: Passage) -> Unencoded:
    """What is still to be encoded for a passage of the document of that title."""
    text = embedded_text(title, passage)
    before = len(text) - len(passage.text)
    return Unencoded(seq, hash, text, tuple((before + start, before + end) for start, end in split(passage.text)))


def load_reference(model: str, device: str | None = "cpu") -> Any:
    """The model in sentence-transformers, without the network: the oracle of every other runtime.

    ``device`` None takes a GPU where there is one.
    """
    from sentence_transformers import SentenceTransformer
    from transformers.utils import logging as chatter

    logging: Any = chatter
    # Its bars and remarks are about loading weights, not about the work in hand.
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    return SentenceTransformer(str(model_folder(model)), device=device, local_files_only=True)


class ReferenceEncoder:
    """sentence-transformers itself: any model it can load, slower than the compiled one."""

    def __init__(self, model: str, pinned: str | None = None) -> None:
        weights = check_weights(model, pinned)
        self._model = load_reference(model, device=None)
        self.spec = reference_spec(self._model, model, weights)

    def encode_query(self, text: str) -> tuple[Vectors, Words]:
        [(vector, pieces, places)] = self._pass([self.spec.query_prefix + text])
        return vector, telling(text, pieces, places, len(self.spec.query_prefix))

    def encode_passages(self, texts: Sequence[str], on_batch: OnBatch) -> Vectors:
        prompted = [self.spec.passage_prefix + text for text in texts]
        vectors = self._model.encode(prompted, normalize_embeddings=True, show_progress_bar=False, prompt="")
        on_batch(len(texts))
        return np.asarray(vectors, dtype=np.float32)

    def encode_sentences(self, texts: Sequence[str], sentences: Spans, on_batch: OnBatch) -> tuple[Vectors, list[Read]]:
        prefix = self.spec.passage_prefix
        given = self._pass([prefix + text for text in texts])
        on_batch(len(texts))
        held = [
            read(text, pieces, places, spans, len(prefix))
            for text, (_, pieces, places), spans in zip(texts, given, sentences, strict=True)
        ]
        return np.array([vector for vector, _, _ in given], np.float32).reshape(-1, self.spec.dimension), held

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        return [len(ids) for ids in self._model.tokenizer(list(texts), add_special_tokens=False)["input_ids"]]

    def _pass(self, texts: list[str]) -> list[tuple[Vectors, Vectors, list[Span]]]:
        """The vector of each text, the last states of its word pieces, and where these stand."""
        if not texts:
            return []
        places = self._model.tokenizer(texts, return_offsets_mapping=True)["offset_mapping"]
        given = self._model.encode(texts, output_value=None, show_progress_bar=False, prompt="")
        vectors = np.array([one["sentence_embedding"].cpu() for one in given], dtype=np.float32)
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        pieces = [np.asarray(one["token_embeddings"].cpu(), dtype=np.float32) for one in given]
        return list(zip(vectors, pieces, places, strict=True))


def read(text: str, pieces: Vectors, places: Sequence[Span], sentences: Sequence[Span], shift: int) -> Read:
    """The sentences and the words of a text of which the model gave ``pieces``, as ``pool`` takes them."""
    words = telling(text, pieces, places, shift)
    return Read(pool(pieces, places, sentences, shift), codes(words, sentences))


def pool(pieces: Vectors, places: Sequence[Span], sentences: Sequence[Span], shift: int) -> Vectors:
    """The mean direction of the word pieces of each sentence, shape (sentences, dimension).

    ``pieces`` are the model's last states, in order, and ``places`` where each stands in the text; a special token
    stands nowhere. Sentences are ``shift`` characters further on than they say. Rows are of unit length, or zero.
    """
    starts, ends = (np.array(places[: len(pieces)], dtype=np.int64).reshape(-1, 2) - shift).T
    vectors = np.zeros((len(sentences), pieces.shape[1]), dtype=np.float32)
    for row, (first, last) in enumerate(sentences):
        inside = (starts >= first) & (ends <= last) & (ends > starts)
        if inside.any():
            mean = pieces[: len(starts)][inside].mean(axis=0)
            vectors[row] = mean / np.linalg.norm(mean)
    return vectors


def reference_spec(loaded: Any, model: str, weights: str) -> EncoderSpec:
    """The spec of a loaded sentence-transformers model: its own prompts are its prefixes."""
    prompts = loaded.prompts or {}
    return EncoderSpec(
        id=f"{weights[:12]}-torch-f32",
        model=model,
        weights=weights,
        runtime="sentence-transformers",
        precision="f32",
        dimension=int(loaded.get_embedding_dimension()),
        max_tokens=int(loaded.max_seq_length),
        query_prefix=prompts.get("query", ""),
        passage_prefix=prompts.get("document", prompts.get("passage", "")),
    )
