"""Accounts that hold their posts, as in a request to the service: what stands where."""

from __future__ import annotations

# Where an account holds its posts.
POSTS = "posts"
# Fields of a post that its account gives.
FROM_ACCOUNT = ("platform", "account_id")
