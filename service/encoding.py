"""Encoding beside other work: while documents are still taken in, and while those before are published."""

from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from math import inf
from pathlib import Path
from threading import Condition, Event
from typing import Any, Self

from index.catalog import Catalog
from index.embed import Encoder, Unencoded
from service.intake import Progress, portions

# After each portion its vectors are durable and need not be made again. By length within it, batches pad little.
PORTION = 512
_LOOK_SECONDS = 1.0


class Encoding:
    """Encodes what the catalog has no vectors of, in the order of documents, on a thread of its own.

    Begins with the first portion that is there. Left without an error, all has its vectors; left with one, it stops
    after the batch at hand.
    """

    def __init__(self, path: Path, encoder: Encoder, progress: Progress) -> None:
        self.encoder = encoder
        self._path, self._progress = path, progress
        self._all_taken, self._moved = Event(), Condition()
        self._stopped, self._before = False, -inf
        self._done = self._total = 0
        # When last looked for, what had no vectors: a million passages take a while to look through.
        self._turn, self._few = -1, list[Unencoded]()
        self._thread = ThreadPoolExecutor(1)

    def __enter__(self) -> Self:
        # Opened before whoever else opens it: SQLite lets one alone make a new database's log.
        self._work = self._thread.submit(self._encode_all, Catalog(self._path))
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        self._stopped = kind is not None
        self._all_taken.set()
        self._thread.shutdown()
        if not self._stopped:
            self._work.result()

    def wait(self, seq: int) -> None:
        """Until each document up to ``seq`` has its vectors: whoever asks puts no more. Raises what encoding raised."""
        self._all_taken.set()
        with self._moved:
            self._moved.wait_for(lambda: self._before > seq)
        if self._before == inf:
            self._work.result()

    def _encode_all(self, catalog: Catalog) -> None:
        try:
            with closing(catalog):
                while not self._encode(catalog, last=self._all_taken.is_set()):
                    pass
        finally:
            self._reached(inf)

    def _encode(self, catalog: Catalog, last: bool) -> bool:
        """Encode what is there, and return ``last``; stops early, for another look, once all is there."""
        turn = catalog.turn
        missing = self._few if turn == self._turn else catalog.unembedded(self.encoder.spec.id)
        if not last and len(missing) < PORTION:
            self._turn, self._few = turn, missing
            self._all_taken.wait(_LOOK_SECONDS)
            return last
        self._total = self._done + len(missing)
        # What is encoded is put away while the next portion is.
        with ThreadPoolExecutor(1) as beside:
            put: Future[Any] = beside.submit(object)  # nothing yet
            for portion in portions(missing, PORTION):
                if not last and self._all_taken.is_set():
                    break
                made = self._vectors(portion)
                put.result()
                if last:
                    self._reached(portion[0].seq)
                put = beside.submit(catalog.put_vectors, self.encoder.spec.id, *made)
            else:
                self._turn, self._few = turn, []
            put.result()
        return last

    def _vectors(self, portion: Sequence[Unencoded]) -> tuple[list[str], Any, Any]:
        texts, sentences = [one.text for one in portion], [one.sentences for one in portion]
        return [one.hash for one in portion], *self.encoder.encode_sentences(texts, sentences, self._on_batch)

    def _on_batch(self, count: int) -> None:
        if self._stopped:
            raise InterruptedError("what it is encoded for has failed")
        self._done += count
        self._progress("encode", self._done, self._total)

    def _reached(self, before: float) -> None:
        with self._moved:
            self._before = before
            self._moved.notify_all()
