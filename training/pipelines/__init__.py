"""The recipe that every training follows, and one task per target."""
