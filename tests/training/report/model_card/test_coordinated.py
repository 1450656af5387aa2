"""The card of the model of comparison windows: windows counted, all splits, the controls, the worst public."""

from __future__ import annotations

from collections.abc import Callable

CardBuilder = Callable[..., dict[str, str]]


def test_windows_and_campaigns_are_counted(coordinated_cards: CardBuilder) -> None:
    cards = coordinated_cards()
    assert (
        "2 comparison windows of 203 to 621 accounts. Each contains 3 to 40 coordinated accounts"
        in cards["card.md"]
    )
    assert "2 fenêtres de comparaison de 203 à 621 comptes" in cards["card.fr.md"]
    assert "learnt from the campaigns set-1." in cards["card.md"]


def test_the_controls_are_told_with_what_chance_gives(coordinated_cards: CardBuilder) -> None:
    lines = coordinated_cards()["card.md"].splitlines()
    start = next(number for number, line in enumerate(lines) if line.startswith("| split | control |"))
    assert [[cell.strip() for cell in line.split("|")[2:-1]] for line in lines[start + 2 : start + 4]] == [
        ["the rest of the campaign taken away", "480", "0.000", "–", "–"],
        ["accounts that never met", "480", "0.000", "0.048", "0.045"],
    ]


def test_the_worst_public_that_the_model_never_saw_is_named_and_the_operation_is_none(
    coordinated_cards: CardBuilder,
) -> None:
    cards = coordinated_cards()
    assert "The worst there is crowd with 1.2%:" in cards["card.md"]
    assert "*Elevated* begins at 0.250," in cards["card.md"]
    assert "crowd" in cards["card.fr.md"]


def test_the_command_names_the_file_of_windows(coordinated_cards: CardBuilder) -> None:
    assert (
        "vigie train coordinated --data set-1 --data coordination --pools windows.parquet "
        in (coordinated_cards()["card.md"])
    )
