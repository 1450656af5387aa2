"""The card of the model of single accounts: labels by quality, known limits of a public set, missing evidence."""

from __future__ import annotations

from collections.abc import Callable

from vigie.training.report.model_card import inauthentic

CardBuilder = Callable[..., dict[str, str]]


def test_labels_are_counted_from_the_best_to_the_weakest_with_their_weight(
    inauthentic_cards: CardBuilder,
) -> None:
    lines = inauthentic_cards()["card.md"].splitlines()
    start = lines.index(
        "| label quality | accounts of the class | ordinary accounts | weight in the training |"
    )
    # A label whose quality is not stated counts as weak.
    assert lines[start + 2 : start + 6] == [
        "| platform | 3,351 | 0 | 1.000 |",
        "| state | 0 | 0 | 1.000 |",
        "| expert | 0 | 729 | 1.000 |",
        "| weak | 20 | 0 | 0.250 |",
    ]


def test_what_is_known_of_a_public_set_is_said_only_where_it_was_learnt_from(
    inauthentic_cards: CardBuilder,
) -> None:
    assert "In `coordination`, all trolls" in inauthentic_cards()["card.md"]
    assert "In `coordination`, all trolls" not in inauthentic_cards(others=())["card.md"]


def test_a_profile_without_a_costly_field_has_nothing_subtracted(inauthentic_cards: CardBuilder) -> None:
    assert inauthentic.missing({}) is None
    card = inauthentic_cards(missing={})["card.fr.md"]
    assert "en logit\u202f:\n\nRien.\n\n" in card
