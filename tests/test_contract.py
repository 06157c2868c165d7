"""The interface keeps what its description says, whatever is sent: cases drawn from /openapi.json by schemathesis.

CASES=1000 in `make soak`.
"""

import os
import re
from http import HTTPStatus
from random import Random

import pytest
import schemathesis
from damage import desk_of
from fastapi import FastAPI
from hypothesis import HealthCheck, given, settings
from hypothesis.errors import Unsatisfiable
from room import Room, some_papers
from schemathesis import Case, GenerationMode
from schemathesis.checks import CHECKS
from schemathesis.schemas import BaseSchema
from shelf import ShelfDesk

from ingest.records import Audience
from service.access import Access
from service.api import create_app
from service.keys import Keys, Scope

# In each of two modes, of what is well formed and what is not: 200 an operation.
CASES = int(os.environ.get("CASES", "100"))
# What must not be read in an answer: how we are built, where we lie, what went wrong inside.
INSIDE = re.compile(rb"Traceback|File \"|\.py\b|SELECT |INSERT |sqlite|site-packages|/home/|/tmp/", re.IGNORECASE)


@pytest.fixture(scope="module")
def schema(tmp_path_factory: pytest.TempPathFactory) -> BaseSchema:
    room = Room(tmp_path_factory.mktemp("contract"), segment=1_000)
    room.put(*some_papers(Random(71), 20))
    room.publish()
    keys = Keys(room.folder / "desk.sqlite")
    app = create_app(desk_of(room), access=Access(Audience.PUBLIC, keys))
    loaded = schemathesis.openapi.from_asgi("/openapi.json", app)
    loaded.config.update(headers={"Authorization": f"Bearer {keys.add('Root', Scope.ADMIN)}"})
    return loaded


UNREAD = (HTTPStatus.REQUEST_ENTITY_TOO_LARGE, HTTPStatus.REQUEST_URI_TOO_LONG)
PATHS = create_app(ShelfDesk()).openapi()["paths"]
OPERATIONS = [(path, method) for path, methods in PATHS.items() for method in methods]
ALL = list(HealthCheck)
CALM = settings(max_examples=CASES, deadline=None, derandomize=True, database=None, suppress_health_check=ALL)


@pytest.mark.parametrize(("path", "method"), OPERATIONS)
@pytest.mark.parametrize("mode", list(GenerationMode))
def test_every_case_is_answered_as_described_and_tells_nothing_of_the_inside(
    schema: BaseSchema, path: str, method: str, mode: GenerationMode
) -> None:
    operation = schema[path][method]

    @given(case=operation.as_strategy(generation_mode=mode))
    @CALM
    def is_kept(case: Case) -> None:
        response = case.call()
        assert response.status_code < 500
        # What people write as a date no schema can say: it is refused, as described, where it cannot be read. And what
        # is refused unread for its length schemathesis does not take for a refusal.
        untold = ["positive_data_acceptance", *(["negative_data_rejection"] if response.status_code in UNREAD else [])]
        case.validate_response(response, excluded_checks=[CHECKS.get_one(name) for name in untold])
        assert asked_for(case) or not INSIDE.search(response.content)

    try:
        is_kept()
    except Unsatisfiable:
        assert mode is GenerationMode.NEGATIVE  # nothing can be wrong about a request without parameters


def asked_for(case: Case) -> bool:
    """Whether the words were in the request, which is said back."""
    return bool(INSIDE.search(repr((case.query, case.body, case.path_parameters)).encode()))


def test_an_interface_that_breaks_on_a_word_is_found_out() -> None:
    app = FastAPI()

    @app.get("/fragile")
    def fragile(word: str) -> str:
        return word.encode("ascii").decode()

    operation = schemathesis.openapi.from_asgi("/openapi.json", app)["/fragile"]["get"]

    @given(case=operation.as_strategy(generation_mode=GenerationMode.POSITIVE))
    @CALM
    def is_kept(case: Case) -> None:
        assert case.call().status_code < 500

    with pytest.raises((AssertionError, ExceptionGroup, UnicodeEncodeError)):
        is_kept()
