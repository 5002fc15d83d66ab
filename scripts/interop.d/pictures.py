"""Our pictures read by zbarimg, and a picture by segno read by us."""

import re
import shutil
import subprocess
from importlib.metadata import version

import segno
from check import WORK, Group, end, facts, mingma, verdict


def out(*command):
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=120).stdout


ZBAR = f"zbarimg {out('zbarimg', '--version').strip()}"
PAPER = facts()["paper"]["texts"]


def read(picture):
    """Texts of the QR codes in a picture, in no order."""
    said = out("zbarimg", "--quiet", "--raw", "--nodbus", "-Sdisable", "-Sqrcode.enable", str(picture))
    return sorted(said.splitlines())


def raster(svg, zoom):
    """A PNG of an SVG by librsvg."""
    png = svg.with_suffix(".svg.png")
    out("rsvg-convert", "--zoom", str(zoom), "--background-color", "white", "-o", str(png), str(svg))
    return png


group = Group("our QR code", ZBAR)
said = {}
for form, holder in [("held", ["--holder", "phone.key"]), ("static", [])]:
    png, svg = WORK / f"{form}.png", WORK / f"{form}.svg"
    _, told, _ = mingma("credential", "show", f"{form}.cwt", *holder, "--json", "--png", png, "--svg", svg)
    said[form] = re.search(r'"text": "(MM1:[^"]*)"', told).group(1)
    group.equal(f"{form}, PNG: the same text", read(png), [said[form]])
    if shutil.which("rsvg-convert"):
        rsvg = re.search(r"[0-9.]+", out("rsvg-convert", "--version")).group(0)
        both = Group("our QR code", f"{ZBAR}, librsvg {rsvg}")
        both.equal(f"{form}, SVG: the same text", read(raster(svg, 4)), [said[form]])
    else:
        group.skip(f"{form}, SVG", "no rsvg-convert")
if shutil.which("rsvg-convert"):
    both.equal("sheet of seven codes: the same seven texts", read(raster(WORK / "sheet.svg", 2)), sorted(PAPER))
else:
    group.skip("sheet of seven codes", "no rsvg-convert")

group = Group("QR code by others", f"segno {version('segno')}")
for name, error, scale in [("level L", "l", 4), ("level H, large", "h", 9), ("level M, small", "m", 3)]:
    png = WORK / "segno.png"
    segno.make_qr((WORK / "static.txt").read_text().strip(), error=error, boost_error=False).save(str(png), scale=scale)
    group.equal(f"static, {name}: green", verdict(png), ("green", "current"))
segno.make_qr((WORK / "red.txt").read_text().strip(), error="q").save(str(png), scale=5, dark="navy", light="lightyellow")
group.equal("red, navy on light yellow: red", verdict(png), ("red", "current"))
segno.make_qr(PAPER[0], error="q").save(str(png), scale=4)
group.equal("paper: green", verdict(png), ("green", "current"))
segno.make_qr("https://example.com/", error="q").save(str(png), scale=4)
group.equal("somebody else's QR code: unreadable", verdict(png), ("cannot_tell", "unreadable"))
end()
