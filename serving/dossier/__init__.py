"""The sealed dossier: one file of what was found, all that it rests on, and what proves that nothing was changed.

::

    README.txt                what it is, in both languages: it holds posts and profiles of persons
    manifest.json             what it is about, versions, parameters, the SHA-256 of every other member and of all together
    inputs/accounts.parquet   what was compared, in the columns of the contract, in its order
    inputs/posts.parquet
    inputs/baseline.json      reference rates of ordinary accounts
    models/TARGET/…           a model that does not ship with vigie; one that does is named by its digest
    figures.json              campaigns, groups, pairs and scores
    decisions.json            what people decided, with the lines of the chain (of an operation)
    notes/LANGUAGE/…          the note of an analyst, and the technical note on one campaign or group, with their annexes
    signature.json            of the manifest, where it was signed

It is a zip archive whose bytes follow from what it holds: no clock, no name of a machine. ``vigie verify`` checks it and
computes the figures again.
"""
