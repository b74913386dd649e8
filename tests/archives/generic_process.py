"""``depositor`` as a process of its own, with a home of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from archives_world import description, noise

_LONG_S = 120


class Depositor:
    """``variables``: of the environment, as ``DEPOSITOR_ENDPOINT_S3``."""

    def __init__(self, folder: Path, variables: dict[str, str]) -> None:
        self.folder = folder
        self.environment = {
            **{k: v for k, v in os.environ.items() if not k.startswith("DEPOSITOR_")},
            "DEPOSITOR_HOME": str(folder / "home"),
            "DEPOSITOR_LANG": "en",
            "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring",
            "QT_QPA_PLATFORM": "offscreen",
            **variables,
        }
        settings = folder / "home" / "settings" / "settings.json"
        settings.parent.mkdir(parents=True)
        settings.write_text(json.dumps({"privacy_pixels": "none", "part_size": 1, "keep_awake": False}))

    def document(self, archive: str, files: dict[str, bytes] | None = None) -> Path:
        """A document that is ready to be sent, with its files."""
        given = files or {"raw/a.bin": noise(3_000_000), "raw/ä b.bin": noise(2000, 2), "notes.txt": b"Nuclei.\n"}
        for name, data in given.items():
            path = self.folder / "study" / "images" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
        content = {
            **description(),
            "archive": archive,
            "files": [{"path": "images", "study_component": "Dose series"}],
        }
        target = self.folder / "study" / "study.depositor.json"
        target.write_text(json.dumps(content))
        return target

    def start(self, *words: object) -> subprocess.Popen[str]:
        line = [sys.executable, "-m", "depositor", *map(str, words)]
        return subprocess.Popen(
            line, env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, encoding="utf-8"
        )

    def run(self, *words: object) -> tuple[int, Any, str]:
        """(exit code, the JSON, what it said)."""
        process = self.start(*words, "--json")
        out, said = process.communicate(timeout=_LONG_S)
        return process.returncode, json.loads(out) if out.strip() else None, said
