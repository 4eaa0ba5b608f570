"""`python -m unittest` in this folder."""

import unittest

from policy import has_header, lacks, owner_patterns, places, read, to_globs

APACHE = ("Copyright 20* Acme", "SPDX-License-Identifier: Apache-2.0")


class Headers(unittest.TestCase):
    def test_a_header_stands_in_a_comment_at_the_top(self):
        cases = [
            ("// Copyright 2024 Acme\n// SPDX-License-Identifier: Apache-2.0\nfn main() {}\n", True),
            ("#!/bin/sh\n# Copyright 2024 Acme\n#\n# SPDX-License-Identifier: Apache-2.0\n", True),
            ("/*\n * Copyright 2024 Acme\n * SPDX-License-Identifier: Apache-2.0\n */\n", True),
            ("<!-- Copyright 2024 Acme -->\n<!-- SPDX-License-Identifier: Apache-2.0 -->\n", True),
            ("// Copyright 2024 Acme\n// SPDX-License-Identifier: MIT\n", False),
            ("// Copyright 1999 Acme\n// SPDX-License-Identifier: Apache-2.0\n", False),
            ("// Copyright 2024 Acme and others\n// SPDX-License-Identifier: Apache-2.0\n", False),
            ("\n" * 30 + "// Copyright 2024 Acme\n// SPDX-License-Identifier: Apache-2.0\n", False),
            ("fn main() {}\n", False),
        ]
        for text, want in cases:
            self.assertEqual(has_header(text, APACHE), want, text)


class Files(unittest.TestCase):
    def test_a_name_alone_may_lie_where_hosts_look(self):
        self.assertIn(".github/SECURITY.md", places("SECURITY.md"))
        self.assertEqual(places("docs/SECURITY.md"), ["docs/SECURITY.md"])

    def test_case_does_not_matter_in_what_must_be_said(self):
        self.assertEqual(lacks("Write to SECURITY@acme.io", ("security@acme.io", "PGP")), ["PGP"])


class Owners(unittest.TestCase):
    def test_lines_are_patterns_and_owners(self):
        text = "# all\n* @acme/all # but\n\n[Docs] @x\n/docs/\n"
        self.assertEqual(owner_patterns(text), [("*", ["@acme/all"]), ("/docs/", [])])

    def test_patterns_hold_for_files(self):
        cases = [
            ("*", ["**"]),
            ("*.tf", ["**/*.tf/**", "**/*.tf"]),
            ("/infra/", ["infra/**"]),
            ("docs/*", ["docs/*"]),
            ("apps/", ["**/apps/**"]),
        ]
        for pattern, want in cases:
            self.assertEqual(to_globs(pattern), want, pattern)


class Configuration(unittest.TestCase):
    def test_without_one_a_security_policy_is_asked_for(self):
        self.assertEqual([file.path for file in read("{}").files], ["SECURITY.md"])
        self.assertEqual(read('{"files": []}').files, ())

    def test_a_header_without_words_is_refused(self):
        with self.assertRaises(ValueError):
            read('{"headers": [{"paths": ["*.rs"], "text": "\\n"}]}')


if __name__ == "__main__":
    unittest.main()
