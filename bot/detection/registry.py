"""The strict registry: every module of bot/detection/detectors/ is one detector, and none is taken twice."""

import importlib
import pkgutil

from bot.detection import detectors
from bot.detection.detector import Detector
from bot.detection.formats import NumberFormats


def build_all(formats: NumberFormats) -> tuple[Detector, ...]:
    """One detector of each module, ordered by name.

    Raises RuntimeError where a module exports no `build`, where a detector has no trigger, or where its name is not
    the name of its module (which also makes names unique).
    """
    found = []
    for module in sorted(pkgutil.iter_modules(detectors.__path__), key=lambda module: module.name):
        build = getattr(importlib.import_module(f"{detectors.__name__}.{module.name}"), "build", None)
        if build is None:
            raise RuntimeError(f"detector module {module.name} exports no build(formats)")
        detector: Detector = build(formats)
        if detector.name != module.name:
            raise RuntimeError(f"detector module {module.name} builds a detector called {detector.name}")
        if not detector.triggers:
            raise RuntimeError(f"detector {detector.name} has no trigger")
        found.append(detector)
    return tuple(found)
