"""The meeting's paper: what a duel found, for people who are no statisticians, as one printable page."""

from training.paper.gather import MeetingPaper, card_files, paper_for, write_paper

__all__ = ["MeetingPaper", "card_files", "paper_for", "write_paper"]
