"""A stand-in for IBM's ``ascp``, strict about what it is given. It copies into the folder ``ASCP_FAKE_ROOT``.

A file that is there with the same content is passed over (``-k 2``); a torso (``.partial``) is gone on with. What it
shall suffer stands in ``<root>/../plan.json``: {"die": bytes until it dies, "code": exit number, "say": words,
"slow": seconds per block, "times": how often}. Each start is noted in ``runs.jsonl`` beside it.
"""

import json
import os
import signal
import sys
import time
from pathlib import Path

BLOCK = 32 << 10
FLAGS = {"-k": 1, "-l": 1, "-P": 1, "-O": 1, "-i": 1, "-L": 1, "-m": 1, "-Q": 0, "-T": 0, "-d": 0}
LONG = ("--mode=", "--user=", "--host=", "--file-pair-list=", "--file-manifest=", "--file-manifest-path=")


def parsed(arguments):
    found, rest, todo = {}, [], list(arguments)
    while todo:
        word = todo.pop(0)
        if word in FLAGS:
            found[word] = todo.pop(0) if FLAGS[word] else True
        elif word.startswith(LONG):
            name, _, value = word.partition("=")
            found[name] = value
        elif word.startswith("-"):
            fail(8, f"unknown option {word}")
        else:
            rest.append(word)
    return found, rest


def fail(code, words):
    print(f"Session Stop  (Error: {words})", file=sys.stderr, flush=True)
    sys.exit(code)


def plan_of(place):
    path = place / "plan.json"
    plan = json.loads(path.read_text()) if path.exists() else {}
    if plan.get("times", 1 << 30) <= 0:
        return {}
    if "times" in plan:
        path.write_text(json.dumps({**plan, "times": plan["times"] - 1}))
    return plan


def main():
    if sys.argv[1:] == ["-A"]:
        print("IBM Aspera SCP version 4.2.5.306 (stand-in)")
        sys.exit(0)
    if len(sys.argv) == 1:
        print("Usage: ascp [OPTIONS] SRC... DEST")
        sys.exit(112)
    root = Path(os.environ["ASCP_FAKE_ROOT"])
    place = root.parent
    password = os.environ.get("ASPERA_SCP_PASS")
    if any("pass:word" in word for word in sys.argv) or [n for n in os.environ if n.startswith("DEPOSITOR_")]:
        fail(99, "a secret where it should not be")
    found, rest = parsed(sys.argv[1:])
    for name in ("-k", "-l", "-L", "--mode", "--user", "--host", "--file-pair-list", "--file-manifest-path"):
        if name not in found:
            fail(8, f"{name} is missing")
    if found["-k"] != "2" or found["--mode"] != "send" or rest != ["."] or "-T" in found:
        fail(8, "usage")
    if password != "pass:word" and "-i" not in found:
        fail(19, "authentication failed")
    pairs = Path(found["--file-pair-list"])
    if os.name != "nt" and pairs.stat().st_mode & 0o077:
        fail(99, "others may read the list")
    plan = plan_of(place)
    with (place / "runs.jsonl").open("a") as log:
        log.write(json.dumps({"argv": sys.argv, "rate": found["-l"], "pid": os.getpid()}) + "\n")
    if plan.get("say"):
        fail(plan["code"], plan["say"])
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(28))
    lines = pairs.read_bytes().decode().split("\n")[:-1]
    if len(lines) % 2:
        fail(8, "odd list")
    copy_all(list(zip(lines[::2], lines[1::2], strict=True)), root, plan, Path(found["--file-manifest-path"]))


def copy_all(pairs, root, plan, manifest):
    budget = plan.get("die", 1 << 60)
    with (manifest / "manifest.txt").open("w") as told:
        for source, target in pairs:
            budget = copy(source, root / target, budget, plan)
            told.write(f'"{source}","{target}","complete"\n')


def copy(source, target, budget, plan):
    data = Path(source).read_bytes()
    target.parent.mkdir(parents=True, exist_ok=True)
    name = Path(target).name
    if target.exists() and target.read_bytes() == data:
        print(f"{name}   100%  skipped", flush=True)
        return budget
    part = target.with_name(target.name + ".partial")
    at = part.stat().st_size if part.exists() and data.startswith(part.read_bytes()) else 0
    with part.open("ab" if at else "wb") as out:
        while at < len(data):
            block = data[at : at + BLOCK]
            budget -= len(block)
            if budget < 0:
                if plan.get("kill"):
                    os.kill(os.getpid(), signal.SIGKILL)
                fail(plan.get("code", 16), plan.get("words", "connection lost"))
            out.write(block)
            out.flush()
            at += len(block)
            sys.stdout.write(f"{name}   {at * 100 // len(data)}%   {at >> 10}KB  300Mb/s    00:01 ETA\r")
            sys.stdout.flush()
            time.sleep(plan.get("slow", 0))
    part.replace(target)
    with (root_of(target) / "moved.txt").open("a") as log:
        log.write(f"{target}\n")
    return budget


def root_of(target):
    return Path(os.environ["ASCP_FAKE_ROOT"]).parent


if __name__ == "__main__":
    main()
