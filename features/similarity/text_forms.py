"""The normal form of a text: letters only, in one way of writing them, so that equal forms are one thing said.

Links, mentions, digits, signs and case go. Characters that show nothing go, styled letters and letters of another script that
only look Latin become the plain ones.
"""

from __future__ import annotations

import polars as pl

from vigie.features import text
from vigie.features.similarity import look_alike_letters

# Texts with less prose say too little for a coincidence to tell anything.
LEAST_CHARACTERS = 30
LEAST_WORDS = 5
# The same for scripts without spaces between words, in letters of the normal form.
LEAST_UNSPACED = 15

# Characters that are drawn as nothing, fillers, joiners and selectors, and marks that no letter is composed with. Those that take
# the place of a space are one.
_UNDRAWN = rf"\p{{Default_Ignorable_Code_Point}}|{look_alike_letters.MARKS}"
_BLANK = r"[\x{2800}\x{3164}\x{FFA0}]"
# Cyrillic and Greek letters that are drawn as Latin ones, of Unicode's table of confusables [UTS39].
_LOOK_ALIKE = {
    **dict(zip("аеорсухіјѕһԁԛԝ", "aeopcyxijshdqw", strict=True)),
    **dict(zip("АВЕЅЈКМНОРСТУХІ", "ABESJKMHOPCTYXI", strict=True)),
    **dict(zip("αοριυν", "aopiuv", strict=True)),
    **dict(zip("ΑΒΕΖΗΙΚΜΝΟΡΤΥΧ", "ABEZHIKMNOPTYX", strict=True)),
}
# A word of both scripts: nobody writes so but to hide from who compares texts.
MIXED = rf"\p{{Latin}}[{''.join(_LOOK_ALIKE)}]|[{''.join(_LOOK_ALIKE)}]\p{{Latin}}"
UNSPACED = r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}\p{Tibetan}]"


def normal_form(texts: pl.Series) -> pl.Series:
    """Return the normal form of each text, letters only, null where it says too little to be an object."""
    # Lazy, as Polars then finds the prose once for both.
    table = pl.LazyFrame({"text": _composed(texts)}).select(
        prose=text.prose(pl.col("text")), form=text.letters(pl.col("text"))
    )
    form = pl.col("form")
    spaces = form.str.count_matches(" ", literal=True)
    letters = form.str.len_chars() - spaces
    unspaced = form.str.count_matches(UNSPACED) * 2 >= letters
    solid = pl.when(unspaced & (letters >= LEAST_UNSPACED)).then(form).str.replace_all(" ", "", literal=True)
    spaced = (pl.col("prose").str.len_chars() >= LEAST_CHARACTERS) & (spaces + 1 >= LEAST_WORDS)
    return table.select(pl.coalesce(solid, pl.when(~unspaced & spaced).then(form))).collect().to_series()


def _composed(texts: pl.Series) -> pl.Series:
    """Return what is visible of each text, in Unicode's form NFKC, letters that only look Latin as the Latin ones."""
    shown = pl.DataFrame({"text": texts}).select(text.visible(pl.col("text"))).to_series()
    # ASCII is in that form already, and finding so out costs a tenth of what it costs to compose.
    foreign = (shown.str.len_bytes() > shown.str.len_chars()).arg_true()
    if foreign.is_empty():
        return shown
    drawn = shown.gather(foreign).str.replace_all(_BLANK, " ").str.normalize("NFKC")
    composed = drawn.str.replace_all(_UNDRAWN, "")
    mixed = composed.str.contains(MIXED).arg_true()
    if not mixed.is_empty():
        alike = composed.gather(mixed).str.replace_many(list(_LOOK_ALIKE), list(_LOOK_ALIKE.values()))
        composed = composed.scatter(mixed, alike)
    return shown.scatter(foreign, composed)
