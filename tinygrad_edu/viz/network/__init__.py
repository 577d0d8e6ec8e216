"""The network itself as a picture: neurons as circles, weights as edges, and one step of training through it.

`training/network.py` computes what there is to tell, `stage` sets it out on the picture, `shapes` writes that as SVG or
draws it with matplotlib; `film` is what users call.
"""
