"""This will turn arrays into a trained, calibrated, exported classifier, and canvases into probabilities.

Arrays, paths and dataclasses in; arrays, paths and dictionaries out. Nothing here knows Django, a database or
a person. In the order of a run: preprocessing, network, fitting, calibration, onnx_export, inference,
evaluation.

Nothing is imported here: the web process may use `preprocessing` without loading torch or onnxruntime.
"""
