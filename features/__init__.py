"""What was known about a lead at a moment: facts, importers, the feature language and its compiled plan.

Imports nothing of ours. Everything downstream reads names, units, groups and labels from here.
"""
