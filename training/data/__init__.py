"""What a training reads: labelled accounts, comparison windows, confirmed false positives."""
