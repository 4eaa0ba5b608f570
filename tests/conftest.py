"""What the tests in Python share."""

import os
import pathlib

REPOSITORY = pathlib.Path(__file__).resolve().parents[1]


def program() -> str:
    """The program under test."""
    target = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", REPOSITORY / "target"))
    found = os.environ.get("SEAWORTHY", str(target / "debug" / "seaworthy"))
    assert os.path.exists(found), f"{found} is not there: build it first"
    return found
