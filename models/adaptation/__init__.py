"""A model adapted to one collection by labels of its own: the head, how it is fitted and judged, and whom to label next."""
