"""Texts in cells: no spreadsheet program takes a name for a formula, and every text reads back as it was."""

from __future__ import annotations

#: What a spreadsheet program takes for the beginning of a formula.
STARTERS = ("=", "+", "-", "@", "\t", "\r", "\n")


def guarded(text: str) -> str:
    """Return the text with an apostrophe before what would be a formula; :func:`unguarded` takes it off again.

    >>> guarded("=1+1"), guarded("'=1+1"), guarded("plain"), guarded("O'Neil")
    ("'=1+1", "''=1+1", 'plain', "O'Neil")
    """
    return f"'{text}" if text.lstrip("'").startswith(STARTERS) else text


def unguarded(text: str) -> str:
    """Return a text as it was before :func:`guarded`.

    >>> unguarded("'=1+1"), unguarded("''=1+1"), unguarded("'tis")
    ('=1+1', "'=1+1", "'tis")
    """
    return text[1:] if text.startswith("'") and text.lstrip("'").startswith(STARTERS) else text


def text_cell(text: str) -> str:
    """Return one text for a cell; what a cell would lose (blanks at the ends, nothing at all) is put in quotes.

    >>> text_cell("a; b"), text_cell(" a"), text_cell("")
    ('a; b', '" a"', '""')
    """
    return guarded(_quoted(text) if text != text.strip() or text == "" or text.startswith('"') else text)


def texts_cell(texts: list[str]) -> str:
    """Return several texts for one cell, with semicolons between them, and one after a single text.

    >>> texts_cell(["VP", "a;b"]), texts_cell(["VP"])
    ('VP; "a;b"', 'VP;')
    """
    parts = [_quoted(text) if _needs_quotes(text) else text for text in texts]
    return guarded("; ".join(parts) + (";" if len(parts) == 1 else ""))


def one_text_cell(text: str) -> str:
    """Return one text for a cell that may hold several.

    >>> one_text_cell("webinar"), one_text_cell("a;b")
    ('webinar', '"a;b"')
    """
    return guarded(_quoted(text) if _needs_quotes(text) else text)


def read_text(cell: str) -> str:
    """Return the text that :func:`text_cell` wrote."""
    text = unguarded(cell)
    if len(text) > 1 and text.startswith('"') and text.endswith('"'):
        return text[1:-1].replace('""', '"')
    return text


def read_texts(cell: str) -> list[str]:
    """Return the texts that :func:`texts_cell` wrote; ``a;`` is one text, and so is ``a``.

    >>> read_texts('VP; "a;b"'), read_texts("VP;"), read_texts('""; x')
    (['VP', 'a;b'], ['VP'], ['', 'x'])
    """
    found: list[str] = []
    rest = unguarded(cell).strip()
    while rest:
        text, rest = _quoted_text(rest) if rest.startswith('"') else _plain_text(rest)
        found.append(text)
    return found


def _needs_quotes(text: str) -> bool:
    return text != text.strip() or text == "" or any(mark in text for mark in ';"')


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'


def _plain_text(rest: str) -> tuple[str, str]:
    text, _, rest = rest.partition(";")
    return text.strip(), rest.strip()


def _quoted_text(rest: str) -> tuple[str, str]:
    end = 1
    while end < len(rest):
        if rest[end] == '"':
            if rest[end + 1 : end + 2] != '"':
                break
            end += 1
        end += 1
    after = rest[end + 1 :].strip()
    return rest[1:end].replace('""', '"'), after.removeprefix(";").strip()
