"""Opening systems by name over one data set; what several of them share is made once."""

from collections.abc import Callable
from functools import cached_property
from pathlib import Path

from eval.baselines import Bm25, Windows
from eval.errors import EvalError
from eval.records import Dataset
from eval.systems import RunSystem, System
from eval.trec import read_run


class Workshop:
    """Systems over ``dataset``, with what must be kept between runs below ``home``."""

    def __init__(self, dataset: Dataset, home: Path) -> None:
        self._dataset, self._home = dataset, home
        self._makers: dict[str, Callable[[], System]] = {"bm25": lambda: self._bm25}

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
    def _windows(self) -> Windows:
        return Windows(self._dataset.corpus.values())

    @cached_property
    def _bm25(self) -> Bm25:
        return Bm25(self._windows)
