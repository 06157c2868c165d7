"""The errors of service, each saying what was expected, what was found and what to do; and requests refused."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus

from ingest.errors import Fault
from service.records import State

_STATES = {429: State.BUSY, 503: State.BUSY, 500: State.ERROR}


class BadSetting(Fault):
    """A setting that does not exist or has a value that it cannot have."""

    exit_code = os.EX_CONFIG


@dataclass(frozen=True, slots=True)
class ProblemDetails:
    """The body of an error response, application/problem+json. ``remedy`` says what the caller can do.

    ``state`` is what has become of a question: nothing (null) where the request itself was wrong.
    """

    type: str
    title: str
    status: int
    detail: str
    remedy: str
    state: State | None


class Problem(Exception):
    """A request that is refused: raised anywhere below a route, put into words once, here."""

    def __init__(self, status: HTTPStatus, detail: str, remedy: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(detail)
        self.status, self.detail, self.remedy, self.headers = status, detail, remedy, headers

    def details(self) -> ProblemDetails:
        """The problem as it is sent."""
        told = self.status.phrase, self.status.value, self.detail, self.remedy
        return ProblemDetails("about:blank", *told, _STATES.get(self.status))
