"""What a page asks of those who index it, by robots rules in its head or in its X-Robots-Tag."""

import re
from collections.abc import Iterable, Iterator

_WITH_VALUE = ("unavailable_after", "max-snippet", "max-image-preview", "max-video-preview")


def asked(header: str, metas: Iterable[tuple[str, str]], agent: str = "muniment") -> frozenset[str]:
    """The rules that speak to us, of an X-Robots-Tag and of the (lower-case name, content) pairs of meta elements.

    "none" is told as the two rules it stands for. A limit on the length of what is shown ("max-snippet:20") is told as
    "nosnippet": what we show are whole sentences, word for word, and a sentence cut short may say something else.
    """
    rules = [*_of_header(header.lower(), agent)]
    rules += [rule for name, content in metas if name in ("robots", agent) for rule in content.lower().split(",")]
    return frozenset(meaning for rule in rules for meaning in _meanings(rule.strip()))


def _of_header(header: str, agent: str) -> Iterator[str]:
    """The rules of a header that speak to us: those after "otherbot:" are another's until the end."""
    for part in header.split(","):
        name, colon, rest = (each.strip() for each in part.partition(":"))
        if colon and name not in (agent, "*", *_WITH_VALUE):
            return
        yield rest if name in (agent, "*") else part


def _meanings(rule: str) -> tuple[str, ...]:
    if rule == "none":
        return "noindex", "nofollow"
    return ("nosnippet",) if re.fullmatch(r"max-snippet\s*:\s*\d+", rule) else (rule,)
