"""This will turn arrays into a trained, calibrated, exported classifier, and canvases into probabilities.

Arrays, paths and dataclasses in; arrays, paths and dictionaries out. Nothing here knows Django, a database or
a person. In the order of a run: preprocessing, network, fitting, calibration, onnx_export, inference,
evaluation.

Neither torch nor onnxruntime is imported here: the web process may use `preprocessing` without loading them.
"""

import os

# OpenMP reads this when torch is first loaded. Threads that have nothing to do sleep instead of spinning: on a machine
# whose cores are shared with a web server and a database, spinning made an epoch up to ten times slower.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
