"""Run the command line as ``python -m vigie``."""

from vigie.cli import app

app()
