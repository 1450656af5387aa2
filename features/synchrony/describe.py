"""A group in figures and in words: who did what with whom, and what else would explain it.

Nothing here says that a group is inauthentic. Its verdict is ``synchronous`` or ``strong``; ``strong`` asks for
several objects, several days, several traces or an unlikely likeness of the accounts, and a synchrony that
waiting for the same author does not explain. What speaks for and against ordinary explanations is listed with
every group.

The likeness of accounts (creation dates, shapes of handles, empty biographies) is compared with
:data:`DRAWS` random draws, with replacement and a fixed seed, of as many of the other accounts of the corpus.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from vigie.features.synchrony import events, urls
from vigie.features.synchrony import groups as communities
from vigie.features.synchrony.network import ANY

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Statistic = Callable[[Ints], Floats]
Sentence = dict[str, str]

DRAWS = 2_000
# Accounts that must carry a value: others for a reference, members for a test.
LEAST_OTHERS, LEAST_MEMBERS = 50, 3
# Windows of the creation-date scan, in days.
SCAN_DAYS = (1, 7, 31)
# Chance of one false pair, and of one false likeness, at which it counts.
ALPHA, ALPHA_LIKENESS = 0.01, 1e-3
# Objects, days and traces that a strong group has at least.
LEAST_OBJECTS, LEAST_DAYS, LEAST_LAYERS = 3, 2, 2
# Accounts named as leads and relays.
_NAMED = 5
_SEED = 17
_DAY = events.DAY
# Draws evaluated at once, in account values: bounds memory.
_BLOCK = 2_000_000

# A character that turns a line of text into something else: control and direction marks.
_UNSEEN = r"[\p{Cc}\p{Cf}]"
_PLATFORMS = {
    "x": "X", "facebook": "Facebook", "instagram": "Instagram", "telegram": "Telegram", "tiktok": "TikTok",
    "youtube": "YouTube", "vk": "VK", "bluesky": "Bluesky", "mastodon": "Mastodon",
}  # fmt: skip
_ALTERNATIVES = {
    "fan_club": ("Fans who wait for one author", "Des admirateurs qui guettent un même auteur"),
    "newsroom_feed": ("Accounts of one newsroom", "Les comptes d’une même rédaction"),
    "live_event": ("People who follow a live event", "Des personnes qui suivent un événement en direct"),
    "activists": ("Activists with shared material", "Des militants qui partagent un même matériel"),
    "declared_bots": ("Accounts that say they are automated", "Des comptes qui se disent automatisés"),
}
_LINKS = {"co_url", "rare_domain"}
_MATERIAL = {"text_duplicate", "media_duplicate", "hashtag_sequence", "rare_hashtag"}
_COPIES = {"text_duplicate", "media_duplicate"}
_AUTOMATED = r"(?i:\b(?:ro)?bots?\b|_bots?\b|automated|automatique|automatisé)|[a-z]Bot\b"


@dataclass(frozen=True)
class _Figures:
    """What the rules read.

    Attributes:
        layers: Names of the traces; all traces together count only where there are no others.
        days: Most days on which one pair met.
        objects: Most objects on which one pair met.
        authors: Most authors whose objects one pair met on; None where unknown.
        one_author: Whether most pairs met, where authors are known, on objects of one author only.
        author_share: Share of the pairs with known authors that the author null does not explain; None
            where authors are unknown.
        author_significant: Whether at least half of the pairs hold under the author null: of those with
            known authors where these are most, else of all.
        creation: p of the creation-date scan; None where not tested.
        handle: p of the shapes of handles.
        bio: p of the empty biographies.
        site_share: Share of the members' links that go to the site they link to most.
        token: What most handles share, and the share of the handles.
        busy_share: Share of the members' posts in their six busiest hours in a row.
        declared: Share of the members who say that they are automated.
        shortest: Shortest window, in seconds.
    """

    layers: frozenset[str]
    days: int
    objects: int
    authors: int | None
    one_author: bool
    author_share: float | None
    author_significant: bool
    creation: float | None
    handle: float | None
    bio: float | None
    site_share: float | None
    token: tuple[str, float] | None
    busy_share: float | None
    declared: float | None
    shortest: int

    @property
    def alike(self) -> bool:
        """Whether the accounts are more alike than chance makes them."""
        return any(p is not None and p < ALPHA_LIKENESS for p in (self.creation, self.handle, self.bio))


def describe(
    groups: pl.DataFrame, pairs: pl.DataFrame, accounts: pl.DataFrame, posts: pl.DataFrame | None
) -> list[dict[str, object]]:
    """Return what is known of every group, ready for JSON, the strongest first.

    Args:
        groups: What :func:`vigie.features.synchrony.groups.find` returned.
        pairs: The significant pairs of all traces and windows.
        accounts: Contract columns and ``row``; those in no group are the reference.
        posts: Contract columns and ``row`` of the author; None where there are none.

    Returns:
        One mapping per group. What could not be computed is None.
    """
    if groups.is_empty():
        return []
    linked = communities.edges(pairs).with_columns(
        author_holds=pl.col("p_author") * _tests(pairs, accounts.height) < ALPHA,
        percentile=100 * pl.col("weight").rank("max") / pl.len(),
    )
    people = _people(accounts, groups)
    said = None if posts is None else _said(posts, groups)
    home = groups.select(pl.col("account"), pl.col("group"))
    inside = (
        linked.join(home.rename({"account": "first"}), on="first")
        .join(home.rename({"account": "second", "group": "other"}), on="second")
        .filter(pl.col("group") == pl.col("other"))
    )
    seen = pairs.join(
        inside.select("trace", "first", "second", "group"), on=["trace", "first", "second"], how="inner"
    )
    return [
        _one(
            int(number),
            float(part["stability"][0]),
            people.filter(pl.col("group") == number),
            people.filter(pl.col("group").is_null() | (pl.col("group") != number)),
            inside.filter(pl.col("group") == number),
            seen.filter(pl.col("group") == number),
            None if said is None else said.filter(pl.col("group") == number),
        )
        for (number,), part in groups.sort("group").group_by("group", maintain_order=True)
    ]


def _one(
    number: int,
    stability: float,
    members: pl.DataFrame,
    others: pl.DataFrame,
    linked: pl.DataFrame,
    seen: pl.DataFrame,
    said: pl.DataFrame | None,
) -> dict[str, object]:
    size = members.height
    creation, handle, bio = _creation(members, others), _handles(members, others), _bios(members, others)
    figures = _figures(members, linked, seen, said, creation["p"], handle["p"], bio["p"])
    strong = (
        figures.objects >= LEAST_OBJECTS
        and figures.days >= LEAST_DAYS
        and (len(figures.layers) >= LEAST_LAYERS or figures.alike)
        and figures.author_significant
        and not figures.one_author
    )
    listed = _listed(members, linked)
    lead = [one for one in sorted(listed, key=lambda one: (-_net(one), _row(one))) if _net(one) > 0][:_NAMED]
    relay = [one for one in sorted(listed, key=lambda one: (_net(one), _row(one))) if _net(one) < 0][:_NAMED]
    joined = linked.select("first", "second").unique().height
    english, french = _sentences(members, lead, figures, linked)
    return {
        "group": number,
        "verdict": "strong" if strong else "synchronous",
        "english": english,
        "french": french,
        "size": size,
        "platforms": dict(
            members.filter(pl.col("platform").is_not_null())
            .group_by("platform")
            .len()
            .sort("platform")
            .rows()
        ),
        "layers": _layers(linked, seen),
        "days": figures.days,
        "objects": figures.objects,
        "authors": figures.authors,
        "author_significant_share": figures.author_share,
        "leads": [_name(one) for one in lead],
        "relays": [_name(one) for one in relay],
        "accounts": listed,
        "density": 2 * joined / (size * (size - 1)),
        "stability": stability,
        "creation": creation,
        "handles": handle,
        "bios": bio,
        "audience": _audience(said),
        "benign_alternatives": _benign(figures),
    }


def _tests(pairs: pl.DataFrame, accounts: int) -> pl.Expr:
    """Return the number of tests of a pair's trace and window, as its corrected p tells it.

    Where every corrected p is 0 or 1 it is that of all pairs of accounts, which is more.
    """
    known = (
        pairs.filter((pl.col("p_class") > 0) & (pl.col("p_class_corrected") < 1))
        .group_by("trace", "window")
        .agg((pl.col("p_class_corrected") / pl.col("p_class")).max().alias("tests"))
        .drop_nulls()
    )
    number = pl.lit(accounts * (accounts - 1) / 2)
    for trace, window, tests in known.sort("trace", "window").rows():
        here = (pl.col("trace") == trace) & (pl.col("window") == window)
        number = pl.when(here).then(pl.lit(tests)).otherwise(number)
    return number


def _people(accounts: pl.DataFrame, groups: pl.DataFrame) -> pl.DataFrame:
    """Return all accounts with their group and what tests read; members without a record have nulls."""
    columns = {
        "platform": pl.String(), "account_id": pl.String(), "handle": pl.String(), "display_name": pl.String(),
        "description": pl.String(), "created_at": pl.Datetime("us", "UTC"),
    }  # fmt: skip
    known = accounts.select(
        pl.col("row").cast(pl.Int64),
        *(
            pl.col(name).cast(kind) if name in accounts.columns else pl.lit(None, kind).alias(name)
            for name, kind in columns.items()
        ),
    ).unique("row", keep="first", maintain_order=True)
    shape = (
        pl.col("handle")
        .str.replace_all(r"\p{Lu}+", "A")
        .str.replace_all(r"[^\P{L}A]+", "a")
        .str.replace_all(r"\p{Nd}", "0")
    )
    return (
        known.join(
            groups.select(pl.col("account").alias("row"), "group"), on="row", how="full", coalesce=True
        )
        .sort("row")
        .with_columns(
            pl.col("handle", "platform", "account_id").str.replace_all(_UNSEEN, "\ufffd"),
            created=pl.col("created_at").dt.epoch("s"),
            empty=pl.col("description").str.strip_chars().str.len_chars().eq(0).cast(pl.Int64),
            shape=shape,
            declared=pl.any_horizontal(
                pl.col("handle", "display_name", "description").str.contains(_AUTOMATED)
            ),
        )
    )


def _said(posts: pl.DataFrame, groups: pl.DataFrame) -> pl.DataFrame:
    """Return the posts of members, with their group."""
    members = groups.select(pl.col("account").alias("row"), "group")
    return posts.with_columns(pl.col("row").cast(pl.Int64)).join(members, on="row", how="inner")


def _figures(
    members: pl.DataFrame,
    linked: pl.DataFrame,
    seen: pl.DataFrame,
    said: pl.DataFrame | None,
    creation: float | None,
    handle: float | None,
    bio: float | None,
) -> _Figures:
    attributed = _own(linked).filter(pl.col("authors").is_not_null())
    joined = linked.select("first", "second").unique().height
    by_author = attributed.group_by("first", "second").agg(
        pl.col("authors").max(), pl.col("author_holds").any().alias("holds")
    )
    held = linked.group_by("first", "second").agg(pl.col("author_holds").any().alias("holds"))
    covered = 2 * by_author.height >= joined > 0
    share = float(by_author["holds"].mean()) if by_author.height else None  # type: ignore[arg-type]
    alone = int((by_author["authors"] <= 1).sum())
    says = members["declared"].drop_nulls()
    return _Figures(
        layers=frozenset(_own(linked)["trace"].unique().to_list()),
        days=_most(seen["days"]) or 0,
        objects=_most(seen["objects"]) or 0,
        authors=_most(seen["authors"]),
        one_author=covered and 2 * alone > by_author.height,
        author_share=share,
        author_significant=(
            share >= 0.5 if covered and share is not None else 2 * int(held["holds"].sum()) >= held.height > 0
        ),
        creation=creation,
        handle=handle,
        bio=bio,
        site_share=_site_share(said),
        token=_token(members["handle"].drop_nulls()),
        busy_share=_busy_share(said),
        declared=int(says.sum()) / members.height if len(says) else None,
        shortest=int(seen["window"].min() or 0),  # type: ignore[arg-type]  # Int64 or null
    )


def _own(linked: pl.DataFrame) -> pl.DataFrame:
    """Return the pairs of the traces themselves; those of all traces together where there are no others.

    All traces together repeat what each tells, so they are no further layer, and of their objects only some
    have a known author.
    """
    own = linked.filter(pl.col("trace") != ANY)
    return own if own.height else linked


def _most(values: pl.Series) -> int | None:
    most = values.max()
    return None if most is None else int(most)  # type: ignore[arg-type]  # Int64


def _layers(linked: pl.DataFrame, seen: pl.DataFrame) -> dict[str, dict[str, object]]:
    """Return the figures of each trace; p-values are the best over pairs and windows."""
    best = (
        seen.group_by("trace")
        .agg(
            pl.col("window").unique().sort(),
            pl.col("p_class").min(),
            pl.col("p_author").min(),
        )
        .join(linked.group_by("trace").agg(pl.len(), pl.col("objects").median()), on="trace")
        .sort("trace")
    )
    return {
        row["trace"]: {
            "pairs": row["len"],
            "windows": row["window"],
            "p_class": row["p_class"],
            "p_author": row["p_author"],
            "median_objects": row["objects"],
        }
        for row in best.iter_rows(named=True)
    }


def _listed(members: pl.DataFrame, linked: pl.DataFrame) -> list[dict[str, object]]:
    """Return the members with their degree of coordination (percentile, Nizzoli et al. 2021) and net leads."""
    ahead = pl.col("first_leads") - pl.col("second_leads")
    sides = pl.concat(
        [
            linked.select(pl.col("first").alias("row"), "percentile", ahead.alias("net")),
            linked.select(pl.col("second").alias("row"), "percentile", (-ahead).alias("net")),
        ]
    )
    each = sides.group_by("row").agg(pl.col("percentile").max(), pl.col("net").sum())
    return [
        {
            "account": row["row"],
            "platform": row["platform"],
            "account_id": row["account_id"],
            "handle": row["handle"],
            "degree_of_coordination": row["percentile"],
            "net_leads": row["net"],
        }
        for row in members.join(each, on="row", how="left").sort("row").iter_rows(named=True)
    ]


def _net(one: dict[str, object]) -> int:
    net = one["net_leads"]
    return net if isinstance(net, int) else 0


def _row(one: dict[str, object]) -> int:
    row = one["account"]
    return row if isinstance(row, int) else 0


def _name(one: dict[str, object]) -> dict[str, object]:
    return {key: one[key] for key in ("account", "platform", "handle", "net_leads")}


# --- likeness -----------------------------------------------------------------------------------------------


def _creation(members: pl.DataFrame, others: pl.DataFrame) -> dict[str, float | None]:
    """Return the most members created within 1, 7 and 31 days, and how often random draws bunch as much.

    The three windows are one test: each count is standardised by the draws, and the largest is compared.
    """
    mine = np.sort(members["created"].drop_nulls().to_numpy().astype(np.int64))
    counts = {f"within_{days}_days": _bunched(mine[None, :], days) for days in SCAN_DAYS}
    result: dict[str, float | None] = {name: float(count[0]) for name, count in counts.items()}
    drawn = _drawn(members["created"], others["created"])
    if drawn is None:
        return result | {"p": None}
    observed, chance = np.full(1, -np.inf), np.full(DRAWS, -np.inf)
    for days, count in zip(SCAN_DAYS, counts.values(), strict=True):
        by_chance = _blocked(drawn, lambda rows, days=days: _bunched(np.sort(rows, axis=1), days))  # type: ignore[misc]
        mean, spread = by_chance.mean(), max(float(by_chance.std()), 0.5)
        observed = np.maximum(observed, (count - mean) / spread)
        chance = np.maximum(chance, (by_chance - mean) / spread)
    return result | {"p": _p(float(observed[0]), chance)}


def _bunched(times: Ints, days: int) -> Floats:
    """Return, per row of sorted times, the most of them within that many days."""
    rows, width = times.shape
    if not width:
        return np.zeros(rows)
    # Rows are moved apart, so that one search serves all.
    moved = times - times.min()
    moved = moved + (np.arange(rows) * (int(moved.max()) + days * _DAY + 1))[:, None]
    ends = np.searchsorted(moved.ravel(), moved.ravel() + days * _DAY, "right")
    return np.asarray((ends - np.arange(moved.size)).reshape(rows, width).max(axis=1), float)


def _handles(members: pl.DataFrame, others: pl.DataFrame) -> dict[str, Any]:
    """Return the shape of handles most in excess, and how often random draws concentrate as much.

    A shape is the handle with capitals, small letters and digits made alike. The excess of a shape is (count
    - expected) / sqrt(expected + 1), expected from its share among the other accounts.
    """
    shapes = pl.concat([members["shape"], others["shape"]]).drop_nulls().unique().sort()
    code = pl.Enum(shapes)
    mine, rest = (frame["shape"].cast(code).to_physical().cast(pl.Int64) for frame in (members, others))
    drawn = _drawn(mine, rest)
    if drawn is None:
        return {"shape": None, "count": None, "p": None}
    own, reference = mine.drop_nulls().to_numpy(), rest.drop_nulls().to_numpy()
    share = (np.bincount(reference, minlength=len(shapes)) + 1) / (len(reference) + 1)
    expected = share * len(own)
    count = np.bincount(own, minlength=len(shapes))
    excess = (count - expected) / np.sqrt(expected + 1)
    best = int(np.argmax(np.where(count > 0, excess, -np.inf)))

    def concentrated(rows: Ints) -> Floats:
        key, number = np.unique(np.arange(len(rows))[:, None] * len(shapes) + rows, return_counts=True)
        kind = key % len(shapes)
        most = np.full(len(rows), -np.inf)
        np.maximum.at(most, key // len(shapes), (number - expected[kind]) / np.sqrt(expected[kind] + 1))
        return most

    p = _p(float(excess[best]), _blocked(drawn, concentrated))
    return {"shape": shapes[best], "count": int(count[best]), "p": p}


def _bios(members: pl.DataFrame, others: pl.DataFrame) -> dict[str, float | None]:
    """Return the shares of empty biographies, and how often random draws have as many."""
    mine, rest = members["empty"], others["empty"]
    drawn = _drawn(mine, rest)
    shares = {"empty_share": _share(mine), "empty_share_others": _share(rest)}
    if drawn is None:
        return shares | {"p": None}
    return shares | {"p": _p(float(mine.sum()), _blocked(drawn, lambda rows: rows.sum(axis=1).astype(float)))}


def _share(flags: pl.Series) -> float | None:
    known = flags.drop_nulls()
    return int(known.sum()) / len(known) if len(known) else None


def _drawn(mine: pl.Series, rest: pl.Series) -> tuple[Ints, int] | None:
    """Return the others' values and how many to draw; None where there are too few."""
    size, values = mine.drop_nulls().len(), rest.drop_nulls()
    if size < LEAST_MEMBERS or len(values) < LEAST_OTHERS:
        return None
    return values.to_numpy().astype(np.int64), size


def _blocked(drawn: tuple[Ints, int], statistic: Statistic) -> Floats:
    """Return the statistic of every draw; the draws are the same at each call."""
    values, size = drawn
    generator = np.random.default_rng(_SEED)
    step = max(1, _BLOCK // size)
    parts = [
        statistic(values[generator.integers(0, len(values), (min(step, DRAWS - start), size))])
        for start in range(0, DRAWS, step)
    ]
    return np.concatenate(parts)


def _p(observed: float, chance: Floats) -> float:
    return (1 + int((chance >= observed - 1e-9).sum())) / (1 + len(chance))


# --- posts and handles --------------------------------------------------------------------------------------


def _column(said: pl.DataFrame | None, name: str) -> pl.Series | None:
    if said is None or name not in said.columns or not said[name].drop_nulls().len():
        return None
    return said[name].drop_nulls()


def _site_share(said: pl.DataFrame | None) -> float | None:
    """Return the share of links that go to the site linked to most."""
    linked = _column(said, "urls")
    if linked is None:
        return None
    page = pl.DataFrame({"url": linked.explode(empty_as_null=True, keep_nulls=False)})
    sites = page.select(urls.host(urls.canonical(pl.col("url"))).alias("site"))["site"].drop_nulls()
    return float(sites.value_counts()["count"].max()) / len(sites) if len(sites) else None  # type: ignore[arg-type]


def _busy_share(said: pl.DataFrame | None) -> float | None:
    """Return the share of posts in the six busiest hours in a row."""
    times = _column(said, "created_at")
    if times is None:
        return None
    seconds = np.sort(times.dt.epoch("s").to_numpy())
    most = np.searchsorted(seconds, seconds + 6 * events.HOUR, "right") - np.arange(len(seconds))
    return float(most.max()) / len(seconds)


def _token(handles: pl.Series) -> tuple[str, float] | None:
    """Return the word of at least three letters that most handles share, and its share of them."""
    if handles.is_empty():
        return None
    words = (
        pl.DataFrame({"handle": handles})
        .with_row_index()
        .with_columns(pl.col("handle").str.replace_all(r"(\p{Ll})(\p{Lu})", "${1} ${2}").str.to_lowercase())
        .with_columns(pl.col("handle").str.extract_all(r"\p{L}{3,}"))
        .explode("handle", empty_as_null=True, keep_nulls=False)
        .unique()
        .group_by("handle")
        .len()
        .sort("len", "handle", descending=[True, False])
    )
    return (words["handle"][0], words["len"][0] / len(handles)) if words.height else None


def _audience(said: pl.DataFrame | None) -> dict[str, float | None]:
    """Return the median views and the median likes, reposts and replies of the members' own posts."""
    result: dict[str, float | None] = {"median_views": None, "median_engagement": None, "posts": None}
    if said is None:
        return result
    own = said.filter(pl.col("kind").ne_missing("repost")) if "kind" in said.columns else said
    result["posts"] = own.height
    if (views := _column(own, "view_count")) is not None:
        result["median_views"] = float(views.median())  # type: ignore[arg-type]  # numbers
    given = [name for name in ("like_count", "repost_count", "reply_count") if name in own.columns]
    if given:
        some = own.filter(pl.any_horizontal(pl.col(given).is_not_null()))
        if some.height:
            total = some.select(pl.sum_horizontal(given).alias("total"))["total"]
            result["median_engagement"] = float(total.median())  # type: ignore[arg-type]  # numbers
    return result


# --- words --------------------------------------------------------------------------------------------------


def _say(english: str, french: str) -> Sentence:
    return {"english": english, "french": french}


def _percent(share: float) -> int:
    return round(100 * share)


def _benign(figures: _Figures) -> list[dict[str, object]]:
    """Return the ordinary explanations that something speaks for, with what speaks against them."""
    rules: dict[str, Callable[[_Figures], tuple[list[Sentence], list[Sentence]]]] = {
        "fan_club": _fan_club,
        "newsroom_feed": _newsroom_feed,
        "live_event": _live_event,
        "activists": _activists,
        "declared_bots": _declared_bots,
    }
    found: list[dict[str, object]] = []
    for name, rule in rules.items():
        pro, contra = rule(figures)
        if pro:
            english, french = _ALTERNATIVES[name]
            found.append(
                {
                    "name": name,
                    "english": english,
                    "french": french,
                    "for": pro,
                    "against": contra + _unlike(figures),
                }
            )
    return found


def _unlike(figures: _Figures) -> list[Sentence]:
    """Return what speaks against any gathering of unrelated people."""
    tests = (
        (
            figures.creation,
            "Creation dates bunch more than in random draws of other accounts",
            "Les dates de création se regroupent plus que dans des tirages d’autres comptes",
        ),
        (
            figures.handle,
            "Handles share a shape more often than in random draws of other accounts",
            "Les identifiants ont plus souvent une même forme que dans des tirages d’autres comptes",
        ),
        (
            figures.bio,
            "More biographies are empty than in random draws of other accounts",
            "Plus de biographies sont vides que dans des tirages d’autres comptes",
        ),
    )
    return [
        _say(f"{english} (p = {p:.2g}).", f"{french} (p = {p:.2g}).")
        for p, english, french in tests
        if p is not None and p < ALPHA_LIKENESS
    ]


def _fan_club(figures: _Figures) -> tuple[list[Sentence], list[Sentence]]:
    pro, contra = [], []
    if figures.one_author:
        pro.append(
            _say("Most pairs boost a single author.", "La plupart des paires relaient un seul auteur.")
        )
    if figures.author_share is not None and figures.author_share < 0.5:
        pro.append(
            _say(
                f"Waiting for the same authors explains {_percent(1 - figures.author_share)} % of the pairs.",
                f"L’attente des mêmes auteurs explique {_percent(1 - figures.author_share)} % des paires.",
            )
        )
    if figures.authors is not None and figures.authors >= 3 and not figures.one_author:
        contra.append(
            _say(
                f"One pair boosts up to {figures.authors} authors.",
                f"Une paire relaie jusqu’à {figures.authors} auteurs.",
            )
        )
    if figures.layers & _COPIES:
        contra.append(
            _say(
                "The accounts also publish the same texts or pictures.",
                "Les comptes publient aussi les mêmes textes ou images.",
            )
        )
    return pro, contra


def _newsroom_feed(figures: _Figures) -> tuple[list[Sentence], list[Sentence]]:
    pro, contra = [], []
    one_site = figures.site_share is not None and figures.site_share >= 0.9
    if one_site and figures.site_share is not None:
        pro.append(
            _say(
                f"{_percent(figures.site_share)} % of the links go to one site.",
                f"{_percent(figures.site_share)} % des liens vont vers un seul site.",
            )
        )
    if figures.token is not None and figures.token[1] >= 0.5 and (one_site or figures.layers & _LINKS):
        word, share = figures.token
        pro.append(
            _say(
                f"{_percent(share)} % of the handles hold “{word}”.",
                f"{_percent(share)} % des identifiants contiennent « {word} ».",
            )
        )
    elif pro:
        contra.append(_say("The handles share no word.", "Les identifiants n’ont pas de mot commun."))
    if figures.site_share is not None and figures.site_share < 0.5:
        contra.append(
            _say("No site receives half of the links.", "Aucun site ne reçoit la moitié des liens.")
        )
    return pro, contra


def _live_event(figures: _Figures) -> tuple[list[Sentence], list[Sentence]]:
    pro, contra = [], []
    if figures.days <= 1:
        pro.append(_say("The pairs met on a single day.", "Les paires se sont rencontrées un seul jour."))
        if figures.busy_share is not None and figures.busy_share >= 0.8:
            pro.append(
                _say(
                    f"{_percent(figures.busy_share)} % of the posts fall within six hours.",
                    f"{_percent(figures.busy_share)} % des messages tiennent en six heures.",
                )
            )
        pro.extend(_apart(figures))
        if figures.layers & _COPIES:
            contra.append(
                _say(
                    "The accounts publish the same texts or pictures.",
                    "Les comptes publient les mêmes textes ou images.",
                )
            )
    return pro, contra


def _apart(figures: _Figures) -> list[Sentence]:
    if figures.creation is None or figures.creation < 0.05:
        return []
    return [
        _say(
            "The accounts were created as far apart as other accounts.",
            "Les comptes ont été créés à des dates aussi dispersées que les autres.",
        )
    ]


def _activists(figures: _Figures) -> tuple[list[Sentence], list[Sentence]]:
    if not figures.layers & _MATERIAL:
        return [], []
    pro = [
        _say(
            "The accounts use the same texts, pictures or hashtags, as a shared kit would have them do.",
            "Les comptes emploient les mêmes textes, images ou hashtags, comme le ferait un kit militant.",
        ),
        *_apart(figures),
    ]
    contra = []
    if figures.shortest <= events.MINUTE:
        contra.append(
            _say(
                "They meet within a minute; people who act by hand spread over hours.",
                "Ils se rencontrent en moins d’une minute ; des personnes agissant à la main s’étalent sur des "
                "heures.",
            )
        )
    return pro, contra


def _declared_bots(figures: _Figures) -> tuple[list[Sentence], list[Sentence]]:
    if not figures.declared:
        return [], []
    said = _say(
        f"{_percent(figures.declared)} % of the accounts say that they are automated.",
        f"{_percent(figures.declared)} % des comptes se disent automatisés.",
    )
    if figures.declared >= 0.5:
        return [said], []
    rest = _say("Most accounts do not say so.", "La plupart des comptes ne le disent pas.")
    return [said], [rest]


def _sentences(
    members: pl.DataFrame, lead: list[dict[str, object]], figures: _Figures, linked: pl.DataFrame
) -> tuple[str, str]:
    """Return who did what with whom, on how many days, and what that does not say."""
    known = sorted(_PLATFORMS.get(name, name) for name in members["platform"].drop_nulls().unique().to_list())
    by_pairs = (
        _own(linked).group_by("trace").len().sort("len", "trace", descending=[True, False])["trace"].to_list()
    )
    names = [f"@{one['handle']}" for one in lead if one["handle"]][:3]
    where = ({"english": f" on {_list(known, 'and')}", "french": f" sur {_list(known, 'et')}"} if known else
             {"english": "", "french": ""})  # fmt: skip
    did = {
        "english": _list([_did(name)[0] for name in by_pairs], "and"),
        "french": _list([_did(name)[1] for name in by_pairs], "et"),
    }
    after = ("", "")
    if names:
        after = (f", most often after {_list(names, 'and')}", f", le plus souvent après {_list(names, 'et')}")
    one_day, one_object = figures.days == 1, figures.objects == 1
    english = (
        f"{members.height} accounts{where['english']} {did['english']} at the same moments as one another: up to "
        f"{figures.objects} object{'' if one_object else 's'} on {figures.days} day{'' if one_day else 's'} for one "
        f"pair{after[0]}; this makes them synchronous, not inauthentic: fans, newsrooms and activists can "
        "be synchronous too."
    )
    french = (
        f"{members.height} comptes{where['french']} {did['french']} aux mêmes moments les uns que les autres : "
        f"jusqu’à {figures.objects} objet{'' if one_object else 's'} en {figures.days} jour{'' if one_day else 's'} "
        f"pour une paire{after[1]} ; cela les dit synchrones, non inauthentiques : des admirateurs, "
        "des rédactions et des militants peuvent l’être aussi."
    )
    return english, french


def _did(trace: str) -> tuple[str, str]:
    if trace == ANY:
        return "acted on the same things", "ont agi sur les mêmes objets"
    known = events.TRACES.get(trace)
    return (
        (known.english, known.french) if known else (f"acted alike ({trace})", f"ont agi de même ({trace})")
    )


def _list(parts: list[str], last: str) -> str:
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} {last} {parts[-1]}"
