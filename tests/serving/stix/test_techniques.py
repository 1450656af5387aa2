"""A technique is written where a measurement shows it, in both versions of DISARM, with its basis."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from vigie.features.coordination.report.types import Layer
from vigie.features.i18n.languages import LANGUAGES
from vigie.serving.stix import techniques


def codes(told: Any) -> set[str]:
    return {code.code for each in techniques.shown(told) for code in each.technique.codes}


def test_a_flood_shows_what_was_measured_of_it(flood: Any) -> None:
    (campaign,) = flood.report("en").campaigns
    assert "T0119" in codes(campaign), "on two platforms"
    one_platform = replace(campaign, platforms={"x": 16})
    assert "T0119" not in codes(one_platform)
    created = replace(campaign, creation=replace(campaign.creation, p=0.0005))
    assert codes(created) >= {"T0150.008", "T0090"}
    for p in (None, 0.2):
        assert "T0150.008" not in codes(replace(campaign, creation=replace(campaign.creation, p=p)))


def test_copied_texts_of_a_campaign_are_copypasta_and_pictures_are_not(flood: Any) -> None:
    (campaign,) = flood.report("en").campaigns
    texts = [replace(content, trace="text_duplicate") for content in campaign.contents]
    pictures = [replace(content, trace="media_duplicate") for content in campaign.contents]
    assert "T0084.001" in codes(replace(campaign, contents=texts))
    assert "T0084.001" not in codes(replace(campaign, contents=pictures))


def test_each_layer_of_a_group_shows_its_technique(flood: Any) -> None:
    group = flood.report("en").groups[0]
    layer = Layer(pairs=3, windows=[10], p=1e-6, p_class=1e-6, p_author=1e-3, median_objects=4.0)
    layers = dict.fromkeys(("fast_repost", "co_reply", "hashtag_sequence", "co_url"), layer)
    told = replace(group, layers=layers, platforms={"x": 3}, creation=replace(group.creation, p=None))
    assert codes(told) == {"T0049.003", "T0049.005", "T0116", "T0049.002", "T0104.005"}
    for language in LANGUAGES:
        for each in techniques.shown(told):
            assert "3 " in each.basis.say(language)


def test_codes_that_did_not_change_are_written_once() -> None:
    assert techniques.COPYPASTA.codes == (techniques.COPYPASTA.current,)
    assert len(techniques.SWARMING.codes) == 2
