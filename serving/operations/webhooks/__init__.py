"""Alerts delivered to other programs: signed, in order, at least once, and never to an address inside.

Signatures after Standard Webhooks 1.0; events in the shape of CloudEvents 1.0.
"""
