"""HTML for notebooks: text and tables, nothing more."""

from __future__ import annotations

from collections.abc import Sequence

COLOURS = {"ok": "#2a7f3f", "warn": "#b26b00", "fail": "#b3261e"}


def escaped(text: str) -> str:
    """Return text as HTML."""
    import html  # brings much along

    return html.escape(text)


def html_table(rows: Sequence[Sequence[str]], caption: str = "") -> str:
    """Return rows of cells as a table, the first as its head; verdicts have their colours."""

    def cell(text: str, tag: str, first: bool) -> str:
        side = "left" if first else "right"
        colour = f"; color: {COLOURS[text]}" if text in COLOURS else ""
        return f'<{tag} style="text-align: {side}{colour}">{escaped(text)}</{tag}>'

    def row(cells: Sequence[str], tag: str) -> str:
        return "<tr>" + "".join(cell(text, tag, not i) for i, text in enumerate(cells)) + "</tr>"

    head, body = row(rows[0], "th"), "".join(row(cells, "td") for cells in rows[1:])
    under = f'<p style="font-size: small">{escaped(caption)}</p>' if caption else ""
    return f"<table><thead>{head}</thead><tbody>{body}</tbody></table>{under}"
