"""The card of the model of comparison windows: windows counted, both splits, the control with campaigns removed."""

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


def test_the_control_states_how_many_accounts_are_still_flagged(coordinated_cards: CardBuilder) -> None:
    card = coordinated_cards()["card.md"]
    assert "removed from the window, 0 of 480 coordinated accounts are still flagged" in card
    lines = card.splitlines()
    start = lines.index("| split | accounts without their campaign | flagged |")
    assert lines[start + 2 : start + 4] == [
        "| accounts held out | 480 | 0.000 |",
        "| campaign held out | 480 | 0.000 |",
    ]


def test_the_command_names_the_file_of_windows(coordinated_cards: CardBuilder) -> None:
    assert (
        "vigie train coordinated --data set-1 --data coordination --pools windows.parquet "
        in (coordinated_cards()["card.md"])
    )
