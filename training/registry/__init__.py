"""MLflow: runs, registered models, comparison of challenger and champion, gates."""
