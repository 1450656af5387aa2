"""Features of one account alone, one module per family: profile, name, timing, content, actions, audience."""
