//! Where a value stands: what the path and the text around it say.

use seaworthy_analysis::roles::Role;
use seaworthy_model::Region;

use super::pattern::{contains_ignore_case, head};
use crate::file::{File, Language};

/// How far back the beginning of a test is sought: modules of tests are long.
const TEST_REACH: usize = 64 * 1024;

/// How far around a value words about test vectors count.
const NEAR: usize = 240;

/// What the path of a file says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Place {
    /// Texts in other languages.
    pub(super) translation: bool,
    /// Test vectors, or cryptography, whose sources are full of them.
    pub(super) cryptography: bool,
    /// Rules and data of a tool that detects secrets.
    pub(super) detector: bool,
    /// Tests, examples, benchmarks and demonstrations, by a word of the path.
    pub(super) play: bool,
    /// The same, but for directories of documentation.
    pub(super) example: bool,
    /// Written by a tool.
    pub(super) generated: bool,
}

const TRANSLATION: &[&str] = &[
    "locales",
    "locale",
    "i18n",
    "l10n",
    "lang",
    "langs",
    "languages",
    "translations",
    "translation",
    "intl",
    "nls",
    "lproj",
    "localization",
    "localisation",
    "internationalization",
    "po",
    "pot",
    "arb",
    "xliff",
    "xlf",
    "resx",
    "strings",
];

const CRYPTOGRAPHY: &[&str] = &[
    "vectors",
    "vector",
    "testvectors",
    "kat",
    "kats",
    "nist",
    "wycheproof",
    "rfc",
    "crypto",
    "cryptography",
    "cipher",
    "ciphers",
    "aes",
    "chacha",
    "ed25519",
    "x25519",
    "curve25519",
    "secp256k1",
    "hmac",
    "hkdf",
    "pbkdf2",
    "scrypt",
    "bcrypt",
    "argon2",
    "blake2",
    "blake3",
    "sha1",
    "sha2",
    "sha3",
    "sha256",
    "md5",
    "rsa",
    "ecdsa",
    "jose",
    "jws",
    "jwe",
    "jwk",
    "otp",
    "totp",
    "hotp",
    "signature",
    "signatures",
    "ecdh",
    "p256",
    "poly1305",
    "siphash",
    "bip39",
    "bip32",
    "hash",
    "hashes",
    "hex",
    "base64",
    "base58",
    "base32",
];

const DETECTORS: &[&str] = &[
    "gitleaks",
    "trufflehog",
    "secretlint",
    "detectors",
    "detector",
    "detection",
    "redact",
    "redaction",
    "scanner",
    "scanners",
    "semgrep",
    "sanitizer",
    "scrubber",
    "kingfisher",
    "regexes",
    "fuzz",
    "corpus",
];

const PLAY: &[&str] = &[
    "bench",
    "benches",
    "benchmark",
    "benchmarks",
    "demo",
    "demos",
    "example",
    "examples",
    "sample",
    "samples",
    "tutorial",
    "tutorials",
    "playground",
    "mock",
    "mocks",
    "fake",
    "stub",
    "stubs",
    "fixture",
    "fixtures",
    "test",
    "tests",
    "testing",
    "testdata",
    "testutil",
    "testutils",
    "spec",
    "specs",
    "snippets",
    "snippet",
    "quickstart",
    "sandbox",
    "storybook",
    "stories",
    "cassettes",
    "docs",
    "doc",
    "skeleton",
    "boilerplate",
];

const GENERATED: &[&str] = &["generated", "gen", "min", "bundle", "snapshots"];

/// Extensions of what a tool writes.
const GENERATED_KINDS: &[&str] = &["snap", "lock", "map"];

/// The languages that texts are translated to, as files are named for them.
const LANGUAGES: &str = " af am ar az be bg bn bo br bs ca ckb cn cs cy cz da de dk el en eo es \
     et eu fa fi fil fr fy ga gb gd gl gr gu he hi hr hu hy ia id ie is it ja jp jv ka kk km kn ko \
     kr ku ky lb lo lt lv mg mk ml mn mr ms mt my nb ne nl nn no pa pl ps pt ro ru rw sd si sk sl \
     sq sr sv sw ta te tg th tk tl tr tt ua ug uk ur us uz vi xh yi yo zh zu ";

impl Place {
    /// Reads the words of a path.
    pub(super) fn of(path: &str) -> Self {
        let mut place = Self::default();
        for part in path.split(['/', '\\']).flat_map(|part| part.split(['.', '-', '_', ' '])) {
            let is = |table: &[&str]| table.iter().any(|word| word.eq_ignore_ascii_case(part));
            place.translation |= is(TRANSLATION);
            place.cryptography |= is(CRYPTOGRAPHY);
            place.detector |= is(DETECTORS);
            place.play |= is(PLAY);
            place.example |= is(PLAY) && !is(&["docs", "doc"]);
            place.generated |= is(GENERATED);
        }
        place.translation |= is_locale_file(path);
        let extension = path.rsplit('.').next().unwrap_or("");
        place.generated |= GENERATED_KINDS.iter().any(|kind| kind.eq_ignore_ascii_case(extension));
        place
    }
}

/// `de.json`, `pt_BR.yml`, `messages_fr.properties`.
fn is_locale_file(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    let Some((stem, extension)) = name.rsplit_once('.') else { return false };
    if !matches!(extension, "json" | "yml" | "yaml" | "properties" | "ts" | "js" | "php" | "toml") {
        return false;
    }
    let code = |text: &str| {
        (2..=3).contains(&text.len())
            && text.bytes().all(|byte| byte.is_ascii_lowercase())
            && LANGUAGES.split(' ').any(|language| language == text)
    };
    let region = |text: &str| text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_uppercase());
    let tag = |text: &str| match text.split_once(['-', '_']) {
        Some((language, place)) => code(language) && (region(place) || place.len() == 4),
        None => code(text),
    };
    // The language may follow the name: `messages_pt_BR`.
    let mut tail = stem;
    while let Some((_, rest)) = tail.split_once(['_', '.', '-']) {
        if extension == "properties" && tag(rest) {
            return true;
        }
        tail = rest;
    }
    tag(stem) || head(stem, 8) == "messages"
}

/// The role of a file to this judgement: what a build server runs is no test,
/// and a notebook outside of documentation is a program.
pub(super) fn role_of(file: &File<'_>) -> Role {
    let name = file.path.rsplit('/').next().unwrap_or(file.path);
    let is_part = |word: &str| file.path.split(['/', '\\']).any(|part| part == word);
    match file.role.role {
        Role::Test
            if matches!(name, ".gitlab-ci.yml" | ".travis.yml" | "appveyor.yml" | ".drone.yml")
                || is_part(".circleci")
                || is_part(".buildkite") =>
        {
            Role::Development
        }
        // What node-config reads first is no template.
        Role::Template if name.starts_with("default.") && is_part("config") => Role::Source,
        Role::Docs if file.has_extension(&["ipynb"]) && !Place::of(file.path).play => Role::Source,
        role => role,
    }
}

/// Whether the file holds the traffic of a real service, as it was recorded.
pub(super) fn is_recorded(file: &File<'_>) -> bool {
    const WORDS: &[&str] =
        &["cassette", "cassettes", "vcr", "recording", "recordings", "recorded", "har"];
    file.path.split(['/', '\\', '.', '_', '-']).any(|part| WORDS.contains(&part))
}

/// Whether the value stands among tests although its file is none: a module of
/// unit tests, a case of a test.
pub(super) fn in_test_code(text: &str, at: usize, file: &File<'_>) -> bool {
    if role_of(file) == Role::Test || is_among_tests(file.path) {
        return true;
    }
    if file.language != Language::Code {
        return false;
    }
    let extension = file.path.rsplit('.').next().unwrap_or("");
    let (marks, reach): (&[&str], usize) = match extension {
        "rs" => (&["#[cfg(test)]", "#[test]", "::test]", "mod test {", "mod tests {"], TEST_REACH),
        "py" => (&["def test_", "(unittest.", "TestCase)"], 4096),
        "js" | "ts" | "tsx" | "jsx" | "mjs" | "cjs" => {
            (&["describe(", " it('", " it(\"", " test('", " test(\"", "expect("], 2048)
        }
        "go" => (&["func Test", "func Example"], 4096),
        "java" | "kt" | "cs" | "scala" => (&["@Test", "[Test", "[Fact", "assertEquals("], 2048),
        "rb" => (&["describe ", "it \"", "it '", "def test_"], 2048),
        _ => return false,
    };
    let before = before(text, at, reach);
    marks.iter().any(|mark| memchr::memmem::find(before.as_bytes(), mark.as_bytes()).is_some())
}

/// Whether the file lies among tests, whatever its own name says: an example or a
/// sample there is data of tests, too.
fn is_among_tests(path: &str) -> bool {
    const DIRECTORIES: &[&str] = &[
        "test",
        "tests",
        "testing",
        "testdata",
        "testkit",
        "fixtures",
        "__tests__",
        "spec",
        "specs",
        "conformance",
    ];
    let (parents, name) = path.rsplit_once('/').unwrap_or(("", path));
    let mut above = "";
    parents.split('/').any(|part| {
        // `t/unit`, as far as Perl's habit went.
        let is = DIRECTORIES.iter().any(|directory| directory.eq_ignore_ascii_case(part))
            || (above == "t" && part == "unit");
        above = part;
        is
    }) || matches!(name, "tests.rs" | "test.rs" | "tests.py" | "test.py")
}

/// Whether the line calls the value beside it made up: `dummyHash = …`.
pub(super) fn is_called_made_up(text: &str, at: usize) -> bool {
    let line = before(text, at, 80);
    let line = line.rsplit('\n').next().unwrap_or(line);
    ["dummy", "fake", "placeholder"].iter().any(|word| contains_ignore_case(line, word))
}

/// Whether the line is one of a documentation comment or of a doctest, or the
/// value stands within a docstring of Python: an example for a reader.
pub(super) fn in_documentation(text: &str, at: usize, file: &File<'_>) -> bool {
    let line = before(text, at, 400);
    let line = line.rsplit('\n').next().unwrap_or(line).trim_start();
    let marked = ["///", "//!", "* ", ">>>", "/**", "--- ", "# >>>", "@example"]
        .iter()
        .any(|mark| line.starts_with(mark));
    marked || (file.path.ends_with(".py") && in_docstring(text, at))
}

/// Whether three quotes were opened and not closed before `at`. Counted from the
/// beginning of the file, so files beyond the reach are not asked.
fn in_docstring(text: &str, at: usize) -> bool {
    let Some(before) = text.get(..at).filter(|before| before.len() <= TEST_REACH) else {
        return false;
    };
    let open = |quotes: &str| {
        memchr::memmem::find_iter(before.as_bytes(), quotes.as_bytes()).count() % 2 == 1
    };
    // A literal in three quotes of its own begins here and is no docstring.
    let own = before.ends_with("\"\"\"") || before.ends_with("'''");
    !own && (open("\"\"\"") || open("'''"))
}

/// Whether the text around speaks of test vectors.
pub(super) fn near_test_vector(text: &str, region: Region) -> bool {
    const WORDS: &[&str] = &[
        "test vector",
        "testvector",
        "test_vector",
        "plaintext",
        "ciphertext",
        "known answer",
        "rfc ",
        "rfc4",
        "rfc5",
        "rfc7",
        "rfc8",
        "nonce",
        "keystream",
        "test case",
        "testcase",
        "assert",
        "expected",
        "fips",
    ];
    let (start, end) = (region.start, region.end);
    let before = before(text, start, NEAR);
    let after = head(text.get(end..).unwrap_or(""), NEAR / 2);
    // `-AsPlainText` of PowerShell makes a password of a string.
    let shell = |text: &str| contains_ignore_case(text, "-asplaintext");
    WORDS.iter().any(|word| {
        (contains_ignore_case(before, word) || contains_ignore_case(after, word))
            && !(*word == "plaintext" && (shell(before) || shell(after)))
    })
}

/// Whether a file of code or markup is configuration or a script of operation, by
/// its kind or by a word of its path.
pub(super) fn is_configuration(file: &File<'_>) -> bool {
    const KINDS: &[&str] = &[
        "tf", "tfvars", "hcl", "nomad", "bicep", "gradle", "ps1", "psm1", "psd1", "nix", "pp",
        "sbt", "plist", "xml", "config", "csproj", "pubxml", "props", "settings", "edn",
    ];
    const WORDS: &[&str] = &[
        "config",
        "configs",
        "conf",
        "configuration",
        "cfg",
        "settings",
        "setting",
        "secrets",
        "secret",
        "credentials",
        "creds",
        "env",
        "environment",
        "environments",
        "constants",
        "deploy",
        "deployment",
        "ops",
        "infra",
        "infrastructure",
        "ansible",
        "terraform",
        "provision",
        "provisioning",
        "scripts",
        "cron",
        "etl",
        "jobs",
        "jenkinsfile",
        "vagrantfile",
        "fastfile",
        "initializers",
        "migrate",
        "backup",
    ];
    if !matches!(file.language, Language::Code | Language::Markup | Language::Json) {
        return false;
    }
    file.has_extension(KINDS)
        || file
            .path
            .split(['/', '\\', '.', '-', '_'])
            .any(|part| WORDS.iter().any(|word| word.eq_ignore_ascii_case(part)))
}

/// Whether a text for people is of those who run the servers, not of the product.
pub(super) fn is_operation(file: &File<'_>) -> bool {
    const WORDS: &[&str] = &[
        "ops",
        "operations",
        "notes",
        "access",
        "servers",
        "server",
        "credentials",
        "creds",
        "passwords",
        "logins",
        "accounts",
        "runbook",
        "runbooks",
        "infra",
        "infrastructure",
        "internal",
        "handover",
        "onboarding",
        "vpn",
        "secrets",
        "wiki",
        "private",
        "deploy",
        "deployment",
        "hosting",
    ];
    let name = file.path.rsplit('/').next().unwrap_or(file.path);
    !name.to_ascii_lowercase().starts_with("readme")
        && !["example", "examples", "sample", "samples", "tutorial", "tutorials", "test", "tests"]
            .iter()
            .any(|part| file.path.split(['/', '\\']).any(|folder| folder == *part))
        && file
            .path
            .split(['/', '\\', '.', '-', '_', ' '])
            .any(|part| WORDS.iter().any(|word| word.eq_ignore_ascii_case(part)))
}

/// Whether a user or a host stands beside a password, in the lines around.
pub(super) fn login_beside(text: &str, region: Region) -> bool {
    const WORDS: &[&str] =
        &["user", "login", "host", "email", "server", "account", "credential", "connect"];
    let before = before(text, region.start, 160);
    let after = head(text.get(region.end..).unwrap_or(""), 120);
    WORDS.iter().any(|word| contains_ignore_case(before, word) || contains_ignore_case(after, word))
}

/// Up to `reach` bytes of text before `at`.
fn before(text: &str, at: usize, reach: usize) -> &str {
    let end = at.min(text.len());
    let mut start = end.saturating_sub(reach);
    while !text.is_char_boundary(start) {
        start += 1;
    }
    text.get(start..end).unwrap_or("")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_tell_what_they_hold() {
        for path in [
            "src/locales/en/common.json",
            "config/locales/de.yml",
            "lang/pt_BR.json",
            "app/messages_fr.properties",
            "i18n.ts",
            "res/values/strings.xml",
            "de.po",
        ] {
            assert!(Place::of(path).translation, "{path}");
        }
        for path in
            ["src/app.ts", "config/db.json", "settings.yml", "db.yml", "application.properties"]
        {
            assert!(!Place::of(path).translation, "{path}");
        }
        assert!(Place::of("src/aes/vectors.rs").cryptography);
        assert!(Place::of("packages/secretlint/rules.ts").detector);
        assert!(Place::of("benches/login.rs").play);
        assert!(!Place::of("src/login.rs").play);
    }

    #[test]
    fn files_among_tests_are_tests_whatever_their_names_say() {
        for path in [
            "tests/data/sample-key.pem",
            "src/jwt/tests.rs",
            "t/unit/security/keys.py",
            "src/storage/conformance/account.json",
            "test/keys/example-com.key.pem",
        ] {
            assert!(is_among_tests(path), "{path}");
        }
        for path in ["src/contest/keys.py", "t/deploy.py", "unit/keys.py", "src/test-drive.ts"] {
            assert!(!is_among_tests(path), "{path}");
        }
    }
}
