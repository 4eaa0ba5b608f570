//! What package managers are asked to install, wherever they are called: in images and
//! in pipelines.

/// What a package manager is asked to install.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Install {
    /// `npm`, `yarn`, `pnpm` or `bun`.
    pub(crate) manager: &'static str,
    /// Whether it takes what the lockfile says, or fails.
    pub(crate) frozen: bool,
    /// Whether packages are named, so that it adds something.
    pub(crate) adds: bool,
    /// Whether development dependencies stay out.
    pub(crate) production: bool,
}

/// Flags that take the next word.
const WITH_VALUE: &[&str] = &[
    "--prefix",
    "-C",
    "--registry",
    "--cache",
    "--workspace",
    "-w",
    "--loglevel",
    "--userconfig",
    "--omit",
    "--include",
    "--only",
    "--network-timeout",
    "--mutex",
    "--cache-folder",
    "--modules-folder",
    "--cwd",
    "--filter",
    "-F",
    "--dir",
    "--store-dir",
    "--reporter",
    "--fetch-timeout",
    "--fetch-retries",
    "--maxsockets",
    "--network-concurrency",
    "--cpu",
    "--os",
    "--libc",
    "--scripts-prepend-node-path",
];

/// What a program with these arguments installs; `None` when it installs no project's
/// dependencies. `production` tells whether `NODE_ENV` says so.
pub(crate) fn install<'w>(
    program: &str,
    arguments: impl Iterator<Item = &'w str>,
    production: bool,
) -> Option<Install> {
    let manager = match program {
        "npm" => "npm",
        "yarn" | "yarnpkg" => "yarn",
        "pnpm" => "pnpm",
        "bun" => "bun",
        _ => return None,
    };
    let mut flags: Vec<(&str, &str)> = Vec::new();
    let mut words: Vec<&str> = Vec::new();
    let mut arguments = arguments;
    while let Some(word) = arguments.next() {
        match word.split_once('=') {
            Some((flag, value)) if flag.starts_with('-') => flags.push((flag, value)),
            _ if WITH_VALUE.contains(&word) => flags.push((word, arguments.next().unwrap_or(""))),
            _ if word.starts_with('-') => flags.push((word, "")),
            _ => words.push(word),
        }
    }
    let has = |names: &[&str]| {
        flags.iter().any(|(flag, value)| names.contains(flag) && *value != "false")
    };
    let is = |name: &str, values: &[&str]| {
        flags.iter().any(|(flag, value)| *flag == name && values.contains(value))
    };
    let subcommand = words.first().copied();
    let clean = matches!(subcommand, Some("ci" | "clean-install")) && manager != "yarn";
    let asks = match manager {
        "yarn" => matches!(subcommand, None | Some("install")),
        _ => clean || matches!(subcommand, Some("install" | "i")),
    };
    if !asks
        || has(&[
            "-g",
            "--global",
            "--location",
            "--version",
            "-v",
            "--help",
            "--package-lock-only",
            "--dry-run",
        ])
    {
        return None;
    }
    let kept =
        is("--include", &["dev"]) || is("--production", &["false"]) || is("--prod", &["false"]);
    let omitted = is("--omit", &["dev"])
        || is("--only", &["prod", "production"])
        || has(&["--production", "--prod", "-P", "--only-production"]);
    let frozen = clean
        || has(&[
            "--frozen-lockfile",
            "--immutable",
            "--pure-lockfile",
            "--ci",
            "--offline",
            "--immutable-cache",
        ]);
    Some(Install {
        manager,
        frozen,
        adds: words.len() > 1,
        production: !kept && (omitted || (production && !is("--omit", &[""]))),
    })
}

#[cfg(test)]
mod tests {
    use crate::dockerfile::shell::split;

    #[test]
    fn installs_are_understood() {
        type Want = Option<(&'static str, bool, bool, bool)>;
        let cases: &[(&str, Want)] = &[
            ("npm install", Some(("npm", false, false, false))),
            ("npm i --no-audit", Some(("npm", false, false, false))),
            ("npm install express", Some(("npm", false, true, false))),
            ("npm install -g pnpm", None),
            ("npm install --prefix web", Some(("npm", false, false, false))),
            ("npm --prefix web ci", Some(("npm", true, false, false))),
            ("npm ci --omit=dev", Some(("npm", true, false, true))),
            ("npm ci --omit dev", Some(("npm", true, false, true))),
            ("npm ci --only=production", Some(("npm", true, false, true))),
            ("npm install --production", Some(("npm", false, false, true))),
            ("npm install --production=false", Some(("npm", false, false, false))),
            ("NODE_ENV=production npm ci", Some(("npm", true, false, true))),
            ("npm ci --include=dev", Some(("npm", true, false, false))),
            ("yarn", Some(("yarn", false, false, false))),
            ("yarn --frozen-lockfile", Some(("yarn", true, false, false))),
            ("yarn install --immutable", Some(("yarn", true, false, false))),
            ("yarn build", None),
            ("pnpm i --frozen-lockfile --prod", Some(("pnpm", true, false, true))),
            ("npm run build", None),
            ("npm install > log", Some(("npm", false, false, false))),
            ("apt-get install x", None),
        ];
        for (text, want) in cases {
            let found = split(text)[0].install(false);
            let found = found.map(|it| (it.manager, it.frozen, it.adds, it.production));
            assert_eq!(found, *want, "{text}");
        }
    }
}
