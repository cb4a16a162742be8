"""Labels, honest splits, fitting, comparing, tracking and promoting.

One sentence holds it: a training row is (lead, as_of), built only from facts known before ``as_of``, labelled
only once its horizon has passed.
"""
