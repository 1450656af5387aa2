"""Who acts on the same things at the same time, and whether chance explains it.

Events (an account acts on an object at a time) → synchronous pairs within a window → what chance would give.
A pair is *synchronous*, never inauthentic: fans, newsrooms and activists are synchronous too.
"""
