# ruff: noqa: INP001 - a script, not a package
"""Score accounts, measure them and learn from labels of one's own, as one would in a notebook (needs ``vigie[train]``).

    python examples/notebook.py

The accounts are synthetic; tables of your own have the same columns (docs/reference/contract.md).
"""

from __future__ import annotations

import polars as pl
from sklearn.model_selection import cross_val_score
from sklearn.pipeline import make_pipeline

import vigie
from vigie.estimators import AccountClassifier, AccountFeatures
from vigie.training.synthetic.accounts import generate


def main() -> None:
    """Print what was found."""
    world = generate(ordinary=40, inauthentic=40, seed=1, posts_per_account=40)

    scores = vigie.score(world.accounts, world.posts, targets=["inauthentic"], top_reasons=1)
    print(scores.group_by("status", "band").len().sort("status", "band"))  # noqa: T201

    features = vigie.features_of(world.accounts, world.posts)
    print(features.select("account_id", "posts", "profile_age_days", "content_repost_share").head(3))  # noqa: T201

    keys = ["platform", "account_id"]
    posts = world.posts.group_by(keys, maintain_order=True).agg(posts=pl.struct(pl.exclude(keys)))
    accounts = world.accounts.join(posts, on=keys, how="left", maintain_order="left")
    labels = accounts.join(world.labels, on=keys, how="left", maintain_order="left")["value"].to_numpy()
    model = make_pipeline(AccountFeatures(log_odds=True), AccountClassifier())
    areas = cross_val_score(model, accounts.to_pandas(), labels, cv=4, scoring="roc_auc")
    print(f"AUC on accounts that it did not see: {areas.mean():.2f}")  # noqa: T201


if __name__ == "__main__":
    main()
