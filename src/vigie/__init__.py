"""vigie: which accounts are inauthentic, and why."""

from importlib.metadata import version
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from vigie.frames import features_of, score

__version__ = version("vigie")
__all__ = ["__version__", "features_of", "score"]


def __getattr__(name: str) -> Any:
    # On demand: the client and the command line must not wait for what scores.
    if name in ("features_of", "score"):
        from vigie import frames

        return getattr(frames, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
