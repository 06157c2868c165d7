"""Where a document belongs: its kind, the committee it comes from, and the dates of the occasion it is about."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from urllib.parse import urlsplit

from ingest.dating import occasions
from ingest.kinds import kind_of
from ingest.records import UNDATED, Document, Kind

_BODY = r"(?:Committee|Sub-?committee|(?:Working|Task|Steering|Policy|Reference) Group|Task and Finish Group|Panel)"
_NAMED = re.compile(rf"\b(?:[A-Z][\w&’'-]*,? (?:(?:and|of|for|the) )*){{1,8}}{_BODY}\b")
_OPENING = re.compile(r".*\b(?:of|from|by|to|for) the |(?:The|Our) ")
_FOLDER = re.compile(r"/(?:[a-z]+-)?(committee|working-group|panel)s?/([a-z][a-z-]+)(?=/)")


def filed(document: Document, declared: Sequence[str] = ()) -> Document:
    """``document`` with its kind and committees by the rules, and what told them; ``declared`` are its stated types.

    Of its language the code remains, without region.
    """
    named: dict[str, str] = {}
    for committee, source in _committees(document):
        named.setdefault(committee, source)
    evidence = replace(document.evidence, committees=", ".join(dict.fromkeys(named.values())))
    lang = document.lang.strip().partition("-")[0].lower()
    found = replace(document, committees=tuple(named), evidence=evidence, lang=lang)
    return as_kind(found, *kind_of(document.url, document.title, document.tags, declared))


def as_kind(document: Document, kind: Kind, why: str) -> Document:
    """``document`` as one of that kind, with the dates that such a document is about.

    The day of an event is not taken for the day on which its page was published.
    """
    dates = occasions(document.dates, kind, document.title, document.text.split("\n"))
    dated = document.published
    if kind is Kind.EVENT and dated.source == "htmldate" and dated.first == dates.event.first:
        dated = UNDATED
    return replace(document, kind=kind, dates=dates, evidence=replace(document.evidence, kind=why), published=dated)


def _committees(document: Document) -> Iterator[tuple[str, str]]:
    """Each committee that title, tags or folders name, with the evidence."""
    for source, text in (("title", document.title), *(("tag", tag) for tag in document.tags)):
        for match in _NAMED.finditer(text):
            yield _OPENING.sub("", match.group()), source
    for body, name in _FOLDER.findall(urlsplit(document.url).path.lower()):
        yield f"{name} {body}".replace("-", " ").title().replace(" And ", " and "), "path"
