"""PDF files for tests: one that is sound, and those that mean harm, in a handful of bytes each."""

import zlib
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from fpdf import FPDF

WORDS = "The committee considered the draft guidance and agreed to write to members about thresholds for referral"


def pdf(*, pages: Sequence[Sequence[tuple[int, str]]], header: str = "", title: str = "") -> bytes:
    """A file of pages of (size, text) paragraphs under a running header and over a page number."""
    made = FPDF()
    made.set_auto_page_break(False)
    made.set_creation_date(datetime(2018, 2, 3, tzinfo=UTC))
    if title:
        made.set_title(title)
    for number, paragraphs in enumerate(pages, start=1):
        made.add_page()
        made.set_font("Helvetica", size=9)
        made.cell(0, 8, header, new_x="LMARGIN", new_y="NEXT")
        for size, text in paragraphs:
            made.set_font("Helvetica", size=size)
            made.multi_cell(0, size * 0.5, text, align="L", new_x="LMARGIN", new_y="NEXT")
            made.ln(4)
        made.set_y(-18)
        made.set_font("Helvetica", size=9)
        made.cell(0, 8, f"Page {number} of {len(pages)}")
    return bytes(made.output())


REPORT = pdf(
    pages=[
        [
            (24, "Review of thresholds"),
            (11, "Published 3 May 2019"),
            (11, f"{WORDS}. " * 3),
            (16, "Findings"),
            (11, "The first finding concerns page one."),
        ],
        [(11, "The second page speaks of fees."), (16, "Next steps"), (11, f"{WORDS}. " * 2)],
        [(11, "The third page closes the matter.")],
        [(11, "An annex follows here.")],
    ],
    header="Directors' Association - draft for members",
)


def bomb(size: int) -> bytes:
    """A small file whose one page unpacks to ``size`` bytes."""
    return written(repeated(b"BT /F 9 Tf 9 9 Td (words) Tj ET\n", size))


def repeated(words: bytes, size: int) -> bytes:
    """``words`` again and again, packed twice, without ever being held."""
    inner, outer = zlib.compressobj(9), zlib.compressobj(9)
    portion = words * max(1, (1 << 20) // len(words))
    pieces = [outer.compress(inner.compress(portion)) for _ in range(max(1, size // len(portion)))]
    return b"".join([*pieces, outer.compress(inner.flush()), outer.flush()])


def written(contents: bytes, *more: bytes, page: bytes = b"", kids: bytes = b"3 0 R", info: bytes = b"") -> bytes:
    """A file of one page with these twice packed contents; ``more`` are its objects from the sixth on."""
    fonts = b"/Resources << /Font << /F 5 0 R >> /XObject << /X 6 0 R >> >>"
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [%s] /Count %d >>" % (kids, max(1, kids.count(b"R"))),
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 99 99] /Contents 4 0 R %s %s >>" % (fonts, page),
        b"<< /Length %d /Filter [/FlateDecode /FlateDecode] >>\nstream\n%s\nendstream" % (len(contents), contents),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
        *more,
    ]
    body = b"%PDF-1.4\n" + b"".join(b"%d 0 obj\n%s\nendobj\n" % each for each in enumerate(objects, start=1))
    return body + b"trailer\n<< /Root 1 0 R %s >>\n%%%%EOF" % info


def stream(contents: bytes, more: bytes = b"") -> bytes:
    """An object that is a stream."""
    return b"<< /Length %d %s >>\nstream\n%s\nendstream" % (len(contents), more, contents)


def form(contents: bytes, names: bytes) -> bytes:
    """A form that shows ``contents``, which may call other forms by ``names``."""
    resources = b"/Resources << /Font << /F 5 0 R >> /XObject << %s >> >>" % names
    return stream(contents, b"/Type /XObject /Subtype /Form /BBox [0 0 99 99] " + resources)


def bombs() -> Iterator[tuple[str, bytes]]:
    """Twenty small files that ask for more than any reader has."""
    one = zlib.compress(zlib.compress(b"/X Do"))
    text, mib = b"BT /F 9 Tf 9 9 Td (words) Tj ET\n", 1 << 20
    for size in (64, 2048, 10 * 1024):
        yield f"text of {size} MiB", bomb(size * mib)
    for size in (6, 512):
        yield (
            f"lines of a letter, {size} MiB",
            written(repeated(b"BT /F 1 Tf 9 90 Td (a) Tj 0 -9 Td (b) Tj ET\n", size * mib)),
        )
    yield "zeros of 10 GiB", written(repeated(bytes(1024), 10 * 1024 * mib))
    yield "spaces of 1 GiB", written(repeated(b" " * 1024, 1024 * mib))
    yield "states opened", written(repeated(b"q ", 256 * mib))
    yield "arrays opened", written(repeated(b"[", 256 * mib))
    yield "one string", written(zlib.compress(zlib.compress(b"BT /F 9 Tf (" + b"a" * (64 * mib) + b") Tj ET", 9)))
    yield "a form in itself", written(one, form(b"/X Do " + text, b"/X 6 0 R"))
    calls = b"/X Do " * 10
    laughs = [form(calls, b"/X %d 0 R" % (at + 1)) for at in range(6, 15)]
    yield "forms ten by ten", written(one, *laughs, form(text, b""))
    yield "a page in every place", written(one, form(text, b""), kids=b"3 0 R " * 1_000_000)
    yield "a tree in itself", written(one, form(text, b""), kids=b"2 0 R " * 1_000)
    yield "arrays in the page", written(one, form(text, b""), page=b"/A " + b"[" * 2_000_000)
    yield "dictionaries in the trailer", written(one, form(text, b""), info=b"/Info " + b"<< /A " * 1_000_000)
    title = b"/Info << /Title (" + b"A long title. " * (2 * mib) + b") >>"
    yield "a title of 28 MiB", written(one, form(text, b""), info=title)
    image = b"/Type /XObject /Subtype /Image /Width 60000 /Height 60000 /BitsPerComponent 8 /ColorSpace /DeviceGray"
    yield "a picture of 3 GB", written(one, stream(zlib.compress(bytes(mib)), image + b" /Filter /FlateDecode"))
    yield "a box without end", written(one, form(text, b""), page=b"/MediaBox [-1e38 -1e38 1e38 1e38]")
    yield "pages without end", written(one, form(text, b"")).replace(b"/Count 1", b"/Count 2147483647")
