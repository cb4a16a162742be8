"""A page as a careful reader takes it in: that it is HTML, runs nothing, leads nowhere else; and what it says."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urlsplit

_VOID = {"meta", "link", "br", "input", "hr", "img"}
_INLINE = {"a", "b", "span", "code"}
#: Whose attributes are addresses.
_ADDRESSES = ("href", "src", "action", "formaction", "xlink:href", "poster", "data")


def _harmless(tag, attrs):
    """Return the attributes of an element, which runs nothing and leads nowhere else."""
    assert tag not in {"script", "iframe", "object", "embed", "base", "style", "img"}, tag
    for name, value in attrs:
        assert not name.startswith("on"), (name, value)
        assert name != "style"
        if name in _ADDRESSES:
            assert value.startswith(("/", "#", "data:,")), (name, value)
            assert not value.startswith(("//", "/\\"))
    assert len(dict(attrs)) == len(attrs), attrs
    return dict(attrs)


@dataclass
class Page(HTMLParser):
    """What stands on a page; made by :func:`look`."""

    status: int = 200
    headers: dict = field(default_factory=dict)
    html: str = ""
    title: str = ""
    text: str = ""
    links: dict = field(default_factory=dict)
    rows: list = field(default_factory=list)
    forms: list = field(default_factory=list)
    ids: list = field(default_factory=list)
    open: list = field(default_factory=list)

    def __post_init__(self):
        super().__init__(convert_charrefs=True)
        self.feed(self.html)
        self.close()
        assert self.open == [], f"never closed: {self.open}"
        assert len(self.ids) == len(set(self.ids)), self.ids
        self.text = " ".join(self.text.split())

    def handle_starttag(self, tag, attrs):
        given = _harmless(tag, attrs)
        if "id" in given:
            self.ids.append(given["id"])
        if tag == "a":
            self.links[given["href"]] = ""
        if tag not in _INLINE:
            self.text += " "
        if tag in {"td", "th"} and self.rows:
            self.rows[-1] += " "
        if tag == "tr":
            self.rows.append("")
        if tag == "form":
            self.forms.append({"action": given.get("action"), "method": given.get("method", "get"), "fields": {}})
        if tag in {"input", "button"} and self.forms and "form" in self.open:
            self.forms[-1]["fields"].setdefault(given.get("name"), given.get("value", ""))
        if tag not in _VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        # In SVG, an element may end where it begins.
        self.handle_starttag(tag, attrs)
        if tag not in _VOID:
            self.open.pop()

    def handle_endtag(self, tag):
        assert self.open, f"</{tag}> of nothing"
        assert self.open.pop() == tag, (tag, self.open)

    def handle_data(self, data):
        if "title" in self.open and "head" in self.open:
            self.title += data
        else:
            self.text += data
        if "a" in self.open and self.links:
            self.links[list(self.links)[-1]] += data
        if "tr" in self.open:
            self.rows[-1] += data

    def handle_comment(self, data):
        raise AssertionError(f"a comment: {data}")

    def form(self, action):
        """Return the fields of the form that is sent there."""
        return next(dict(form["fields"]) for form in self.forms if form["action"] == action)

    def leads(self):
        """Return the names of the list's leads, in order."""
        return [said for href, said in self.links.items() if urlsplit(href).path == "/lead"]


HTML = {"Accept": "text/html,application/xhtml+xml"}


def look(client, path, status=200, **headers):
    """Open a page as a browser does, and hold it to what every page must be."""
    answer = client.get(path, headers={**HTML, **headers}, follow_redirects=False)
    assert answer.status_code == status, (path, answer.status_code, answer.text[:400])
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    policy = answer.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'")
    assert "script" not in policy
    assert "frame-ancestors 'none'" in policy
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "no-referrer"
    return Page(answer.status_code, dict(answer.headers), answer.text)
