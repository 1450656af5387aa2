"""Synthetic corpora for tests, examples and benchmarks; no training reads them."""
