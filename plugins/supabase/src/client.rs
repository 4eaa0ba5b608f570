//! What reaches browsers: variables by their prefix, modules by what they are.

/// A framework that puts variables with a prefix into what it sends to browsers.
const PREFIXES: &[(&str, &str)] = &[
    ("NEXT_PUBLIC_", "Next.js"),
    ("VITE_", "Vite"),
    ("REACT_APP_", "Create React App"),
    ("EXPO_PUBLIC_", "Expo"),
    ("NUXT_PUBLIC_", "Nuxt"),
    ("GATSBY_", "Gatsby"),
    ("VUE_APP_", "Vue CLI"),
    ("NG_APP_", "Angular"),
    ("PLASMO_PUBLIC_", "Plasmo"),
    ("RSBUILD_PUBLIC_", "Rsbuild"),
    ("STORYBOOK_", "Storybook"),
    ("PUBLIC_", "SvelteKit and Astro"),
];

/// The prefix that makes a variable public, and whose it is.
pub(crate) fn public_prefix(name: &str) -> Option<(&'static str, &'static str)> {
    PREFIXES
        .iter()
        .find(|(prefix, _)| name.len() > prefix.len() && name.starts_with(prefix))
        .copied()
}

/// Whether a variable is called after a key that no browser may have.
pub(crate) fn names_secret_key(name: &str) -> bool {
    name.contains("SERVICE_ROLE")
        || (name.contains("SUPABASE")
            && (name.contains("SERVICE_KEY") || name.contains("SECRET_KEY")))
}

/// What a package builds, by the packages it depends on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Builds {
    /// Nothing but code for browsers and apps.
    Client(&'static str),
    /// Code for servers too, or something unknown.
    Mixed,
}

/// Packages that build nothing but what users download.
const CLIENT_BUILDERS: &[&str] =
    &["vite", "react-scripts", "expo", "react-native", "@vue/cli-service", "@angular/core"];

/// Packages that make a project run on a server as well.
const SERVERS: &[&str] = &[
    "next",
    "nuxt",
    "nuxt3",
    "@sveltejs/kit",
    "astro",
    "@remix-run/node",
    "@remix-run/react",
    "@remix-run/cloudflare",
    "@react-router/node",
    "@react-router/serve",
    "@tanstack/react-start",
    "@tanstack/start",
    "@solidjs/start",
    "@builder.io/qwik-city",
    "vike",
    "vite-plugin-ssr",
    "express",
    "fastify",
    "koa",
    "hono",
    "@nestjs/core",
    "@hapi/hapi",
    "@angular/ssr",
    "electron",
    "@nuxt/kit",
    "vinxi",
    "nitropack",
    "vite-node",
    "@hono/node-server",
    "elysia",
    "polka",
];

/// What a package with these direct dependencies builds.
pub(crate) fn builds<'d>(dependencies: impl Iterator<Item = &'d str> + Clone) -> Builds {
    if dependencies.clone().any(|name| SERVERS.contains(&name)) {
        return Builds::Mixed;
    }
    let builder = dependencies
        .clone()
        .find_map(|name| CLIENT_BUILDERS.iter().find(|builder| **builder == name));
    builder.map_or(Builds::Mixed, |builder| Builds::Client(builder))
}

/// Directories of code that users never download.
const SERVER_DIRECTORIES: &[&str] = &[
    "api",
    "server",
    "servers",
    "functions",
    "scripts",
    "backend",
    "migrations",
    "cron",
    "workers",
    "worker",
    "lambda",
    "lambdas",
    "cli",
    "tools",
    "bin",
    "supabase",
    "netlify",
    "edge-functions",
    "jobs",
    "seeds",
    "seed",
    "e2e",
    "tests",
    "test",
    "__tests__",
    ".github",
    "node_modules",
    "actions",
    "trigger",
    "inngest",
];

/// Why a module reaches browsers: a phrase to follow "because". `None` where that
/// is not certain.
pub(crate) fn why_client(path: &str, text: &str, builds: Builds) -> Option<String> {
    let lower = path.to_ascii_lowercase();
    let (folders, file) = lower.rsplit_once('/').unwrap_or(("", &lower));
    let folders: Vec<&str> = folders.split('/').collect();
    let extension = file.rsplit_once('.').map_or("", |(_, extension)| extension);
    let script = matches!(extension, "ts" | "tsx" | "js" | "jsx" | "mjs" | "cjs");
    if !script && !matches!(extension, "vue" | "svelte" | "html" | "htm") {
        return None;
    }
    if script && (directive(text, "use client") || directive(text, "use client;")) {
        return Some("it says \"use client\"".to_owned());
    }
    let server = folders.iter().any(|folder| SERVER_DIRECTORIES.contains(folder))
        || file.contains(".server.")
        || file.contains(".config.")
        || file.contains(".test.")
        || file.contains(".spec.")
        || file.contains(".stories.")
        || file.starts_with("+server.")
        || file.starts_with("+page.server.")
        || file.starts_with("+layout.server.")
        || file.starts_with("middleware.")
        || file.starts_with("server.")
        || directive(text, "use server")
        || text.contains("server-only")
        || text.starts_with("#!");
    if server {
        return None;
    }
    match extension {
        "vue" => return Some("components of Vue run in browsers".to_owned()),
        "svelte" => return Some("components of Svelte run in browsers".to_owned()),
        "html" | "htm" => return Some("it is a page".to_owned()),
        _ => {}
    }
    let served = folders.iter().find(|folder| matches!(**folder, "public" | "static"));
    if let Some(folder) = served
        && matches!(extension, "js" | "mjs")
    {
        return Some(format!("everything in `{folder}/` is served as it is"));
    }
    match builds {
        Builds::Client(builder)
            if folders.iter().any(|f| {
                matches!(*f, "src" | "app" | "components" | "lib" | "screens" | "hooks" | "utils")
            }) =>
        {
            Some(format!("its package builds with `{builder}` and for nothing but clients"))
        }
        _ => None,
    }
}

/// Whether the module begins with a directive, behind comments.
fn directive(text: &str, wanted: &str) -> bool {
    let mut rest = text.trim_start_matches('\u{feff}').trim_start();
    loop {
        if let Some(comment) = rest.strip_prefix("//") {
            rest = comment.split_once('\n').map_or("", |(_, rest)| rest).trim_start();
        } else if let Some(comment) = rest.strip_prefix("/*") {
            rest = comment.split_once("*/").map_or("", |(_, rest)| rest).trim_start();
        } else {
            break;
        }
    }
    ['"', '\''].iter().any(|quote| {
        rest.strip_prefix(*quote)
            .and_then(|rest| rest.strip_prefix(wanted))
            .is_some_and(|rest| rest.starts_with(*quote))
    })
}

/// A place in code that reads a public variable called after a secret key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Read {
    /// The bytes of the name.
    pub(crate) range: std::ops::Range<usize>,
    /// The name.
    pub(crate) name: String,
    /// The framework whose prefix it has.
    pub(crate) framework: &'static str,
}

/// Places that read such a variable: `process.env.X`, `process.env['X']`,
/// `import.meta.env.X`, `Deno.env.get('X')`.
pub(crate) fn reads(text: &str) -> Vec<Read> {
    let mut found: Vec<Read> = Vec::new();
    for marker in ["SERVICE_ROLE", "SERVICE_KEY", "SECRET_KEY"] {
        for (at, _) in text.match_indices(marker) {
            let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_';
            let start = text[..at].rfind(|c| !is_part(c)).map_or(0, |before| {
                before + text[before..].chars().next().map_or(1, char::len_utf8)
            });
            let end = at + text[at..].find(|c| !is_part(c)).unwrap_or(text.len() - at);
            let name = &text[start..end];
            let Some((_, framework)) = public_prefix(name) else { continue };
            let range = start..end;
            if names_secret_key(name)
                && !found.iter().any(|read| read.range == range)
                && is_read(&text[..start])
            {
                found.push(Read { range, name: name.to_owned(), framework });
            }
        }
    }
    found.sort_by_key(|read| read.range.start);
    found
}

/// Whether what stands before a name reads it from the environment, and not in a
/// comment.
fn is_read(before: &str) -> bool {
    let line = before.rsplit('\n').next().unwrap_or("").trim_start();
    if line.starts_with("//")
        || line.starts_with('*')
        || line.starts_with("/*")
        || line.starts_with('#')
    {
        return false;
    }
    let before = before.trim_end_matches(['"', '\'', '`', '[', '(', ' ']);
    let before = before.strip_suffix('.').or_else(|| before.strip_suffix("?.")).unwrap_or(before);
    ["process.env", "import.meta.env", "env.get", "useRuntimeConfig().public"]
        .iter()
        .any(|source| before.ends_with(source))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prefixes_make_variables_public() {
        assert_eq!(public_prefix("VITE_KEY").map(|found| found.1), Some("Vite"));
        assert_eq!(public_prefix("NEXT_PUBLIC_KEY").map(|found| found.0), Some("NEXT_PUBLIC_"));
        assert_eq!(public_prefix("SUPABASE_KEY"), None);
        assert_eq!(public_prefix("VITE_"), None);
        assert_eq!(public_prefix("INVITE_KEY"), None);
    }

    #[test]
    fn modules_are_clients_when_nothing_else_is_possible() {
        let vite = Builds::Client("vite");
        let cases = [
            ("app/page.tsx", "'use client'\nimport x", Builds::Mixed, true),
            ("app/page.tsx", "// a\n/* b */ \"use client\";", Builds::Mixed, true),
            ("app/page.tsx", "import x // 'use client'", Builds::Mixed, false),
            ("app/page.tsx", "export default () => 'use client'", Builds::Mixed, false),
            ("src/lib/supabase.ts", "", vite, true),
            ("web/src/lib/supabase.ts", "", vite, true),
            ("src/lib/supabase.ts", "", Builds::Mixed, false),
            ("vite.config.ts", "", vite, false),
            ("src/api/admin.ts", "", vite, false),
            ("scripts/seed.ts", "", vite, false),
            ("supabase/functions/x/index.ts", "", vite, false),
            ("src/admin.server.ts", "", vite, false),
            ("src/x.test.ts", "", vite, false),
            ("src/lib/admin.ts", "import 'server-only'", vite, false),
            ("components/Login.vue", "", Builds::Mixed, true),
            ("src/routes/+page.svelte", "", Builds::Mixed, true),
            ("src/routes/+page.server.ts", "", vite, false),
            ("server/api/x.vue", "", Builds::Mixed, false),
            ("index.html", "", Builds::Mixed, true),
            ("public/config.js", "", Builds::Mixed, true),
            ("src/main.py", "", vite, false),
        ];
        for (path, text, builds, expected) in cases {
            assert_eq!(why_client(path, text, builds).is_some(), expected, "{path} {text}");
        }
    }

    #[test]
    fn a_package_with_a_server_builds_for_both() {
        assert_eq!(builds(["vite", "react"].into_iter()), Builds::Client("vite"));
        assert_eq!(builds(["vite", "express"].into_iter()), Builds::Mixed);
        assert_eq!(builds(["vite", "@sveltejs/kit"].into_iter()), Builds::Mixed);
        assert_eq!(builds(["zod"].into_iter()), Builds::Mixed);
    }

    #[test]
    fn reads_of_public_variables_called_after_a_secret_key() {
        let cases = [
            ("x(process.env.NEXT_PUBLIC_SUPABASE_SERVICE_ROLE_KEY!)", 1),
            ("import.meta.env.VITE_SUPABASE_SERVICE_KEY", 1),
            ("process.env[\"EXPO_PUBLIC_SUPABASE_SECRET_KEY\"]", 1),
            ("process.env.SUPABASE_SERVICE_ROLE_KEY", 0),
            ("process.env.NEXT_PUBLIC_SUPABASE_ANON_KEY", 0),
            ("process.env.NEXT_PUBLIC_STRIPE_SECRET_KEY", 0),
            ("// never process.env.NEXT_PUBLIC_SUPABASE_SERVICE_ROLE_KEY", 0),
            (" * process.env.NEXT_PUBLIC_SUPABASE_SERVICE_ROLE_KEY", 0),
            ("if (name === 'NEXT_PUBLIC_SUPABASE_SERVICE_ROLE_KEY')", 0),
            ("delete env.NEXT_PUBLIC_SUPABASE_SERVICE_ROLE_KEY", 0),
        ];
        for (text, expected) in cases {
            assert_eq!(reads(text).len(), expected, "{text}");
        }
    }
}
