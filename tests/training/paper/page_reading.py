"""The paper read as a browser's parser reads it."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser

_VOID = {"meta", "br", "col", "img", "link"}


@dataclass
class Element:
    tag: str
    attributes: dict[str, str | None]
    text: str = ""
    inside: list[Element] = field(default_factory=list)

    def all(self, *tags: str) -> list[Element]:
        found = [self] if self.tag in tags else []
        return [*found, *(one for child in self.inside for one in child.all(*tags))]

    @property
    def said(self) -> str:
        """The text of the element and of all in it, but for what a browser does not show."""
        if self.tag in ("style", "script"):
            return ""
        return " ".join([self.text, *(child.said for child in self.inside)])


class Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.root = Element("", {})
        self.open = [self.root]

    def handle_starttag(self, tag, attrs):
        one = Element(tag, dict(attrs))
        self.open[-1].inside.append(one)
        if tag not in _VOID:
            self.open.append(one)

    def handle_endtag(self, tag):
        assert self.open[-1].tag == tag, f"</{tag}> closes <{self.open[-1].tag}>"
        self.open.pop()

    def handle_data(self, data):
        self.open[-1].text += data


def read(html: str) -> Element:
    reader = Reader()
    reader.feed(html)
    assert reader.open == [reader.root], "something is not closed"
    return reader.root
