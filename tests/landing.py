"""Following the links of an answer as its reader does: in a real browser to the words, in a PDF to the page."""

import io
from collections import Counter
from collections.abc import Iterable
from unicodedata import normalize
from urllib.parse import urldefrag
from urllib.request import urlopen

from playwright.sync_api import Browser, Error, Page
from pypdf import PdfReader

from service.records import Citation

# So low that words come into view only by being scrolled to. White space and what parts cells are left out of both
# texts: extraction sets its own.
VIEW = {"width": 1000, "height": 200}
_WHERE = """
quote => {
  const letters = [];
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walk.nextNode(); node; node = walk.nextNode())
    [...node.data].reduce((at, c) => (/[\\s|]/.test(c) || letters.push([c, node, at]), at + c.length), 0);
  const text = letters.map(one => one[0]).join(''), points = [...text];
  const wanted = [...quote.replace(/[\\s|]/g, '')].join('');
  let found = false;
  for (let at = text.indexOf(wanted); at >= 0; at = text.indexOf(wanted, at + 1)) {
    found = true;
    const place = [...text.slice(0, at)].length, last = place + [...wanted].length - 1;
    const range = document.createRange();
    range.setStart(letters[place][1], letters[place][2]);
    range.setEnd(letters[last][1], letters[last][2] + 1);
    const box = range.getBoundingClientRect();
    if (box.bottom > 0 && box.top < innerHeight) return 'landed';
  }
  return found ? 'elsewhere' : 'absent';
}
"""


def followed(browser: Browser, citations: Iterable[Citation]) -> tuple[Counter[str], list[Citation]]:
    """How many links landed on their words, on the right page elsewhere, where the words are absent, or nowhere.

    Each address is followed once; what did not land is returned beside the counts.
    """
    page = browser.new_context(viewport=VIEW).new_page()
    fates, missed = Counter[str](), []
    for citation in {one.url: one for one in citations}.values():
        fate = _in_pdf(citation) if citation.page else _in_browser(page, citation)
        fates[fate] += 1
        missed += [citation] if fate != "landed" else []
    page.context.close()
    return fates, missed


def _in_browser(page: Page, citation: Citation) -> str:
    try:
        page.goto("about:blank")
        answer = page.goto(citation.url)
        page.wait_for_timeout(50)
    except Error:
        return "dead"
    if answer is not None and not answer.ok:
        return "dead"
    return str(page.evaluate(_WHERE, citation.quote))


def _in_pdf(citation: Citation) -> str:
    address, place = urldefrag(citation.url)
    with urlopen(address) as answer:
        read = PdfReader(io.BytesIO(answer.read()))
    text = read.pages[int(place.removeprefix("page=")) - 1].extract_text()
    return "landed" if _bare(citation.quote) in _bare(text) else "absent"


def _bare(text: str) -> str:
    # The second reader gives "fi" as the one letter that a printer has for both.
    return "".join(c for c in normalize("NFKC", text) if c.isalnum())
