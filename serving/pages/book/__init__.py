"""The newest score of every lead with what a list shows beside it, kept in memory and brought up to date."""

from serving.pages.book.book import Book
from serving.pages.book.entry import Entry, Score

__all__ = ["Book", "Entry", "Score"]
