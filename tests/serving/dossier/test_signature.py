"""No signature of a dossier stands for one of a bundle."""

from __future__ import annotations

from vigie.models import signatures
from vigie.serving.dossier import signature


def test_dossiers_are_signed_in_a_domain_of_their_own() -> None:
    assert signature.SIGNING.domain != signatures.SIGNING.domain
