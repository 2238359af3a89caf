"""Hides an installed pandas from what is measured: PyArrow imports it where it can, which takes half a second (measure.py)."""

raise ImportError("hidden by benchmarks/without_pandas")
