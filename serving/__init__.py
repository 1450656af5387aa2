"""How a model is asked: the HTTP API."""
