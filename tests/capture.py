#!/usr/bin/python3
"""Makes conf/profanity.svg, the picture in the README: Profanity receiving a card and a push.

  tests/capture.py [FILE]    plays it on servers of its own, and writes FILE

What tmux gives with its escapes (ECMA-48, 8.3.117: SGR) becomes text in an SVG.
"""
import pathlib
import re
import sys
import tempfile
from xml.sax.saxutils import escape

sys.path.insert(0, __file__.rsplit("/", 1)[0])
from clients import Person, card  # noqa: E402
from servers import BUILD, SERVICE, TOP, Kithd, Prosody  # noqa: E402
from terminal import Profanity  # noqa: E402

SIZE = (98, 8)  # columns, lines
CELL_W, CELL_H, MARGIN = 8.4, 19, 14
BACKGROUND, TEXT = "#16181d", "#d5d8de"
COLOURS = ["#16181d", "#e06c75", "#98c379", "#e5c07b", "#61afef", "#c678dd", "#56b6c2", "#d5d8de",
           "#7f848e", "#e06c75", "#98c379", "#e5c07b", "#61afef", "#c678dd", "#56b6c2", "#ffffff"]
BAR = "#2c4a6e"  # blue behind text


class Style:
    """What SGR has set."""

    def __init__(self):
        self.reset()

    def reset(self):
        self.colour, self.background, self.bold = TEXT, None, False

    def set(self, codes):
        codes = [int(code or 0) for code in codes.split(";")]
        while codes:
            code = codes.pop(0)
            if code == 0:
                self.reset()
            elif code in (1, 22):
                self.bold = code == 1
            elif code in (38, 48) and codes[:1] == [5]:
                colour = COLOURS[codes[1] % 16]
                codes = codes[2:]
                if code == 38:
                    self.colour = colour
                else:
                    self.background = BAR if colour == COLOURS[4] else colour
            elif code == 39:
                self.colour = TEXT
            elif code == 49:
                self.background = None
            elif 30 <= code <= 37 or 90 <= code <= 97:
                self.colour = COLOURS[code - 30 if code < 90 else code - 82]
            elif 40 <= code <= 47 or 100 <= code <= 107:
                self.background = BAR if code == 44 else COLOURS[code - (40 if code < 100 else 92)]


def draw(style, column, line, text):
    """One run of characters of one style."""
    x, y = MARGIN + column * CELL_W, MARGIN + line * CELL_H
    width = len(text) * CELL_W
    if style.background and style.background != BACKGROUND:
        yield (f'<rect x="{x:.1f}" y="{y}" width="{width:.1f}" height="{CELL_H}" '
               f'fill="{style.background}"/>')
    if text.strip():
        indent = len(text) - len(text.lstrip())
        text = text.strip()
        x += indent * CELL_W
        bold = ' font-weight="bold"' if style.bold else ""
        yield (f'<text x="{x:.1f}" y="{y + 14}" textLength="{len(text) * CELL_W:.1f}" '
               f'fill="{style.colour}"{bold}>{escape(text)}</text>')


def svg(screens):
    """The screens, one below the other."""
    columns, lines = SIZE[0], (SIZE[1] + 1) * len(screens) - 1
    width, height = 2 * MARGIN + columns * CELL_W, 2 * MARGIN + lines * CELL_H
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height}" '
           f'width="{width:.0f}" height="{height}" font-family="DejaVu Sans Mono, Menlo, '
           'Consolas, monospace" font-size="14" xml:space="preserve">',
           f'<rect width="100%" height="100%" rx="8" fill="{BACKGROUND}"/>']
    style = Style()
    rows = [row for screen in screens for row in [*screen.split("\n")[:SIZE[1]], ""]]
    for number, line in enumerate(rows):
        column = 0
        for codes, text in re.findall(r"\x1b\[([\d;]*)m|([^\x1b]+)", line):
            if text:
                out += draw(style, column, number, text)
                column += len(text)
            else:
                style.set(codes)
    return "\n".join([*out, "</svg>", ""])


def play(directory):
    """The screens: the chat with alice, and that with the service."""
    prosody = Prosody(f"{directory}/prosody")
    prosody.register("alice", "bob", "carol")
    prosody.start()
    kithd = Kithd(f"{directory}/kithd", prosody.component_port, "preset = company")
    kithd.start()
    screen = None
    try:
        alice, bob, carol = [Person(directory, prosody, user) for user in ("alice", "bob", "carol")]
        alice.conf.write_text(alice.conf.read_text().replace(alice.jid, f"{alice.jid}/phone"))
        carol.kith("number", "cell", "+44 7400 123456")
        alice.add(card("Dave Example", ("", "+44 7400 987654")))
        bob.add(card("Carol Example", ("cell", "+44 7400 123456"), jid=carol.jid), "link")
        screen = Profanity(f"{directory}/bob/profanity", prosody, "bob", SIZE)
        screen.enter(f"/plugins install {BUILD}/plugin/.libs/kith.so")
        screen.wait("Plugin installed")
        screen.connect()
        screen.enter(f"/msg {alice.jid}")
        screen.wait(f"{alice.jid} ")
        alice.kith("send", bob.jid, "dave")
        screen.wait("To save: /contact save")
        screen.enter("/contact save")
        screen.wait("Saved Dave Example")
        carol.kith("number", "cell", "+44 7400 654321")
        screen.wait(r"\[3\]")
        screen.enter("/contact show carol")
        screen.wait("654321")
        chat = screen.screen(colours=True)
        screen.enter(f"/win {SERVICE}")
        screen.wait("is now")
        return chat, screen.screen(colours=True)
    finally:
        if screen:
            screen.close()
        kithd.stop()
        prosody.stop()


def main():
    file = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else TOP / "conf/profanity.svg")
    with tempfile.TemporaryDirectory(prefix="kith-picture-") as directory:
        file.write_text(svg(play(directory)))


if __name__ == "__main__":
    main()
