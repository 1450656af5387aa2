"""vigie: which accounts are inauthentic, and why."""

from importlib.metadata import version

__version__ = version("vigie")
