"""Which publications say that another has taken their place: "This replaces our 2017 position", "Superseded by ...".

Only a link counts, in the sentence that says so: what a publication is called in passing may be any of several.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import msgspec

from ingest.records import Document, document_id
from ingest.sentences import split

Pairs = list[tuple[str, str]]
_FILE = "succession.json"
_PAPER = r"(?:advice|position|policy|view|guidance|paper|statement|version|text|page|document|response|report)"
# What follows names the publication that came after this one ...
_STANDING = rf"\b(?:current|present|latest|newest) {_PAPER} (?:is|stands in)\b|\bview is (?:now )?that of\b"
# Of itself alone: "the local boards were replaced by ..." tells of boards.
_OF_ITSELF = r"^\W*(?:\w+:\W*)?(?:(?:it|this(?! (?:year|month|week))|the present)\b.*?)?"
_REPLACED_BY = re.compile(rf"{_OF_ITSELF}\b(?:superseded|replaced)\b.*?\bby\b|{_STANDING}", re.IGNORECASE | re.DOTALL)
# ... or the one that this came after. What "it" is would be a guess.
_REPLACES = re.compile(
    rf"\W*(?:(?:this|the present)(?: {_PAPER})? )?(?:replaces|supersedes|replaced|superseded)\b", re.IGNORECASE
)

# Most texts say neither, and need not be cut into sentences.
_SAYS = re.compile(rf"\b(?:replace|supersede)[sd]\b|{_STANDING}", re.IGNORECASE)


def tells(text: str) -> bool:
    """Whether ``text`` may say that one publication took the place of another."""
    return bool(_SAYS.search(text))


def told(document: Document) -> Iterator[tuple[str, str]]:
    """(earlier, later) ids of documents, as the text of ``document`` says; one of each pair is its own."""
    for start, end in split(document.text) if tells(document.text) else ():
        sentence = document.text[start:end]
        if found := _REPLACED_BY.search(sentence):
            yield from ((document.id, other) for other in _linked(document, start + found.end(), end))
        elif found := _REPLACES.match(sentence):
            yield from ((other, document.id) for other in _linked(document, start + found.end(), end))


def _linked(document: Document, start: int, end: int) -> list[str]:
    """The id behind the first link of ``document``, another document's, whose text stands between these places; rather
    one whose text does not stand before as well, where it may be the link.
    """
    words = ((re.compile(rf"(?<!\w){re.escape(link.text)}(?!\w)"), link) for link in document.links if link.text)
    placed = (
        (bool(said.search(document.text, 0, start)), here.start(), document_id(link.url))
        for said, link in words
        if (here := said.search(document.text, start, end))
    )
    first = min((one for one in placed if one[2] != document.id), default=None)
    return [first[2]] if first else []


def save(folder: Path, said: Iterable[Pairs]) -> None:
    """Write what a segment's documents say into its folder."""
    (folder / _FILE).write_bytes(msgspec.json.encode([pair for own in said for pair in own]))


def load(segments: Iterable[Path]) -> dict[str, str]:
    """By the id of each document that was replaced, that of what stands today: the last of a chain."""
    said = (msgspec.json.decode((folder / _FILE).read_bytes(), type=Pairs) for folder in segments)
    after = dict(sorted(pair for pairs in said for pair in pairs))
    return {earlier: last for earlier in after if (last := _last(earlier, after)) != earlier}


def _last(document: str, after: Mapping[str, str]) -> str:
    """The end of the chain; of a circle, where nothing stands today, the document itself."""
    passed = [document]
    while later := after.get(passed[-1]):
        if later in passed:
            return document
        passed.append(later)
    return passed[-1]
