"""Features of an account among the others that posted in the same 72 hours."""
