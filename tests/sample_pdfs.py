"""Makes the sample's PDF files from their Markdown; run by hand after an edit: ``python tests/sample_pdfs.py``.

Needs fpdf2 (a development dependency) and the DejaVu fonts. The same source and fonts give the same bytes.
"""

import re
from datetime import UTC, datetime
from pathlib import Path

from fpdf import FPDF, FontFace, TextStyle
from PIL import Image, ImageDraw, ImageFont

from eval.sample.documents import SampleDocument, read_documents

FONTS = Path("/usr/share/fonts/truetype/dejavu")
STYLES = {"": "Serif", "B": "Serif-Bold", "I": "Serif-Italic", "BI": "Serif-BoldItalic"}
TEAL = (31, 95, 91)
HEADINGS = {"h1": 20, "h2": 14, "h3": 12}
PAGE_BREAK = "<!-- page -->"


class _Paper(FPDF):
    """A4 with a running header and numbered pages."""

    def __init__(self, document: SampleDocument) -> None:
        super().__init__(format="A4")
        self._running = document.title
        self.set_title(document.title)
        self.set_author("Association of Directors of Local Libraries")
        self.set_creation_date(datetime.fromisoformat(f"{document.date}T09:00:00").replace(tzinfo=UTC))
        self.set_margins(24, 22)
        self.set_auto_page_break(True, 22)
        for style, file in STYLES.items():
            self.add_font("Serif", style, FONTS / f"DejaVu{file}.ttf")

    def header(self) -> None:
        """The association and the paper's title above every page."""
        self.set_font("Serif", "I", 8)
        self.cell(0, 6, f"ADLL  ·  {self._running}", new_x="LMARGIN", new_y="NEXT")
        self.ln(4)

    def footer(self) -> None:
        """The number of the page."""
        self.set_y(-15)
        self.set_font("Serif", "", 8)
        self.cell(0, 6, f"Page {self.page_no()}", align="C")


def paper(document: SampleDocument) -> bytes:
    """The PDF of a publication whose Markdown marks its page breaks."""
    pdf = _Paper(document)
    styles = {name: TextStyle("Serif", "B", size, TEAL, t_margin=4, b_margin=1) for name, size in HEADINGS.items()}
    for page in document.html.split(PAGE_BREAK):
        pdf.add_page()
        pdf.set_font("Serif", "", 10.5)
        airy = re.sub("<(p|ul|ol)>", r'<\1 line-height="1.35">', page).replace("<table>", "<br><table>")
        faces = styles | {"a": FontFace(color=TEAL)}
        pdf.write_html(airy, tag_styles=faces, li_prefix_color=TEAL, table_line_separators=True)
    return bytes(pdf.output())


def scan(document: SampleDocument) -> bytes:
    """A PDF that is a picture of a page, a little crooked, with no text in it."""
    picture = Image.new("L", (1000, 1414), 255)
    font = ImageFont.truetype(FONTS / "DejaVuSerif.ttf", 24)
    ImageDraw.Draw(picture).multiline_text((110, 130), document.body, fill=30, font=font, spacing=16)
    tilted = picture.rotate(0.7, fillcolor=245).convert("1")
    pdf = FPDF(format="A4")
    pdf.set_creation_date(datetime.fromisoformat(f"{document.date}T09:00:00").replace(tzinfo=UTC))
    pdf.add_page()
    pdf.image(tilted, 0, 0, 210, 297)
    return bytes(pdf.output())


if __name__ == "__main__":
    for document in read_documents():
        if document.is_pdf:
            document.file.write_bytes(scan(document) if document.state == "scan" else paper(document))
