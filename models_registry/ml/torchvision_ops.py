"""This will let torchvision be imported where its C++ part cannot be loaded.

The published wheel's `_C.so` links CUDA. Beside a CPU-only torch it does not load, and `import torchvision` ends with
"operator torchvision::nms does not exist". `install` puts a hook in front of that import; nothing happens before
somebody imports torchvision, and nothing at all where `_C.so` loads. With the hook, models, transforms,
detection and ONNX export work; `torchvision.io`, `deform_conv2d` and `roi_pool` still need the C++ part.
"""

import sys
from collections.abc import Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from pathlib import Path
from types import ModuleType
from typing import Any


class _Finder(MetaPathFinder):
    """Finds torchvision as Python would, and wraps its loader."""

    # The library of substitute operators; torch forgets the operators when this is collected.
    library: Any = None

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname != "torchvision":
            return None
        spec = PathFinder.find_spec(fullname, path)
        if spec is not None and spec.loader is not None:
            spec.loader = _Loader(spec.loader, finder=self)
        return spec


class _Loader(Loader):
    """Defines the missing operators just before torchvision's own code runs."""

    def __init__(self, loader: Loader, *, finder: _Finder) -> None:
        self._loader = loader
        self._finder = finder

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        return self._loader.create_module(spec)

    def exec_module(self, module: ModuleType) -> None:
        is_whole = _loads_extension(Path(str(module.__file__)).parent)
        if not is_whole and self._finder.library is None:
            self._finder.library = _substitutes()
        self._loader.exec_module(module)
        if not is_whole:
            sys.modules["torchvision.ops.boxes"].__dict__["_assert_has_ops"] = lambda: None

    def __getattr__(self, name: str) -> Any:
        """Answer everything else (get_source, get_resource_reader, …) as the wrapped loader does."""
        return getattr(self._loader, name)


def install() -> None:
    """Put the hook in front of `import torchvision`; a second call changes nothing."""
    if not any(isinstance(finder, _Finder) for finder in sys.meta_path):
        sys.meta_path.insert(0, _Finder())


def _loads_extension(folder: Path) -> bool:
    import torch

    libraries = [*folder.glob("_C*.so"), *folder.glob("_C*.pyd")]
    if not libraries:
        return False
    try:
        torch.ops.load_library(str(libraries[0]))
    except OSError:
        return False
    return True


def _substitutes() -> Any:
    import torch

    library = torch.library.Library("torchvision", "FRAGMENT")
    library.define("nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
    library.define(
        "qnms(Tensor dets, Tensor scores, float iou_threshold, float dets_scale, int dets_zero_point) -> Tensor"
    )
    library.impl("nms", _nms, "CompositeExplicitAutograd")
    return library


def _nms(boxes: Any, scores: Any, iou_threshold: float) -> Any:
    """Keep the best of every group of overlapping boxes.

    Takes boxes [N, 4] as (x1, y1, x2, y2) and scores [N]; returns the kept indices, best first. Greedy
    non-maximum suppression as torchvision defines it: a box goes when its overlap exceeds the threshold.
    """
    import torch

    order = scores.argsort(descending=True, stable=True)  # [N]
    sorted_boxes = boxes[order].float()  # [N, 4]
    low = torch.maximum(sorted_boxes[:, None, :2], sorted_boxes[None, :, :2])  # [N, N, 2]
    high = torch.minimum(sorted_boxes[:, None, 2:], sorted_boxes[None, :, 2:])  # [N, N, 2]
    shared = (high - low).clamp(min=0).prod(dim=2)  # [N, N]
    area = (sorted_boxes[:, 2:] - sorted_boxes[:, :2]).prod(dim=1)  # [N]
    overlaps = shared > iou_threshold * (area[:, None] + area[None, :] - shared)  # [N, N]
    is_kept = torch.ones(len(order), dtype=torch.bool, device=boxes.device)
    for index in range(len(order)):
        if is_kept[index]:
            is_kept[index + 1 :] &= ~overlaps[index, index + 1 :]
    return order[is_kept]
