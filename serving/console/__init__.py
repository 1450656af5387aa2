"""The web console: operations, what was found in them, and decisions, as pages for people."""
