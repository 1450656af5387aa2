"""The HTTP API: application, routes by noun, schemas, problems, middleware."""
