"""Every refusal and fault of the web layer in one shape: RFC 9457 problem details, or the same as a page."""

import logging
from dataclasses import asdict
from functools import partial
from http import HTTPStatus

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from jinja2 import Environment
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response

from service.errors import Problem

_REMEDIES = {
    "extra_forbidden": "Remove it; /openapi.json lists the parameters of every address.",
    "missing": 'Add "{name}".',
    "string_too_long": 'Shorten "{name}" to {max_length} characters.',
}
_log = logging.getLogger("muniment.service")


def unknown_document() -> Problem:
    """The same words for what never was, what was withdrawn and what may not be seen."""
    return Problem(HTTPStatus.NOT_FOUND, "No such document is held here.", "Search for it by its title or its words.")


def _from_validation(error: RequestValidationError) -> Problem:
    first = error.errors()[0]
    # Of what is not JSON the second part is a number: where it breaks off.
    name = next((part for part in first["loc"][1:2] if isinstance(part, str)), "body")
    remedy = _REMEDIES.get(first["type"], 'Correct "{name}".').format_map({"name": name} | first.get("ctx", {}))
    unknown = first["type"] == "extra_forbidden"
    detail = f'There is no parameter "{name[:80]}" here.' if unknown else f'Parameter "{name}": {first["msg"]}.'
    return Problem(HTTPStatus.UNPROCESSABLE_ENTITY, detail, remedy)


def _from_http(error: HTTPException) -> Problem:
    status = HTTPStatus(error.status_code)
    if status is HTTPStatus.NOT_FOUND:
        return Problem(status, "There is nothing at this address.", "Begin at the search page.")
    return Problem(status, f"{status.phrase}.", "See /openapi.json for what each address takes.", error.headers)


def problem_of(error: Exception) -> Problem:
    """What went wrong, in words. Our own fault is logged in full, and told without particulars."""
    match error:
        case Problem():
            return error
        case RequestValidationError():
            return _from_validation(error)
        case HTTPException():
            return _from_http(error)
    _log.error("a request failed", exc_info=error)
    detail = "Something went wrong on our side."
    return Problem(HTTPStatus.INTERNAL_SERVER_ERROR, detail, "Try again; if it stays, tell the people who run this.")


def respond(request: Request, error: Exception, templates: Environment) -> Response:
    """A page for a browser outside /api, nothing to read in the fragment, problem+json for everyone else."""
    problem = problem_of(error)
    details = problem.details()
    path = request.scope["path"].removeprefix(request.scope["root_path"])
    included = path == "/related"  # other sites' servers print it into their pages, whatever its status
    if included or ("text/html" in request.headers.get("accept", "") and not path.startswith("/api/")):
        page = "" if included else templates.get_template("problem.html").render(problem=details)
        return HTMLResponse(page, details.status, problem.headers)
    return JSONResponse(asdict(details), details.status, problem.headers, media_type="application/problem+json")


def install(app: FastAPI, templates: Environment) -> None:
    """Let every refusal on this app speak in one shape."""

    for kind in (Problem, RequestValidationError, HTTPException):
        app.add_exception_handler(kind, partial(respond, templates=templates))
