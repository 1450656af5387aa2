"""Hashes of the pictures and videos that a collector saved. No faces, no voices."""

from vigie.features.media.hash_table import table_of

__all__ = ["table_of"]
