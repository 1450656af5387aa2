"""A letter swapped for its double is the same letter to who compares texts, and no text changes its length."""

from __future__ import annotations

import unicodedata

import numpy as np
import polars as pl
import pytest

from vigie.features.similarity import look_alike_letters, near_duplicate_text, text_forms, text_templates
from vigie.features.similarity.look_alike_letters import folded

SAID = "people of the harbour have known about the leaking tanks since autumn"
RUSSIAN = "мы давно знали, что в порту текут старые ёмкости, и никто не сказал об этом людям"
ARABIC = "باع الوزير مياهنا لصندوق أجنبي ولا تجرؤ أي صحيفة على نشر ذلك"


def swapped(text: str, letters: str, doubles: str) -> str:
    return text.translate(str.maketrans(letters, doubles))


@pytest.mark.parametrize(
    ("said", "hidden"),
    [
        (SAID, swapped(SAID, "abceghiklmnoprtuvw", "ᴀʙᴄᴇɢʜɪᴋʟᴍɴᴏᴘʀᴛᴜᴠᴡ")),
        (SAID, swapped(SAID, "ohungi", "օհսոɡı")),
        (SAID, "".join(letter + "\u0301" if letter.isalpha() else letter for letter in SAID)),
        (SAID, swapped(SAID, "aeoui", "äëöüï")),
        (SAID, SAID.replace(" ", "\u2800")),
        (RUSSIAN, swapped(RUSSIAN, "аеорсу", "aeopcy")),
        (RUSSIAN, RUSSIAN.replace("е", "ё")),
        (ARABIC, "".join(letter + "\u064e" if letter != " " else letter for letter in ARABIC)),
        (ARABIC, ARABIC.replace("ا", "ا\u0640\u0640")),
        (ARABIC, ARABIC.replace("أ", "ا").replace("ي", "ی").replace("ة", "ه")),
    ],
)
def test_a_text_in_other_letters_that_look_alike_is_a_copy(said: str, hidden: str) -> None:
    assert hidden != said
    other = "the garden behind our school needs water and somebody who weeds it"
    found = near_duplicate_text.clusters(pl.Series([said, hidden, other])).to_list()
    assert found[0] == found[1] != found[2]


def test_a_template_is_found_though_its_words_are_in_other_letters() -> None:
    said = "i am {} from {} and we will not let them close the school of {}"
    one = said.format("ann", "leeds", "our village")
    other = swapped(said.format("bob", "a farm near the sea", "my sons"), "ohun", "օհսո")
    assert text_templates.templates(pl.Series([one, other])).null_count() == 0


def test_what_is_compared_is_shown_as_it_was_written() -> None:
    texts = pl.Series(["le ministre a caché où était l eau et personne n ose le dire"])
    assert text_forms.normal_form(texts).to_list() == texts.to_list()


def test_signs_that_are_vowels_and_marks_of_japanese_stay() -> None:
    texts = pl.Series(["हम यह मेला देखने कल सुबह नदी के किनारे गए थे", "がぎぐげご ぱぴぷぺぽ か゛"])
    composed = [unicodedata.normalize("NFKC", text) for text in texts]
    assert folded(pl.Series(composed)).to_list() == composed
    spoken = text_forms.normal_form(texts.head(1)).item()
    assert [letter for letter in spoken if unicodedata.category(letter) == "Mn"] == [
        letter for letter in texts[0] if unicodedata.category(letter) == "Mn"
    ]


def test_no_text_changes_its_length_and_plain_ones_do_not_change() -> None:
    texts = pl.Series(["où", "", "abc", "ÿ𝒳ꜱ", "市政府"])
    assert folded(texts).to_list() == ["ou", "", "abc", "y𝒳s", "市政府"]
    points = np.arange(0x300, dtype=np.uint32)
    assert len(look_alike_letters.folded_points(points)) == len(points)
    assert len(look_alike_letters.folded_points(points[:0])) == 0


def test_texts_of_plain_letters_are_not_looked_at_letter_by_letter(monkeypatch: pytest.MonkeyPatch) -> None:
    plain = pl.Series(["we were there", "and saw it"])
    looked_at: list[int] = []
    fold = look_alike_letters.folded_points

    def noting(points: np.ndarray) -> np.ndarray:
        looked_at.append(len(points))
        return fold(points)

    monkeypatch.setattr(look_alike_letters, "folded_points", noting)
    assert folded(plain).equals(plain)
    several = pl.Series(["we were there", "où"])
    assert folded(several).to_list() == ["we were there", "ou"]
    assert looked_at == [2]
    assert several.to_list() == ["we were there", "où"]
