"""How far the accounts seen of late are from those that a model learnt from, and what to do about it."""
