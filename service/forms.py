"""Forms that pages send: small, and from our own pages alone."""

from http import HTTPStatus
from urllib.parse import parse_qsl

from starlette.requests import Request

from service.errors import Problem

_MOST_BYTES = 16_384


async def read_form(request: Request) -> dict[str, str]:
    """The fields of a form. Raises Problem for one that another site sent, or that is larger than any of ours."""
    if request.headers.get("sec-fetch-site", "same-origin") != "same-origin":
        raise Problem(HTTPStatus.FORBIDDEN, "This form was sent by another site.", "Send it from this one.")
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > _MOST_BYTES:
            raise Problem(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "This form is too long.", "Write less.")
    return dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))
