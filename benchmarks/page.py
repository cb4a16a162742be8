"""A page of docs made of sections, each written by a benchmark of its own; the others stay as they are."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


def replaced(page: str, section: str) -> str:
    """Return the page with the section of that heading replaced, or with it at the end where there is none.

    A section begins with a line ``## heading`` and ends before the next such line.

    >>> replaced("# Page\\n\\n## A\\n\\nold\\n\\n## B\\n\\nb\\n", "## A\\n\\nnew\\n")
    '# Page\\n\\n## A\\n\\nnew\\n\\n## B\\n\\nb\\n'
    """
    parts = re.split(r"(?m)^(?=## )", page)
    heading = section.splitlines()[0]
    section = section.rstrip("\n") + "\n"
    places = [i for i, part in enumerate(parts) if part.splitlines()[:1] == [heading]]
    if places:
        parts[places[0]] = section
    else:
        parts.append(section)
    return "\n".join(part.rstrip("\n") + "\n" for part in parts)


def write_section(path: Path, section: str) -> None:
    """Put a section into a page, which is made where it is not there yet."""
    page = path.read_text(encoding="utf-8") if path.is_file() else ""
    path.write_text(replaced(page, section) if page else section, encoding="utf-8")
