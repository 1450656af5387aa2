"""What other packages add: modules named by entry points, loaded once."""

from __future__ import annotations

from functools import cache
from importlib.metadata import entry_points

from vigie.errors import ExtensionError


@cache
def load(group: str) -> None:
    """Import every module that an installed package names under a group of entry points.

    Importing a module registers what it adds, as the modules of vigie do.

    Args:
        group: ``vigie.traces`` or ``vigie.readers``.

    Raises:
        ExtensionError: One cannot be imported, or adds what is there already.
    """
    for point in entry_points(group=group):
        try:
            point.load()
        except Exception as error:
            package = point.dist.name if point.dist else "an installed package"
            raise ExtensionError(
                f"{point.name} ({point.value}) of {package} cannot be loaded as one of {group}: "
                f"{type(error).__name__}: {str(error)[:200]}. Mend or uninstall that package"
            ) from error
