//! `bundled-config-secret`

use seaworthy_analysis::names::{SecretKind, is_public_by_design, secret_kind};
use seaworthy_analysis::roles::Role;
use seaworthy_analysis::values::{ValueClass, ValueContext, classify};
use seaworthy_analysis::{Check, Context, NativeRule, TextRule};
use seaworthy_model::{Group, Precision, Region, Rule, Severity, split_last};

use super::printed::is_secret;
use super::program_text::{Grammar, Kind, Token, bracketed, is_quoted_line};

pub(crate) static RULE: NativeRule = NativeRule {
    rule: Rule {
        id: "bundled-config-secret",
        group: Group::Secrets,
        summary: "secret that the build puts into code for browsers",
        help: include_str!("bundled_config_secret.md"),
        severity: Severity::High,
        precision: Precision::High,
        cwe: &[200, 540],
        ..Rule::DEFAULT
    },
    check: Check::Text(TextRule { paths, check }),
};

/// The tools whose configuration can put values into the bundle.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Tool {
    Next,
    Nuxt,
    Vite,
    Webpack,
}

fn tool(path: &str) -> Option<Tool> {
    let name = split_last(path, b'/').map_or(path, |(_, name)| name);
    let (stem, extension) = split_last(name, b'.')?;
    if !matches!(extension, "js" | "mjs" | "cjs" | "ts" | "mts" | "cts") {
        return None;
    }
    Some(match stem {
        "next.config" => Tool::Next,
        "nuxt.config" => Tool::Nuxt,
        "vite.config" | "astro.config" | "svelte.config" | "electron.vite.config" => Tool::Vite,
        "config-overrides" | "craco.config" | "vue.config" | "rspack.config" => Tool::Webpack,
        _ if stem.starts_with("vite.config.") => Tool::Vite,
        _ if stem.starts_with("webpack") => Tool::Webpack,
        _ => return None,
    })
}

/// Where a tool takes values for the bundle from: what stands before the bracket.
const fn places(tool: Tool) -> &'static [(&'static str, &'static str)] {
    const PLUGINS: &[(&str, &str)] =
        &[("DefinePlugin(", "DefinePlugin"), ("EnvironmentPlugin(", "EnvironmentPlugin")];
    match tool {
        Tool::Next => &[
            ("env:", "The env of next.config"),
            ("publicRuntimeConfig:", "The publicRuntimeConfig of next.config"),
            ("DefinePlugin(", "DefinePlugin"),
            ("EnvironmentPlugin(", "EnvironmentPlugin"),
        ],
        Tool::Nuxt => &[
            ("public:", "The runtimeConfig.public of nuxt.config"),
            ("publicRuntimeConfig:", "The publicRuntimeConfig of nuxt.config"),
            ("define:", "The define of the Vite configuration"),
        ],
        Tool::Vite => &[("define:", "The define of the Vite configuration")],
        Tool::Webpack => PLUGINS,
    }
}

fn paths(path: &str) -> bool {
    tool(path).is_some()
}

/// How far such an object reaches, in bytes.
const WINDOW: usize = 16 << 10;

/// How many such objects a file may have.
const MAX_OBJECTS: usize = 50;

fn check(text: &str, cx: &mut Context<'_>) {
    let Some(tool) = tool(cx.path().as_str()) else { return };
    if matches!(cx.role().role, Role::Test | Role::Docs | Role::Vendored | Role::Template) {
        return;
    }
    for (word, place) in places(tool) {
        for (at, _) in text.match_indices(word).take(MAX_OBJECTS) {
            let before = at.checked_sub(1).map_or(b' ', |before| text.as_bytes()[before]);
            if before.is_ascii_alphanumeric()
                || before == b'_'
                || is_quoted_line(text, at, Grammar::Script)
            {
                continue;
            }
            let after = at + word.len();
            let gap = text[after..].len() - text[after..].trim_start().len();
            let open = after + gap;
            if !matches!(text.as_bytes().get(open), Some(b'{' | b'[')) {
                continue;
            }
            let Some((tokens, _)) = bracketed(text, open, WINDOW, Grammar::Script) else {
                continue;
            };
            object(&tokens, place, cx);
        }
    }
}

/// The properties of an object, or the names of an array.
fn object(tokens: &[Token<'_>], place: &str, cx: &mut Context<'_>) {
    let mut depth = 0_usize;
    let mut start = 0;
    for index in 0..=tokens.len() {
        let token = tokens.get(index);
        if let Some(token) = token.filter(|token| token.kind == Kind::Sign) {
            match token.text {
                "{" | "[" | "(" => depth += 1,
                "}" | "]" | ")" => depth = depth.saturating_sub(1),
                _ => {}
            }
        }
        if token.is_none_or(|token| depth == 0 && token.is(",")) {
            property(&tokens[start..index], place, cx);
            start = index + 1;
        }
    }
}

fn property(tokens: &[Token<'_>], place: &str, cx: &mut Context<'_>) {
    let Some(first) = tokens.first() else { return };
    if first.is("...") {
        // `...process.env`
        if let [_, process, dot, env] = tokens
            && process.is_word("process")
            && dot.is(".")
            && env.is_word("env")
        {
            report_all(Region::new(process.start, env.end()), place, cx);
        }
        return;
    }
    if !matches!(first.kind, Kind::Word | Kind::Text) {
        return;
    }
    let value = match tokens {
        [_, colon, value @ ..] if colon.is(":") => value,
        [_] => &[],
        _ => return,
    };
    if is_whole_environment(value) {
        return report_all(Region::new(first.start, first.end()), place, cx);
    }
    let key = name_of(first.text);
    let value = told(value);
    let source = source(value);
    let name = if is_secret(key) {
        key
    } else if let Some(source) = source.filter(|source| is_secret(source)) {
        source
    } else {
        return;
    };
    let literal = match value {
        [only] if only.kind == Kind::Text => Some(only),
        _ => None,
    };
    if tokens.len() > 1 && literal.is_none() && source.is_none() {
        // A truth value, a call, a nested object: not the secret itself.
        return;
    }
    if let Some(literal) = literal {
        let context = ValueContext { key: name, ..ValueContext::default() };
        if !matches!(classify(literal.text, &context), ValueClass::Real | ValueClass::Weak(_)) {
            return;
        }
    }
    let surely = !matches!(secret_kind(name), Some(SecretKind::ApiKey | SecretKind::Token))
        || ["secret", "private", "service", "admin", "server"]
            .iter()
            .any(|word| name.to_ascii_lowercase().contains(word));
    let severity = if surely { Severity::High } else { Severity::Medium };
    let draft = cx.report(
        Region::new(first.start, first.end()),
        format!(
            "{place} puts {name} into the code for browsers. The build replaces the name by the \
             value, which every visitor can read in the JavaScript. Read the variable in server \
             code, where it needs no such entry."
        ),
    );
    draft.severity(severity).evidence(name);
    if let Some(literal) = literal {
        draft.sensitive(Region::new(literal.start, literal.end()));
    }
}

fn report_all(region: Region, place: &str, cx: &mut Context<'_>) {
    cx.report(
        region,
        format!(
            "{place} puts the whole environment of the build into the code for browsers. Every \
             secret that the machine has when it builds is in the JavaScript. Name the few \
             variables that the client needs."
        ),
    )
    .evidence("process.env");
}

/// `process.env.API_SECRET` and `__API_SECRET__` stand for `API_SECRET`.
fn name_of(key: &str) -> &str {
    key.rsplit('.').next().unwrap_or(key).trim_matches('_')
}

/// `process.env` by itself, or as JSON.
fn is_whole_environment(value: &[Token<'_>]) -> bool {
    let words: Vec<&str> = value.iter().map(|token| token.text).collect();
    matches!(
        words.as_slice(),
        ["process", ".", "env"] | ["JSON", ".", "stringify", "(", "process", ".", "env", ")"]
    )
}

/// The part of a value that decides what is put in: a truth value tells nothing, of a
/// choice the alternatives count.
fn told<'s, 't>(value: &'s [Token<'t>]) -> &'s [Token<'t>] {
    let about = value
        .iter()
        .take(3)
        .any(|token| token.is("!") || token.is_word("Boolean") || token.is_word("typeof"));
    if about {
        return &[];
    }
    match value.iter().position(|token| token.is("?")) {
        Some(at) => &value[at + 1..],
        None => value,
    }
}

/// The variable that a value comes from.
fn source<'t>(value: &[Token<'t>]) -> Option<&'t str> {
    let nested = value.first().is_some_and(|token| token.is("{") || token.is("["));
    if nested {
        return None;
    }
    value.windows(3).find_map(|window| {
        let [object, sign, name] = window else { return None };
        let of_env =
            object.is_word("env") || object.text.ends_with("Env") || object.is_word("environment");
        let member = sign.is(".") && name.kind == Kind::Word;
        let index = sign.is("[") && name.kind == Kind::Text;
        (of_env && (member || index)).then_some(name.text).filter(|name| !is_public_by_design(name))
    })
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use seaworthy_testkit::check;

    #[test]
    fn flags_secrets_in_the_configuration_of_next() {
        check(
            &RULE,
            "web/next.config.mjs",
            "
export default {
  env: {
    JWT_SECRET: process.env.JWT_SECRET,
    ^^^^^^^^^^ [high] The env of next.config puts JWT_SECRET into the code for browsers
    db: process.env.DATABASE_URL || '',
    ^^ [high] puts DATABASE_URL into the code
    API_KEY: process.env['SEARCH_API_KEY'],
    ^^^^^^^ [medium] API_KEY
    ADMIN_PASSWORD: 'vR7kQ2mX9wL4zTb8',
    ^^^^^^^^^^^^^^ [high] ADMIN_PASSWORD
  },
  publicRuntimeConfig: { sessionSecret: env.SESSION_SECRET },
                         ^^^^^^^^^^^^^ [high] The publicRuntimeConfig of next.config
};
",
        );
    }

    #[test]
    fn flags_secrets_that_vite_and_webpack_define() {
        check(
            &RULE,
            "vite.config.ts",
            "
export default defineConfig(({ mode }) => ({
  define: {
    'process.env.STRIPE_SECRET_KEY': JSON.stringify(env.STRIPE_SECRET_KEY),
     ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ [high] puts STRIPE_SECRET_KEY
    __DB_PASSWORD__: JSON.stringify(process.env.DB_PASSWORD),
    ^^^^^^^^^^^^^^^ [high] puts DB_PASSWORD
    'process.env': process.env,
     ^^^^^^^^^^^ [high] puts the whole environment of the build
    ...process.env,
       ^^^^^^^^^^^ [high] puts the whole environment of the build
  },
}));
",
        );
        check(
            &RULE,
            "webpack.prod.js",
            "
module.exports = { plugins: [
  new webpack.DefinePlugin({ TOKEN_SECRET: JSON.stringify(process.env.TOKEN_SECRET) }),
                             ^^^^^^^^^^^^ [high] DefinePlugin puts
  new webpack.EnvironmentPlugin(['NODE_ENV', 'ADMIN_SECRET']),
                                              ^^^^^^^^^^^^ [high] EnvironmentPlugin puts
] };
",
        );
    }

    #[test]
    fn passes_what_clients_may_know() {
        check(
            &RULE,
            "next.config.js",
            "
module.exports = {
  // env: { JWT_SECRET: process.env.JWT_SECRET },
  env: {
    CUSTOM_KEY: process.env.CUSTOM_KEY || 'default-value',
    API_URL: process.env.API_URL,
    STRIPE_PUBLISHABLE_KEY: process.env.STRIPE_PUBLISHABLE_KEY,
    HAS_SECRET: !!process.env.JWT_SECRET,
    AUTH_ENABLED: Boolean(process.env.AUTH_SECRET),
    MODE: process.env.JWT_SECRET ? 'full' : 'demo', /* JWT_SECRET: env.X */
    // SESSION_SECRET: process.env.SESSION_SECRET,
    EMAIL_PASSWORD: 'your-password',
  },
  serverRuntimeConfig: { jwtSecret: process.env.JWT_SECRET },
  webpack(config) { config.plugins.push(new MyEnv({ env: true })) },
};
",
        );
        check(
            &RULE,
            "vite.config.ts",
            "export default { define: { 'process.env': {}, __VERSION__: JSON.stringify(pkg.version) } };\n",
        );
        check(
            &RULE,
            "src/config.ts",
            "export const x = { env: { JWT_SECRET: process.env.JWT_SECRET } };\n",
        );
        check(&RULE, "vite.config.ts", "define: {");
    }
}
