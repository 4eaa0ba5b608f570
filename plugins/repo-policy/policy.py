"""What the configuration asks for, and what decides about texts. No host is needed here."""

import json
from dataclasses import dataclass

# Where a host of repositories looks for its own files.
PLACES = ("", ".github/", "docs/", ".gitlab/")

# A header stands at the top: behind a `#!` line, a coding line or an opening comment.
HEADER_LINES = 20
# What starts or closes a line of a comment.
COMMENT_MARKS = "/*#;-<!>% \t\""

SCHEMA = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "type": "object",
    "additionalProperties": False,
    "properties": {
        "files": {
            "description": "Files that must be there.",
            "type": "array",
            "maxItems": 200,
            "items": {
                "type": "object",
                "additionalProperties": False,
                "required": ["path"],
                "properties": {
                    "path": {
                        "description": "Its path. A name alone may also lie in .github, docs or .gitlab.",
                        "type": "string",
                        "minLength": 1,
                        "maxLength": 500,
                    },
                    "contains": {
                        "description": "Texts that must stand in it, whatever their case.",
                        "type": "array",
                        "maxItems": 100,
                        "items": {"type": "string", "minLength": 1, "maxLength": 500},
                    },
                    "reason": {"type": "string", "maxLength": 500},
                },
            },
        },
        "owned": {
            "description": "Patterns of paths that CODEOWNERS must give an owner to.",
            "type": "array",
            "maxItems": 200,
            "items": {"type": "string", "minLength": 1, "maxLength": 500},
        },
        "headers": {
            "description": "What sources begin with.",
            "type": "array",
            "maxItems": 100,
            "items": {
                "type": "object",
                "additionalProperties": False,
                "required": ["paths", "text"],
                "properties": {
                    "paths": {
                        "description": "Patterns of paths.",
                        "type": "array",
                        "minItems": 1,
                        "maxItems": 200,
                        "items": {"type": "string", "minLength": 1, "maxLength": 500},
                    },
                    "except": {
                        "type": "array",
                        "maxItems": 200,
                        "items": {"type": "string", "minLength": 1, "maxLength": 500},
                    },
                    "text": {
                        "description": "Lines of the header; `*` stands for the rest of a word.",
                        "type": "string",
                        "minLength": 1,
                        "maxLength": 2000,
                    },
                },
            },
        },
    },
}


@dataclass(frozen=True)
class RequiredFile:
    """A file that must be there, and what must stand in it."""

    path: str
    contains: tuple[str, ...]
    reason: str


@dataclass(frozen=True)
class Header:
    """What files of some paths begin with."""

    paths: tuple[str, ...]
    exceptions: tuple[str, ...]
    lines: tuple[str, ...]


@dataclass(frozen=True)
class Policy:
    """The configuration."""

    files: tuple[RequiredFile, ...] = (RequiredFile("SECURITY.md", (), ""),)
    owned: tuple[str, ...] = ()
    headers: tuple[Header, ...] = ()


def read(text: str) -> Policy:
    """The policy of the host's JSON, which fits the schema."""
    config = json.loads(text)
    usual = Policy()
    files = usual.files
    if "files" in config:
        files = tuple(
            RequiredFile(file["path"], tuple(file.get("contains", ())), file.get("reason", ""))
            for file in config["files"]
        )
    headers = []
    for header in config.get("headers", ()):
        lines = tuple(line.strip() for line in header["text"].splitlines() if line.strip())
        if not lines:
            raise ValueError("headers: a text without words")
        headers.append(Header(tuple(header["paths"]), tuple(header.get("except", ())), lines))
    return Policy(files, tuple(config.get("owned", ())), tuple(headers))


def places(path: str) -> list[str]:
    """Where a file may lie: a name alone also where hosts of repositories look."""
    return [path] if "/" in path else [place + path for place in PLACES]


def lacks(text: str, wanted: tuple[str, ...]) -> list[str]:
    """The texts that are not in a text, whatever their case."""
    folded = text.casefold()
    return [part for part in wanted if part.casefold() not in folded]


def has_header(text: str, lines: tuple[str, ...]) -> bool:
    """Whether the lines stand at the top of a text, one after the other."""
    top = [strip_comment(line) for line in text.lstrip("\ufeff").splitlines()[:HEADER_LINES]]
    top = [line for line in top if line]
    starts = range(len(top) - len(lines) + 1)
    return any(all(map(line_fits, lines, top[start:])) for start in starts)


def strip_comment(line: str) -> str:
    """A line of a comment without what makes it one."""
    return line.strip(COMMENT_MARKS)


def line_fits(pattern: str, line: str) -> bool:
    """Whether a line is as wanted: word by word, where `*` stands for the rest of a word."""
    wanted, words = strip_comment_words(pattern), line.split()
    return len(wanted) == len(words) and all(map(word_fits, wanted, words))


def strip_comment_words(pattern: str) -> list[str]:
    """The words of a pattern, which may be given with comment marks; a `*` of its own
    at the ends is kept."""
    return pattern.strip("/#;-<!>% \t").split()


def word_fits(pattern: str, word: str) -> bool:
    """Whether a word is as wanted."""
    start, star, _ = pattern.partition("*")
    return word.startswith(start) if star else word == pattern


def owner_patterns(text: str) -> list[tuple[str, list[str]]]:
    """The lines of a CODEOWNERS file: pattern and owners; sections of GitLab left out."""
    lines = []
    for line in text.splitlines():
        words = line.split("#", 1)[0].split()
        if words and not words[0].startswith(("[", "^[")):
            lines.append((words[0], words[1:]))
    return lines


def to_globs(pattern: str) -> list[str]:
    """A pattern of CODEOWNERS as patterns of the host, which hold for files."""
    rooted = pattern.startswith("/") or "/" in pattern.rstrip("/")
    body = pattern.strip("/")
    if not body or body == "*" or body == "**":
        return ["**"]
    start = "" if rooted else "**/"
    globs = [start + body + "/**"]
    # `docs/*` means files of that directory alone.
    if body.endswith("/*"):
        globs = []
    if not pattern.endswith("/"):
        globs.append(start + body)
    return globs
