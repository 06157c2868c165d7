"""Text without what no reader sees: hidden elements, zero-width, tag and direction-override characters."""

import re
from typing import Final

from lxml import etree
from lxml.html import HtmlElement

# Invisible everywhere: controls, soft hyphen, zero-width space and no-break space, direction embeddings,
# overrides and isolates, invisible operators, annotation marks, noncharacters.
_NEVER = (
    "\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\xad\u180e\u200b\u2060-\u2064\u2066-\u206f\ufeff\ufff9-\ufffb"
    "\ufffe\uffff\ud800-\udfff"
)
_OVERRIDES = "\u202a-\u202e"
_JOINERS = "\u200c\u200d"
_MARKS = "\u200e\u200f\u061c"
_TAGS = "\U000e0000-\U000e007f"
_SUSPECT: Final = re.compile(f"[{_NEVER}{_OVERRIDES}{_JOINERS}{_MARKS}{_TAGS}]")
_FLAG = re.compile("(?<=\U0001f3f4)[\U000e0020-\U000e007e]+\U000e007f")
# Scripts and signs in which a joiner changes what is seen: Arabic, Syriac, Indic, Mongolian, and emoji.
_JOINING = re.compile(
    "[\u0600-\u08ff\u0900-\u0dff\u1000-\u109f\u1780-\u18af\ufb50-\ufdff\ufe00-\ufe0f\ufe70-\ufeff\u2190-\u2bff\U0001f000-\U0001faff]"
)
_RIGHT_TO_LEFT = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]")

_HIDDEN_STYLE = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*hidden|font-size\s*:\s*0(?![.\d]*[1-9])"
    r"|(?<![\w-])opacity\s*:\s*0(?![.\d]*[1-9])|(?<![\w-])(?:left|top|text-indent)\s*:\s*-\d{3,}|clip\s*:\s*rect\(\s*0",
    re.IGNORECASE,
)
_HIDDEN_CLASS = re.compile(
    r"(?:^|\s)(?:sr-only|visually-?hidden|screen-reader-text|element-invisible|assistive-text"
    r"|katex-mathml|mjx-assistive-mml)(?:\s|$)",
    re.I,
)

# What was struck out, and what a formula has beside what is shown of it.
_UNSAID: Final = frozenset({"del", "s", "strike", "annotation", "annotation-xml"})
_SIZED: Final = etree.XPath("boolean(descendant::*[contains(@style, 'font-size')])")


def visible(text: str) -> str:
    """``text`` without characters that carry nothing to a reader.

    Joiners stay where they shape letters or emoji, the tags of a flag stay with their flag, and
    direction marks stay in text that holds right-to-left letters.
    """
    if not _SUSPECT.search(text):
        return text
    flags = {at for match in _FLAG.finditer(text) for at in range(*match.span())}
    marks = _RIGHT_TO_LEFT.search(text) is not None
    return _SUSPECT.sub(lambda match: match.group() if _seen(text, match.start(), flags, marks) else "", text)


def visible_lines(text: str) -> str:
    """``visible`` text whose lines are trimmed, white space within them made one; empty ones are left out."""
    return "\n".join(filter(None, (" ".join(line.split()) for line in visible(text).split("\n"))))


def _seen(text: str, at: int, flags: set[int], marks: bool) -> bool:
    char = text[at]
    if char in _JOINERS:
        return bool(at and _JOINING.match(text[at - 1]) and at + 1 < len(text) and _JOINING.match(text[at + 1]))
    if char in _MARKS:
        return marks
    return at in flags


def hidden(element: HtmlElement) -> bool:
    """Whether the page itself takes ``element`` from every reader, by tag, attribute, style or a well-known class.

    What a page asks not to be shown in results counts too: what is not in the text can be quoted nowhere.
    """
    attributes = element.attrib
    if element.tag in _UNSAID or "hidden" in attributes or "data-nosnippet" in attributes:
        return True
    style, names = attributes.get("style", ""), attributes.get("class", "")
    found = _HIDDEN_STYLE.search(style)
    if found and found[0].lower().startswith("font-size"):
        # Mark-up of mail takes the gaps between its boxes away and gives their text its size again.
        found = None if _SIZED(element) else found
    elif found and found[0].lower().startswith("opacity"):
        # What waits to move into sight when it is scrolled to.
        found = None if "data-w-id" in attributes or "transform" in style else found
    return bool(found or _HIDDEN_CLASS.search(names))
