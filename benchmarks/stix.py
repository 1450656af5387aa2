"""Whether bundles that others published come out as they went in, and OpenCTI's map takes each of their relations.

python benchmarks/stix.py BUNDLE…
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from pathlib import Path

from vigie.serving.stix import bundle, relations


def main(paths: list[Path]) -> int:
    """Print what changes, and return how many relations and bundles do."""
    changed = 0
    for path in paths:
        given = bundle.read(path)
        same = json.loads(given.to_json()) == json.loads(path.read_text(encoding="utf-8-sig"))
        refused = Counter[tuple[str, str, str]]()
        held = list(given.relations())
        for each in held:
            ends = relations.type_of(each.source), relations.type_of(each.target)
            if relations.taken(ends[0], each.kind, ends[1]) != each.kind:
                refused[ends[0], each.kind, ends[1]] += 1
        print(
            f"{path.name}: {len(given.objects):,} objects, same: {same}; {len(held):,} relations, refused: {dict(refused)}"
        )
        changed += refused.total() + (not same)
    return changed


if __name__ == "__main__":
    sys.exit(main([Path(name) for name in sys.argv[1:]]))
