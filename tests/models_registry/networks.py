"""This will write the smallest model files that serving takes: one class, one score for every image."""

import json
import math
from pathlib import Path

import onnx
from onnx import TensorProto, helper

from tests.models_registry.builders import CANVAS_PX


def says(probability: float, *, to: Path) -> Path:
    """Write a file that gives every image this probability of ``bright``."""
    canvases = helper.make_tensor_value_info("canvases", TensorProto.UINT8, ["n", CANVAS_PX, CANVAS_PX, 3])
    outputs = [
        helper.make_tensor_value_info(name, TensorProto.FLOAT, ["n", 1]) for name in ("probabilities", "embeddings")
    ]
    logit = math.log(probability / (1 - probability))
    nodes = [
        helper.make_node("Cast", ["canvases"], ["levels"], to=TensorProto.FLOAT),
        helper.make_node("Flatten", ["levels"], ["flat"]),  # [N, H · W · 3]
        helper.make_node("ReduceMean", ["flat", "axis"], ["embeddings"], keepdims=1),  # [N, 1]
        helper.make_node("Mul", ["embeddings", "zero"], ["nothing"]),
        helper.make_node("Add", ["nothing", "logit"], ["logits"]),
        helper.make_node("Sigmoid", ["logits"], ["probabilities"]),
    ]
    constants = [
        helper.make_tensor("axis", TensorProto.INT64, [1], [1]),
        helper.make_tensor("zero", TensorProto.FLOAT, [1], [0.0]),
        helper.make_tensor("logit", TensorProto.FLOAT, [1], [logit]),
    ]
    graph = helper.make_graph(nodes, "says", [canvases], outputs, constants)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=10)
    about = {
        "class_keys": ["bright"],
        "spec": {"size_px": CANVAS_PX},
        "calibration": {"temperature": [1.0], "offset": [0.0]},
    }
    model.metadata_props.add(key="second_look", value=json.dumps(about))
    onnx.save(model, str(to))
    return to
