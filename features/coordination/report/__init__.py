"""Groups and pairs for people: typed results, the posts that prove them, ordinary explanations, sentences."""
