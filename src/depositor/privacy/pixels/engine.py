"""RapidOCR as the engine that reads text in pictures. Its models lie in its wheel: nothing is ever fetched.

https://github.com/RapidAI/RapidOCR, Apache-2.0; models PP-OCRv6 small, Apache-2.0. One thread per engine: two processes
with one thread each read a third more than one process with two (measured with ``benchmarks/privacy_ocr.py``).
"""

from __future__ import annotations

import functools
import importlib.util
import logging
import threading
from importlib import metadata
from typing import Any

from depositor.privacy.pixels.ports import UNREAD, Line, TextReader

_FLAT = 2.5  # times wider than high is a line; what is rounder is texture
_HIGHEST = 90  # pixels
_PLAIN = 0.9  # upright lines are read more surely than that, lines on their head less so
_MOST_TURNED = 64  # unsure lines of one picture that are read from the other side: texture has many
_SEEN = 0.8  # boxes of writing are seen as surely as that, boxes of texture less so or not flat
_LEAST_TURNED = 3  # letters; fewer read the same from both sides (O, H, 8)
SURE = 0.6  # below that the letters are mostly wrong: texture that looks like text
_LOGGER = "RapidOCR"
_SETTINGS = {
    "Global.log_level": "critical",
    "Global.max_side_len": 100_000,  # the caller cuts large pictures into tiles; a second scaling would lose small text
    "Global.text_score": SURE,
    "Det.limit_type": "max",  # as above: the caller enlarges small pictures; by the engine a narrow one would grow huge
    "Det.limit_side_len": 100_000,
    "Global.use_cls": False,  # which turns of a picture are worth reading is known by the caller
    "EngineConfig.onnxruntime.intra_op_num_threads": 1,
    "EngineConfig.onnxruntime.inter_op_num_threads": 1,
}


def installed() -> bool:
    """True where the extra ``ocr`` is installed. Imports nothing heavy."""
    return all(importlib.util.find_spec(name) is not None for name in ("rapidocr", "onnxruntime"))


@functools.cache
def reader() -> TextReader | None:
    """The engine, made once per process; None where it is not installed or cannot start on this computer."""
    if not installed():
        return None
    try:
        return RapidReader()
    except Exception:  # a missing system library, a processor without what the runtime needs: any kind of error
        return None


class RapidReader:
    """Finds lines with PP-OCR. Not for several threads at once; calls are put one behind the other."""

    def __init__(self) -> None:
        _be_quiet()
        import cv2
        from rapidocr import RapidOCR

        cv2.setNumThreads(1)
        _be_quiet()
        self._engine = RapidOCR(params=dict(_SETTINGS))
        _be_quiet()
        self._lock = threading.Lock()

    @property
    def name(self) -> str:
        return f"rapidocr {metadata.version('rapidocr')}"

    def read(self, pixels: Any) -> tuple[Line, ...]:
        with self._lock:
            boxes, texts, scores, sure = self._steps(pixels[..., ::-1])  # it wants blue first
        found = (_line(*each) for each in zip(boxes, texts, scores, sure, strict=True))
        return tuple(line for line in found if line is not None)

    def _steps(self, pixels: Any) -> tuple[Any, Any, Any, Any]:
        """Boxes, texts, and how sure the engine is of the letters and of the box. Step by step, for as a whole it keeps
        silent about boxes whose letters it does not know."""
        from rapidocr.utils.process_img import map_boxes_to_original

        picture, record = self._engine.preprocess_img(pixels)
        seen, _, told, pieces = self._engine.run_ocr_steps(picture, record)
        if seen.boxes is None or told.txts is None:
            return (), (), (), ()
        texts, scores = self._upside_down(pieces, list(told.txts), list(told.scores))
        return map_boxes_to_original(seen.boxes, record, *pixels.shape[:2]), texts, scores, seen.scores

    def _upside_down(self, pieces: Any, texts: list[str], scores: list[float]) -> tuple[list[str], list[float]]:
        """Lines that were read unsurely are read from the other side too. Writing that stands on its head or runs
        sideways is found as any other; its letters come out as nonsense, and surely once it is turned."""
        unsure = [n for n, score in enumerate(scores) if score < _PLAIN][:_MOST_TURNED]
        if unsure:
            told = self._engine.recognize_txt([pieces[n][::-1, ::-1] for n in unsure])
            for n, text, score in zip(unsure, told.txts or (), told.scores or (), strict=False):
                if score >= max(_PLAIN, scores[n]) and len(text.strip()) >= _LEAST_TURNED:
                    texts[n], scores[n] = text, score
        return texts, scores


def _line(box: Any, text: str, score: float, sure: float) -> Line | None:
    """The upright box around the four corners; None for what is no text. A flat box without a letter is writing that
    the models do not know (Cyrillic, Hebrew, Arabic); so is one, surely seen, whose letters are guessed."""
    (left, top), (right, bottom) = box.min(axis=0), box.max(axis=0)
    place = (float(left), float(top), float(right - left), float(bottom - top))
    if text.strip() and score >= SURE:
        return Line(text.strip(), float(score), *place)
    flat = place[2] >= _FLAT * place[3] and place[3] <= _HIGHEST
    least = _SEEN if len(text.strip()) >= _LEAST_TURNED else SURE
    guessed = not text.strip() or len(text.strip()) >= _LEAST_TURNED
    return Line(UNREAD, float(sure), *place) if flat and guessed and sure >= least else None


def _be_quiet() -> None:
    """Its logger writes to standard error on its own; what it says may name files and pictures."""
    log = logging.getLogger(_LOGGER)
    log.handlers.clear()
    log.addHandler(logging.NullHandler())
    log.propagate = False
    log.disabled = True
