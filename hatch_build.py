"""Build step: compile the catalogues (translations/<domain>/<lang>.po) to the binary form that gettext reads.

They are written beside the package (src/depositor/_locale), for a wheel and for an editable install alike, so that
no binary lies in the repository and one text file is all that a translator touches.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from hatchling.builders.hooks.plugin.interface import BuildHookInterface


def compile_catalogues(root: Path) -> int:
    """Compile every catalogue below ``root/translations``; return how many. Fuzzy entries are left out."""
    done = 0
    for po in sorted((root / "translations").glob("*/*.po")):
        target = root / "src" / "depositor" / "_locale" / po.stem / "LC_MESSAGES" / f"{po.parent.name}.mo"
        target.parent.mkdir(parents=True, exist_ok=True)
        with po.open("rb") as source, target.open("wb") as out:
            write_mo(out, read_po(source, locale=po.stem if po.stem != "xx" else None))
        done += 1
    return done


class CustomBuildHook(BuildHookInterface):  # type: ignore[type-arg]
    """Run the compilation before any target is built."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        compile_catalogues(Path(self.root))


if __name__ == "__main__":
    print(compile_catalogues(Path(__file__).parent), "catalogues compiled")
