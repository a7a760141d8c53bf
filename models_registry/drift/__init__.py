"""This will tell whether a model version sees and says what it was measured on, and whether it is served as trained.

``bins`` counts values, ``measures`` compares counts, ``clouds`` compares embeddings, ``skew`` compares served scores
with what the same images score on the path of training; these are pure. ``references`` reads what a version was
measured on.
"""
