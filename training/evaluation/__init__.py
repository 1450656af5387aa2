"""What a fitted model gets right and wrong, on sources and people that it did not see."""
