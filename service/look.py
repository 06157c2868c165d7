"""The association's own look: its logo and its colour, checked once so that every page stays legible in it."""

import re
from pathlib import Path

from fastapi import APIRouter, Response
from fastapi.responses import FileResponse

from service.config import LookSettings
from service.errors import BadSetting

# The paper of app.css, and the least contrast that WCAG 2.2 AA asks of text.
_PAPERS = {"accent": "#fbfaf6", "accent_dark": "#171613"}
_INKS = ("#ffffff", "#10201b")
CONTRAST = 4.5
_DARK = "@media (prefers-color-scheme: dark)"
LOGOS = {".svg": "image/svg+xml", ".png": "image/png", ".webp": "image/webp", ".jpg": "image/jpeg"}


def stylesheet(look: LookSettings) -> str:
    """The colours as a style sheet. Raises BadSetting for one that is none, or that cannot be read on its paper."""
    light, dark = (_colour(name, getattr(look, name), paper) for name, paper in _PAPERS.items())
    return f":root {{ {light} }}\n{_DARK} {{ :root {{ {dark} }} }}\n@media print {{ :root {{ --accent: #000; }} }}\n"


def logo(look: LookSettings) -> Path | None:
    """The file of the logo, or None without one. Raises BadSetting where it is none that pages can show."""
    file = Path(look.logo)
    if not look.logo:
        return None
    if file.suffix not in LOGOS or not file.is_file():
        raise BadSetting(f"a file {', '.join(LOGOS)} in look.logo", look.logo, "Name one, or leave the setting out.")
    return file


def look_routes(look: LookSettings) -> APIRouter:
    """The routes that give both. Raises BadSetting for a look that pages cannot have."""
    routes, colours, file = APIRouter(), stylesheet(look), logo(look)

    @routes.get("/look.css", response_class=Response)
    def style() -> Response:
        """The association's colours."""
        return Response(colours, media_type="text/css")

    if file:

        @routes.get("/logo", response_class=FileResponse)
        def mark() -> FileResponse:
            """The association's logo."""
            return FileResponse(file, media_type=LOGOS[file.suffix])

    return routes


def contrast(one: str, other: str) -> float:
    """The contrast ratio of two colours "#rrggbb", as WCAG 2.2 defines it."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _colour(name: str, value: str, paper: str) -> str:
    if not re.fullmatch("#[0-9a-fA-F]{6}", value):
        raise BadSetting(f"a colour in look.{name}", repr(value), 'Write it like "#1d5c4d".')
    if (found := contrast(value, paper)) < CONTRAST:
        wanted = f"a contrast of {CONTRAST} between look.{name} and the page"
        remedy = f"Take one {'darker' if name == 'accent' else 'lighter'}."
        raise BadSetting(wanted, f"{found:.1f} with {value}", remedy)
    return f"--accent: {value}; --accent-ink: {max(_INKS, key=lambda ink: contrast(ink, value))};"


def _luminance(colour: str) -> float:
    parts = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    linear = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))
