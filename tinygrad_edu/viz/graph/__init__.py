"""Computation graphs: read, drawn, filmed, explored.

`reading` finds the nodes of whatever the user has, `framing` their layers, `chain` and `rules` what flows along the
arrows. `picture` makes DOT of that, and `engines` have it laid out; `draw`, `film` and `page` are what users call.
"""
