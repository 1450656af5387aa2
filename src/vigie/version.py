"""The version of vigie, for those that must not import the package: it gives access to all rooms."""

from importlib.metadata import version

VERSION = version("vigie")
