"""What the plugin is, what the host calls, and what it finds.

What the host offers and expects is in wit/; componentize-py makes the package
`wit_world` of it.
"""

import json

from componentize_py_types import Err
from wit_world import exports
from wit_world.imports import repo, types
from wit_world.imports.types import Finding, Location, PluginInfo, RuleInfo, Severity

from policy import SCHEMA, Policy, has_header, lacks, owner_patterns, places, read, to_globs

REQUIRED_FILE = """Flags repositories without a file that the policy asks for, by default `SECURITY.md`.

Whoever finds a fault has to know whom to tell, and whoever changes a file whom to ask. A
name alone may also lie in `.github`, `docs` or `.gitlab`, where the hosts of repositories
look for it.
"""

REQUIRED_TEXT = """Flags files that the policy asks for and in which something is missing that must stand there.

A `SECURITY.md` without an address helps nobody.
"""

OWNED_PATH = """Flags files that the policy wants to have an owner and that no line of CODEOWNERS gives one.

As with the hosts of repositories the last line that fits a file counts, and a line without
owners takes them away.
"""

LICENCE_HEADER = """Flags sources that do not begin with the header that the policy asks for.

The header stands in a comment within the first 20 lines, word by word; `*` in the policy
stands for the rest of a word, such as a year.
"""

# The most files that one finding about owners names.
SHOWN = 3


def rule(id: str, severity: Severity, summary: str, help: str) -> RuleInfo:
    return RuleInfo(
        id=id,
        former_ids=[],
        name=None,
        summary=summary,
        help=help,
        severity=severity,
        security_severity=None,
        precision=types.Precision.VERY_HIGH,
        cwe=[],
        tags=["policy"],
        enabled=True,
        files=[],
        repository=[],
        attributes=[],
    )


RULES = [
    rule("required-file", Severity.LOW, "repository without a file that its policy asks for", REQUIRED_FILE),
    rule("required-text", Severity.LOW, "required file without what must stand in it", REQUIRED_TEXT),
    rule("owned-path", Severity.LOW, "file without an owner", OWNED_PATH),
    rule("licence-header", Severity.LOW, "source without the licence header", LICENCE_HEADER),
]

policy = Policy()


class Plugin(exports.Plugin):
    def describe(self) -> PluginInfo:
        return PluginInfo(
            name="repo-policy",
            version="0.1.0",
            summary="Files that a repository must have, and what must stand in them",
            rules=RULES,
            config_schema=json.dumps(SCHEMA),
            attributes=[("license", "MIT OR Apache-2.0")],
        )

    def configure(self, config: str) -> None:
        global policy
        try:
            policy = read(config)
        except ValueError as error:
            raise Err(str(error)) from None


class RepoRules(exports.RepoRules):
    def check_repo(self, rules: list[str]) -> list[Finding]:
        findings = [*required(), *owned(), *headers()]
        return [finding for finding in findings if finding.rule in rules]


def required() -> list[Finding]:
    """Files that are missing, and what is missing in those that are there."""
    findings = []
    for wanted in policy.files:
        path = next((place for place in places(wanted.path) if repo.exists(place)), None)
        reason = f" {wanted.reason}" if wanted.reason else ""
        if path is None:
            message = f"There is no {wanted.path}.{reason}"
            findings.append(finding("required-file", message, wanted.path))
            continue
        document = repo.open(path) if wanted.contains else None
        if document is None:
            continue
        for part in lacks(document.text(), wanted.contains):
            message = f'{path} does not say "{part}".{reason}'
            findings.append(finding("required-text", message, path, evidence=part))
    return findings


def owned() -> list[Finding]:
    """Files that must have an owner and have none, together for each pattern."""
    if not policy.owned:
        return []
    path = next((place for place in places("CODEOWNERS") if repo.exists(place)), None)
    document = repo.open(path) if path else None
    if path is None or document is None:
        return [finding("owned-path", "There is no CODEOWNERS, so no file has an owner.", "CODEOWNERS")]
    with_owner: set[str] = set()
    for pattern, owners in owner_patterns(document.text()):
        files = {file for glob in to_globs(pattern) for file in repo.find(glob)}
        with_owner = with_owner | files if owners else with_owner - files
    findings = []
    for pattern in policy.owned:
        without = [file for file in repo.find(pattern) if file not in with_owner]
        if without:
            shown = ", ".join(without[:SHOWN]) + (", …" if len(without) > SHOWN else "")
            message = f"CODEOWNERS gives no owner to {shown} ({pattern} must have one)."
            findings.append(finding("owned-path", message, path, evidence=pattern))
    return findings


def headers() -> list[Finding]:
    """Sources without their header."""
    findings = []
    for header in policy.headers:
        exceptions = {path for glob in header.exceptions for path in repo.find(glob)}
        paths = {path for glob in header.paths for path in repo.find(glob)}
        for path in sorted(paths - exceptions):
            document = repo.open(path)
            # An empty file has nothing to license; foreign code has a header of its own.
            if document is None or document.size() == 0 or document.role() == "vendored":
                continue
            if not has_header(document.text(), header.lines):
                message = f'The file does not begin with "{header.lines[0]}".'
                findings.append(finding("licence-header", message, path))
    return findings


def finding(rule: str, message: str, path: str, evidence: str = "") -> Finding:
    """A finding about a file as a whole."""
    return Finding(
        rule=rule,
        message=message,
        location=Location(path=path, region=None),
        label=None,
        severity=None,
        evidence=evidence,
        sensitive=[],
        related=[],
        fixes=[],
        attributes=[],
    )
