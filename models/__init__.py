"""What turns features into a score and its reasons: the agreed card, boosted trees, their calibration.

Cards and models share one interface (:class:`models.scorer.Scorer`): features in; total, probability,
contributions and grade out. So every comparison is the same code, whichever two stand side by side.
"""
