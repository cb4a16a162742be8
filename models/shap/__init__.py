"""Exact, fast TreeSHAP for LightGBM boosters: tables prepared once, numba kernels for one row and for many."""

from models.shap.tree_shap import MOST_TABLE_BYTES, TreeShap
from models.shap.trees import UnsupportedTreesError

__all__ = ["MOST_TABLE_BYTES", "TreeShap", "UnsupportedTreesError"]
