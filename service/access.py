"""Who may ask what: each route's policy as OpenAPI states it, kept at every request, and forms of our own pages."""

from base64 import b64decode
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http import HTTPStatus
from pathlib import Path
from typing import Annotated
from urllib.parse import parse_qsl

from fastapi import APIRouter, FastAPI, Request, Security
from fastapi.routing import APIRoute
from fastapi.security import HTTPBearer, SecurityScopes
from fastapi.security.http import HTTPBase

from ingest.records import Audience
from service.config import ServeSettings
from service.errors import Problem
from service.keys import Key, Keys, Scope

# Stated in OpenAPI and read below: FastAPI's own reader of passwords refuses a name with an accent.
Bearer = Annotated[object, Security(HTTPBearer(auto_error=False))]
Basic = Annotated[object, Security(HTTPBase(scheme="basic", scheme_name="HTTPBasic", auto_error=False))]
_MOST_BYTES = 16_384
_ASK = {"WWW-Authenticate": 'Basic realm="Sign in: any name, and your key as the password", charset="UTF-8"'}


@dataclass(frozen=True, slots=True)
class Access:
    """Who may come in. The public's pages need no key, what members may read needs one of staff.

    A proxy at one of the addresses ``serve.proxies`` is believed: ``serve.user_header`` is set for those whom it signed
    in, and the last address of X-Forwarded-For is the visitor's.
    """

    audience: Audience = Audience.PUBLIC
    keys: Keys = field(default_factory=lambda: Keys(Path("no-desk")))
    serve: ServeSettings = field(default_factory=lambda: ServeSettings(per_minute=0))

    @property
    def reading(self) -> Scope | None:
        """What it takes to read."""
        return None if self.audience is Audience.PUBLIC else Scope.STAFF

    def admit(self, app: FastAPI, routes: APIRouter, scope: Scope | None) -> None:
        """Take ``routes`` into ``app``: for everyone, or for those whose key has the ``scope``."""
        if scope is None:
            for route in routes.routes:
                if isinstance(route, APIRoute):
                    route.openapi_extra = {"security": []}
            app.include_router(routes)
        else:
            app.include_router(routes, dependencies=[Security(self._guard, scopes=[scope.value])])

    def visitor(self, request: Request) -> str:
        """Whom a request is counted for: a key that holds, else an address. A made-up one changes nothing."""
        if held := self._known(request):
            return f"key {held.id}"
        peer = request.client.host if request.client else ""
        # A proxy may add a line of its own below what the visitor wrote.
        told = ",".join(request.headers.getlist("x-forwarded-for")) if peer in self.serve.proxies else ""
        return told.rpartition(",")[2].strip() or peer

    def _guard(self, request: Request, wanted: SecurityScopes, _bearer: Bearer, _basic: Basic) -> None:
        held = self._held(request)
        if held is None:
            remedy = "Give the key that `muniment keys add` printed, as a bearer token or as a password."
            raise Problem(HTTPStatus.UNAUTHORIZED, "This needs a key that holds.", remedy, _ASK)
        if held is not Scope.ADMIN and held.value not in wanted.scopes:
            raise Problem(HTTPStatus.FORBIDDEN, "This key does not open this.", "Ask an admin.")
        if request.method not in ("GET", "HEAD"):
            _refuse_forged(request)

    def _held(self, request: Request) -> Scope | None:
        if held := self._known(request):
            return held.scope
        trusted = request.client is not None and request.client.host in self.serve.proxies
        signed_in = trusted and self.serve.user_header and request.headers.get(self.serve.user_header)
        return Scope.STAFF if signed_in else None

    def _known(self, request: Request) -> Key | None:
        return self.keys.held(_key_in(request.headers.get("authorization", "")).strip(), datetime.now(UTC).date())


def _key_in(authorization: str) -> str:
    """The key in a header, given as a bearer token or as a password; "" where there is none."""
    scheme, _, given = authorization.partition(" ")
    try:
        return b64decode(given).decode(errors="replace").partition(":")[2] if scheme.lower() == "basic" else given
    except ValueError:
        return ""


async def read_form(request: Request) -> dict[str, str]:
    """The fields of a form. Raises Problem for one that another site sent, or that is larger than any of ours."""
    _refuse_forged(request)
    body = await request.body()
    if len(body) > _MOST_BYTES:
        raise Problem(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "This form is too long.", "Write less.")
    return dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))


def _refuse_forged(request: Request) -> None:
    """Raise Problem where a browser was made to send this by another site: it adds the password by itself."""
    if request.headers.get("sec-fetch-site", "none") not in ("same-origin", "none"):
        raise Problem(HTTPStatus.FORBIDDEN, "Another site sent this.", "Send it from a page of this service.")
