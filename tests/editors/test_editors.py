"""Real editors, without a screen: what their users see of the language server.

An editor that is not installed is left out, unless SEAWORTHY_EDITORS names it.
"""

import os
import pathlib
import shutil
import subprocess

import pytest

from conftest import program

HERE = pathlib.Path(__file__).parent
FILES = {
    ".env.production": "# 😀\nJWT_SECRET=changeme\n",
    "compose.yml": """\
services:
  db:
    image: postgres:16
    environment:
      POSTGRES_PASSWORD: ${DB_PASSWORD:?}
    ports: ["5432:5432"]
""",
}


def run(tmp_path, editor, *arguments):
    if shutil.which(editor) is None:
        assert editor not in os.environ.get("SEAWORTHY_EDITORS", "").split(), "not installed"
        pytest.skip(f"{editor} is not installed")
    root = tmp_path / "repository"
    root.mkdir()
    for name, text in FILES.items():
        (root / name).write_text(text)
    home = tmp_path / "home"
    home.mkdir()
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "LANG": "C.UTF-8",
        "SEAWORTHY": os.path.abspath(program()),
    }
    done = subprocess.run(
        [editor, *arguments], cwd=root, env=environment, timeout=300,
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )
    assert done.returncode == 0, done.stdout
    assert done.stdout.count("ok: ") == 13 - (editor == "nvim"), done.stdout
    left = {path.name: path.read_text() for path in root.iterdir() if path.name in FILES}
    assert left == FILES, "nothing was saved"


def test_neovim(tmp_path):
    run(tmp_path, "nvim", "--headless", "-u", "NONE", "-c", f"luafile {HERE / 'neovim.lua'}")


def test_emacs(tmp_path):
    run(tmp_path, "emacs", "-Q", "--batch", "-l", str(HERE / "emacs.el"))
