"""Features of one account alone, one module per group: profile, name, timing, content, actions, audience."""
