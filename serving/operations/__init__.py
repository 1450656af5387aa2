"""Operations: what a protective watch on a theme has seen, what was found in it, and what is forgotten.

A catalogue lists the operations. Each has a store of its own, so that forgetting one is dropping its store.
"""
