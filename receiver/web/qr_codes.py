"""An address as a QR code: black on white whatever the page looks like, for that is what every camera reads."""

import io
from typing import Final

import segno
from markupsafe import Markup

QUIET_MODULES: Final = 4  # of white around it, as ISO/IEC 18004 asks
POINTS_PER_MODULE: Final = 10


def qr_drawing(address: str) -> Markup:
    """Return the code as SVG inside a page, as wide as its place."""
    return Markup(  # noqa: S704 - of squares alone
        _made(address).svg_inline(omitsize=True, border=QUIET_MODULES, dark="#000", light="#fff")
    )


def qr_file(address: str, *, title: str) -> bytes:
    """Return the code as a file; `title` is what a screen reader says of it."""
    file = io.BytesIO()
    _made(address).save(
        file, kind="svg", title=title, scale=POINTS_PER_MODULE, border=QUIET_MODULES, dark="#000", light="#fff"
    )
    return file.getvalue()


def _made(address: str) -> segno.QRCode:
    return segno.make(address, error="m", micro=False)
