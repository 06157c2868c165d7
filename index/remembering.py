"""Results of a method, remembered without keeping alive whose method it is."""

from collections.abc import Callable
from functools import lru_cache
from typing import Any, TypeVar
from weakref import WeakMethod

Result = TypeVar("Result")


def remembering(method: Callable[..., Result], most: int) -> Callable[..., Result]:
    """``method`` with its last ``most`` results remembered.

    What is remembered goes, with all that its owner maps and holds open, when the last who asks the owner does.
    """
    weakly = WeakMethod(method)

    def ask(*asked: Any) -> Result:
        alive = weakly()
        assert alive, "who asks holds the owner"
        return alive(*asked)

    return lru_cache(most)(ask)
