"""Hashes of the pictures and videos that a collector saved, and which post each file belongs to. No faces, no voices."""

from vigie.features.media.hash_table import table_of
from vigie.features.media.matching import Matched, match

__all__ = ["Matched", "match", "table_of"]
