"""Signatures of dossiers: Ed25519 over the manifest, which holds the digest of everything else."""

from __future__ import annotations

from vigie.errors import DossierError
from vigie.features.ed25519 import Signing

SIGNING = Signing(b"vigie dossier 1\n", "dossier", "manifest", "signature.json", DossierError)
