"""The newest score of every lead with what a list shows beside it, kept in memory and brought up to date."""

from serving.pages.book.book import Book
from serving.pages.book.entry import Entry, Score
from serving.pages.book.label import Label

__all__ = ["Book", "Entry", "Label", "Score"]
