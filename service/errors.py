"""The errors of service, each saying what was expected, what was found and what to do; and requests refused."""

from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from types import MappingProxyType


class ServiceFault(Exception):
    """The program was asked for something it cannot do as it is set up."""

    def __init__(self, expected: str, found: str, remedy: str) -> None:
        super().__init__(f"Expected {expected}, found {found}. {remedy}")
        self.expected, self.found, self.remedy = expected, found, remedy


class BadSetting(ServiceFault):
    """A setting that does not exist or has a value that it cannot have."""


@dataclass(frozen=True, slots=True)
class ProblemDetails:
    """The body of an error response, application/problem+json. ``remedy`` says what the caller can do."""

    type: str
    title: str
    status: int
    detail: str
    remedy: str


class Problem(Exception):
    """A request that is refused: raised anywhere below a route, put into words once, here."""

    def __init__(
        self, status: HTTPStatus, detail: str, remedy: str, headers: Mapping[str, str] = MappingProxyType({})
    ) -> None:
        super().__init__(detail)
        self.status, self.detail, self.remedy, self.headers = status, detail, remedy, headers

    def details(self) -> ProblemDetails:
        """The problem as it is sent."""
        return ProblemDetails("about:blank", self.status.phrase, self.status.value, self.detail, self.remedy)
