"""What a trained model is: the bundle on disk, checked loading, calibrated scoring, explanation, abstention."""
