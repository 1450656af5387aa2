"""Clues that some accounts may be run from elsewhere than they say: never an attribution, and never a feature of a score.

Each clue is counted, beside how often ordinary accounts show it and what else explains it. What is not known gives no clue.
"""
