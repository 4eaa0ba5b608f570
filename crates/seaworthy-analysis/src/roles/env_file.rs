//! Names of env files, in every order of words that people use.

use super::path::{Environment, environment_word};

/// What the name of an env file says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EnvFileName {
    /// Whether it is meant to be copied and filled in: `.env.example`.
    pub template: bool,
    /// The environment it is for.
    pub environment: Environment,
    /// Whether it is for one machine only: `.env.local`.
    pub local: bool,
    /// Whether the values are encrypted: `.env.vault`.
    pub encrypted: bool,
    /// The other words: a service, a host, a platform.
    pub middle: Vec<String>,
}

/// Words that make a file a template.
pub(super) const TEMPLATE_WORDS: &[&str] = &[
    "example",
    "examples",
    "sample",
    "samples",
    "template",
    "templates",
    "dist",
    "default",
    "defaults",
    "tpl",
    "tmpl",
    "skel",
    "skeleton",
    "exemple",
    "ejemplo",
    "exemplo",
    "beispiel",
    "muster",
    "esempio",
    "blank",
    "stub",
];

/// Extensions under which `X.env.EXT` or `env.EXT` is program text or data.
const OTHER_FORMATS: &[&str] = &[
    "ts", "js", "mjs", "cjs", "mts", "cts", "tsx", "jsx", "py", "rb", "go", "rs", "php", "java",
    "kt", "cs", "json", "jsonc", "yaml", "yml", "toml", "md", "mdx", "txt", "html", "sh", "bash",
    "zsh", "fish", "ps1", "bat", "cmd", "lua", "ex", "exs", "dart", "swift", "vue", "svelte", "tf",
    "hcl", "nix", "gpg", "asc", "age", "enc", "j2", "erb", "ejs", "hbs", "mustache", "lock", "log",
    "png", "svg", "snap", "map", "cfg", "conf", "ini", "xml", "css", "scss", "sql", "c", "h",
    "cpp",
];

/// Reads the name of an env file; `None` when the name (without directory) is
/// none.
///
/// Env files are named around the word `env`: `.env`, `.env.production`,
/// `env.example`, `api.env`, `.env.docker.example`, `api.env.sample`,
/// `.env-prod`, `.env_staging`, `env.staging.example`. A bare `env` and
/// directories are not told apart here. `.envrc` is a shell script and
/// `environment.ts` is code.
#[must_use]
pub fn is_env_file_name(name: &str) -> Option<EnvFileName> {
    // Of tens of thousands of names hardly any has the word.
    let has_word = name.as_bytes().windows(3).any(|three| three.eq_ignore_ascii_case(b"env"));
    if name.len() > 128 || !has_word {
        return None;
    }
    let lower = name.to_ascii_lowercase();
    let hidden = lower.starts_with('.');
    let body = lower.strip_prefix('.').unwrap_or(&lower);
    let words: Vec<&str> =
        body.split(['.', '-', '_', ' ']).filter(|word| !word.is_empty()).collect();
    let dotted: Vec<&str> = body.split('.').collect();
    let position = words.iter().position(|word| *word == "env")?;
    // `my-env.txt`, `load_env.example`: the word has to be a dotted part, or
    // the hidden file's first word.
    let is_part = dotted.contains(&"env")
        || (hidden && position == 0)
        || (position == 0 && words.len() > 1 && words.iter().any(|w| TEMPLATE_WORDS.contains(w)));
    let last = *dotted.last()?;
    if !is_part || (OTHER_FORMATS.contains(&last) && words.len() > 1) {
        return None;
    }
    let mut found = EnvFileName {
        template: false,
        environment: Environment::Unspecified,
        local: false,
        encrypted: false,
        middle: Vec::new(),
    };
    for (index, word) in words.iter().enumerate() {
        if index == position {
            continue;
        }
        if TEMPLATE_WORDS.contains(word) {
            found.template = true;
        } else if *word == "vault" && hidden && words.len() == 2 {
            found.encrypted = true;
        } else if *word == "local" {
            found.local = true;
        } else if let Some(environment) = environment_word(word) {
            found.environment = environment;
        } else {
            found.middle.push((*word).to_owned());
        }
    }
    if !found.template && !hidden && words.len() == 1 {
        // A bare `env` is more often a folder or a program than a file.
        return None;
    }
    if !hidden && !found.template && last != "env" && position != 0 {
        return None;
    }
    if found.local && found.environment == Environment::Unspecified {
        found.environment = Environment::Local;
    }
    Some(found)
}

/// The path that a template is copied to: `.env.example` gives `.env`,
/// `env.production.example` gives `.env.production`, `api.env.sample` gives
/// `api.env`. `None` when the path is no template of an env file.
#[must_use]
pub fn template_target(path: &str) -> Option<String> {
    let (directory, name) = match path.rfind('/') {
        Some(at) => path.split_at(at + 1),
        None => ("", path),
    };
    let described = is_env_file_name(name)?;
    if !described.template {
        return None;
    }
    let mut target = String::with_capacity(name.len());
    let mut rest = name;
    // Words go out with the separator before them, so the others keep theirs.
    let mut separator = "";
    while !rest.is_empty() {
        let end = rest.find(['.', '-', '_', ' ']).unwrap_or(rest.len());
        let (word, after) = rest.split_at(end);
        if !TEMPLATE_WORDS.contains(&word.to_ascii_lowercase().as_str()) {
            target.push_str(separator);
            target.push_str(word);
        }
        separator = after.get(..1).unwrap_or("");
        rest = after.get(1..).unwrap_or("");
    }
    let trimmed = target.trim_start_matches(['-', '_', ' ']);
    // `example.env` leaves `.env`, and `env.production` is read as hidden.
    let lower = trimmed.to_ascii_lowercase();
    let target = if lower == "env" || lower.starts_with("env.") {
        format!(".{trimmed}")
    } else {
        trimmed.to_owned()
    };
    Some(format!("{directory}{target}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use Environment::*;

    #[test]
    fn env_file_names_are_read_in_any_order_of_words() {
        // name, template, environment, local, middle
        let cases = [
            (".env", false, Unspecified, false, ""),
            (".env.production", false, Production, false, ""),
            (".env.prod", false, Production, false, ""),
            (".env.local", false, Local, true, ""),
            (".env.production.local", false, Production, true, ""),
            (".env.example", true, Unspecified, false, ""),
            (".env.production.example", true, Production, false, ""),
            (".env.example.production", true, Production, false, ""),
            ("env.example", true, Unspecified, false, ""),
            ("env.staging.example", true, Staging, false, ""),
            ("env.production 2.example", true, Production, false, "2"),
            ("api.env", false, Unspecified, false, "api"),
            ("api.env.sample", true, Unspecified, false, "api"),
            (".docker.env", false, Unspecified, false, "docker"),
            (".env.docker.example", true, Unspecified, false, "docker"),
            (".env-staging", false, Staging, false, ""),
            (".env_test", false, Test, false, ""),
            (".env.ci", false, Ci, false, ""),
            ("example.env", true, Unspecified, false, ""),
            ("prod.env", false, Production, false, ""),
            (".env.production.pi.example", true, Production, false, "pi"),
            (".ENV.Sample", true, Unspecified, false, ""),
        ];
        for (name, template, environment, local, middle) in cases {
            let found = is_env_file_name(name).unwrap_or_else(|| panic!("{name} is one"));
            assert_eq!(
                (found.template, found.environment, found.local, found.middle.join(" ").as_str()),
                (template, environment, local, middle),
                "{name}"
            );
        }
        assert!(is_env_file_name(".env.vault").is_some_and(|found| found.encrypted));
    }

    #[test]
    fn other_names_are_no_env_files() {
        for name in [
            ".envrc",
            "environment.ts",
            "env.ts",
            "env.d.ts",
            "env.json",
            "next-env.d.ts",
            "env",
            "load-env.js",
            "my_env_file",
            ".env.md",
            "envoy.yaml",
            "dotenv",
            ".environment",
            "",
            "use-env.example.tsx",
            ".env.gpg",
        ] {
            assert_eq!(is_env_file_name(name), None, "{name}");
        }
    }

    #[test]
    fn templates_know_what_they_are_copied_to() {
        let cases = [
            (".env.example", Some(".env")),
            ("apps/web/.env.production.example", Some("apps/web/.env.production")),
            ("env.example", Some(".env")),
            ("env.staging.example", Some(".env.staging")),
            ("api.env.sample", Some("api.env")),
            ("example.env", Some(".env")),
            (".env-example", Some(".env")),
            (".env.example.local", Some(".env.local")),
            (".env.docker.dist", Some(".env.docker")),
            (".env", None),
            ("README.example", None),
        ];
        for (path, want) in cases {
            assert_eq!(template_target(path).as_deref(), want, "{path}");
        }
    }
}
