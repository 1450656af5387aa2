"""Matchers that know nothing of accounts: near-duplicate text, perceptual hashes, embeddings, canonical URLs."""
