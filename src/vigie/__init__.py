"""vigie: which accounts are inauthentic, and why."""

from typing import TYPE_CHECKING, Any

from vigie.version import VERSION

if TYPE_CHECKING:
    from vigie.frames import features_of, score

__version__ = VERSION
__all__ = ["__version__", "features_of", "score"]


def __getattr__(name: str) -> Any:
    # On demand: the client and the command line must not wait for what scores.
    if name in ("features_of", "score"):
        from vigie import frames

        return getattr(frames, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
