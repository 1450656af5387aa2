"""Texts with capitals and punctuation, and the names, sites and hashes that go with them.

Names are built from syllables, links end in ``.example`` or ``example.org``, texts are words in an order that means
nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
import polars as pl

from vigie.training.synthetic.personas import LANGUAGES, Flags, Floats, Integers

_VOCABULARY = 700
TEMPLATE_WORDS = 40
DOMAINS = 60

# The words a language uses most come first; the rest of its vocabulary is made from syllables.
_COMMON = {
    "en": "the to a and of in is for on it this we that with you at not my so but they what all just "
    "today have from was our can why more here now who out one time think never really people "
    "again about day morning street rain market train bread garden story water city light road",
    "fr": "le de la et les un une des à pour que ce pas dans on sur avec nous qui est plus mais tout il "
    "elle je vous sont encore bien fait aujourd’hui jamais vraiment rien deux monde temps matin "
    "rue pluie marché train pain jardin histoire eau ville lumière route",
    "es": "el de la que y en un los no por con para una es lo se las más pero todo hoy muy ya como esto "
    "sin sobre nunca también aquí porque cada gente tiempo día mañana calle lluvia mercado tren "
    "pan jardín historia agua ciudad luz camino",
    "ru": "и в не на что с это как я по но мы все за от так у к из вы уже для то он она было бы если "
    "где сегодня снова очень никогда люди время день утро улица дождь рынок поезд хлеб сад "
    "история вода город свет дорога",
    "ar": "في من على و إلى أن هذا لا عن مع كل ما هو هي كان قد لم بعد قبل اليوم نحن هم ثم أو حتى كيف "
    "لماذا هنا الآن جدا أبدا الناس وقت يوم صباح شارع مطر سوق قطار خبز حديقة قصة ماء مدينة ضوء "
    "طريق",
}
# The same syllables in three scripts.
_SYLLABLES = {
    "latin": "ba bri cu do dra fen gol ha ji ka lo mur na oz pel qui ra sto ti ul ve wim xa yo zu",
    "ru": "ба бри ку до дра фен гол ха жи ка ло мур на оз пел кви ра сто ти ул ве вим кса йо зу",
    "ar": "با بري كو دو درا فن جول ها جي كا لو مور نا وز بل كي را ستو تي ول في ويم كسا يو زو",
}
LATIN = _SYLLABLES["latin"].split()
_SCRIPTS = tuple(_SYLLABLES.get(language, _SYLLABLES["latin"]).split() for language in LANGUAGES)
EMOJIS = tuple("😂🔥👏❤😍🙏👍🎉😭🤔💪🌍⚽✨😡")
_ENDINGS = ("", ".", "!", "?", "!!", "…", "؟")


@dataclass(frozen=True)
class Style:
    """How each text of a batch is written, one entry per text.

    Attributes:
        capital: Whether it starts with a capital.
        shouts: Whether a word or two is in capitals.
        stop: Share of sentences that end with a full stop.
        ending: Index in :data:`_ENDINGS`.
        template: Row of the templates, used for the first words.
        fixed: How many first words come from the template.
    """

    capital: Flags
    shouts: Flags
    stop: Floats
    ending: Integers
    template: Integers
    fixed: Integers

    @classmethod
    def plain(cls, count: int) -> Style:
        """Return capitals, full stops and no template for ``count`` texts."""
        no, zero = np.zeros(count, dtype=bool), np.zeros(count, dtype=np.int64)
        return cls(~no, no, np.full(count, 0.5), zero + 1, zero, zero)


def write(
    rng: np.random.Generator,
    language: Integers,
    words: Integers,
    style: Style,
    templates: Floats | None = None,
) -> pl.Series:
    """Return one text per entry: words by Zipf's law of the language, with the punctuation of the style.

    Args:
        rng: Source of chance.
        language: Index in :data:`LANGUAGES`, per text.
        words: Words per text, at least one.
        style: How they are written.
        templates: Uniform draws of shape (templates, words) that fixed words are made from.
    """
    total = int(words.sum())
    if total == 0:
        return pl.Series("text", [""] * len(words), dtype=pl.String)
    text = np.repeat(np.arange(len(words)), words)
    position = np.arange(total) - np.repeat(np.cumsum(words) - words, words)
    draw = rng.random(total)
    if templates is not None:
        kept = position < np.minimum(style.fixed, TEMPLATE_WORDS)[text]
        draw[kept] = templates[style.template[text[kept]], position[kept]]
    rank = ranks(draw, _VOCABULARY)
    same = np.zeros(total, dtype=bool)
    same[1:] = (rank[1:] == rank[:-1]) & (position[1:] > 0)
    rank = np.where(same, (rank + 3) % _VOCABULARY, rank)

    last = position == words[text] - 1
    inner = ~last & (position >= 3)
    chance = rng.random(total)
    stops = inner & (chance < 0.09 * style.stop[text])
    commas = inner & ~stops & (chance > 0.93)
    capital = (position == 0) & style.capital[text]
    capital[1:] |= stops[:-1]
    shouts = style.shouts[text] & (rng.random(total) < 0.25)
    form = np.where(shouts, 2, np.where(capital, 1, 0))
    index = (language[text] * 3 + form) * _VOCABULARY + rank

    # Signs after a word: none, comma, full stop inside; the ending after the last one.
    signs = pl.Series(["", ",", *_ENDINGS])
    sign = np.where(last, style.ending[text] + 2, np.where(stops, 3, np.where(commas, 1, 0)))
    return (
        pl.DataFrame({"text": text, "word": _vocabulary().gather(index), "sign": signs.gather(sign)})
        .group_by("text", maintain_order=True)
        .agg(pl.concat_str("word", "sign").str.join(" "))["word"]
        .rename("text")
    )


def ranks(uniform: Floats, size: int, exponent: float = 1.05) -> Integers:
    """Turn uniform draws into ranks 0, 1, … that follow Zipf's law."""
    edges = np.cumsum(1.0 / np.arange(1, size + 1) ** exponent)
    bounded: Integers = np.minimum(np.searchsorted(edges / edges[-1], uniform), size - 1).astype(np.int64)
    return bounded


@cache
def _vocabulary() -> pl.Series:
    """Return the words of all languages: for each, small letters, then a capital first, then all capitals."""
    rng = np.random.default_rng(0)
    words: list[str] = []
    for language, letters in zip(LANGUAGES, _SCRIPTS, strict=True):
        own = _COMMON[language].split()
        while len(own) < _VOCABULARY:
            parts = rng.integers(0, len(letters), rng.integers(2, 5))
            word = "".join(letters[part] for part in parts)
            if word not in own:
                own.append(word)
        words += [*own, *(word.capitalize() for word in own), *(word.upper() for word in own)]
    return pl.Series(words)


def names(rng: np.random.Generator, language: Integers) -> tuple[list[str], list[str], list[str]]:
    """Return first names and family names in Latin letters, and both in the script of the language."""
    first, family, shown = [], [], []
    parts = rng.integers(0, len(LATIN), (len(language), 5))
    long = rng.random((len(language), 1)) < 0.5
    latin = rng.random(len(language)) < 0.3
    for drawn, more, plain, tongue in zip(parts, long[:, 0], latin, language, strict=True):
        script = LATIN if plain else _SCRIPTS[tongue]
        cut = 4 + int(more)
        first.append("".join(LATIN[part] for part in drawn[:2]))
        family.append("".join(LATIN[part] for part in drawn[2:cut]))
        shown.append(
            "".join(script[part] for part in drawn[:2]).capitalize()
            + " "
            + "".join(script[part] for part in drawn[2:cut]).capitalize()
        )
    return first, family, shown


def hashes(rng: np.random.Generator, count: int) -> list[str]:
    """Return perceptual hashes of 64 bits, in hexadecimal."""
    return [f"{value:016x}" for value in rng.integers(0, 2**63, count).tolist()]


def domain(index: int) -> str:
    """Return the host of a site, of :data:`DOMAINS` that there are."""
    stem = LATIN[index % len(LATIN)] + LATIN[(index * 7 + 3) % len(LATIN)]
    return f"{stem}.example.org" if index % 3 == 0 else f"{stem}{index}.example"
