"""Who may ask what of the service, how often, and what is kept of it."""
