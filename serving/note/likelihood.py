"""How unlikely something is, in words: a p-value as one chance in so many."""

from __future__ import annotations

from vigie.features.i18n import Message, message

# Chances in words stop where a reader no longer tells them apart, and where the model is what they depend on.
_MILLION, _BILLION = 1e-6, 1e-9


def chance(p: float) -> Message:
    """Return a p-value as a chance.

    >>> chance(0.0123).say("en"), chance(3e-300).say("fr")
    ('about one chance in 81', 'moins d’une chance sur un milliard')
    """
    if p < _BILLION:
        return message("note.chance_billion")
    if p < _MILLION:
        return message("note.chance_million")
    if p > 0.5:
        return message("note.chance_likely")
    # Two digits: more would be the model's, not the data's.
    return message("note.chance", count=int(float(f"{1 / p:.2g}")))
