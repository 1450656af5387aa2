"""The shell of a page fetches nothing and shows its title as text."""

from __future__ import annotations

import re

import pytest

from vigie.features import html_page
from vigie.features.i18n import LANGUAGES, Language


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_page_names_its_language_and_fetches_nothing(language: Language) -> None:
    made = html_page.page("<p>body</p>", "</title><script>", language, style="p { margin: 0 }")
    assert f'<html lang="{language}">' in made
    assert "<script" not in made
    assert "default-src 'none'" in made
    assert not re.search(r"(?:src|href)=|url\(|@import", made)
    assert made.index("p { margin: 0 }") > made.index("font: 16px")
