"""From labelled features to a fitted, calibrated and discounted model."""
