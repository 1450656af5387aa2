"""How a model comes to be: data, splits, fit, calibration, evaluation, audit, tracking."""
