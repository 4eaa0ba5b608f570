//! `npmrc-insecure`

use seaworthy_analysis::roles::{Role, is_vendored};
use seaworthy_analysis::values::{HostKind, host_kind, is_reference, parse_url};
use seaworthy_analysis::{Check, Context, Edit, NativeRule, TextRule};
use seaworthy_model::{Group, Precision, Region, Rule, Severity, split_last};

pub(crate) static RULE: NativeRule = NativeRule {
    rule: Rule {
        id: "npmrc-insecure",
        group: Group::Dependencies,
        summary: "token, unencrypted registry or unchecked certificate in the settings of npm or Yarn",
        help: include_str!("npmrc_insecure.md"),
        severity: Severity::High,
        precision: Precision::VeryHigh,
        cwe: &[295, 319, 798],
        ..Rule::DEFAULT
    },
    check: Check::Text(TextRule { paths, check }),
};

fn paths(path: &str) -> bool {
    let name = split_last(path, b'/').map_or(path, |(_, name)| name);
    matches!(name, ".npmrc" | ".yarnrc" | ".yarnrc.yml")
}

/// The most lines that are read; settings have a dozen.
const MAX_LINES: usize = 2_000;

fn check(text: &str, cx: &mut Context<'_>) {
    let path = cx.path().as_str();
    if is_vendored(path) || cx.role().role == Role::Test {
        return;
    }
    let yaml = path.ends_with(".yml");
    let mut start = 0;
    for line in text.split_inclusive('\n').take(MAX_LINES) {
        if let Some(setting) = Setting::read(line, start, yaml) {
            judge(&setting, Region::new(start, start + line.len()), cx);
        }
        start += line.len();
    }
}

/// A line that gives a name a value.
struct Setting<'t> {
    name: &'t str,
    value: &'t str,
    region: Region,
}

impl<'t> Setting<'t> {
    /// `name=value` of npm, `name value` of Yarn 1, `name: value` of later ones.
    fn read(line: &'t str, start: usize, yaml: bool) -> Option<Self> {
        let body = line.trim_start_matches('\u{feff}').trim();
        if body.starts_with(['#', ';', '[']) {
            return None;
        }
        let (name, value) = if yaml {
            body.split_once(": ")?
        } else {
            body.split_once('=').or_else(|| body.split_once([' ', '\t']))?
        };
        let name = name.trim().trim_matches(['"', '\'']);
        let value = value.trim();
        let value = match yaml {
            true => value.split(" #").next().unwrap_or("").trim_end(),
            false => value,
        };
        let inner = value.trim_matches(['"', '\'']);
        let at = start + (inner.as_ptr() as usize - line.as_ptr() as usize);
        Some(Self { name, value: inner, region: Region::new(at, at + inner.len()) })
    }
}

fn judge(setting: &Setting<'_>, line: Region, cx: &mut Context<'_>) {
    let name = setting.name.strip_prefix("--").unwrap_or(setting.name);
    let off = setting.value.eq_ignore_ascii_case("false");
    if matches!(name, "strict-ssl" | "enableStrictSsl") && off {
        let path = cx.path().clone();
        let message = format!(
            "{name} is off, so the registry's certificate is not checked. Whoever sits between \
             this machine and the registry can hand out packages of their own and read the token. \
             Remove the line; for a certificate of the company's own, set cafile."
        );
        cx.report(setting.region, message)
            .evidence(name)
            .fix(Edit::risky("Check certificates again").remove(&path, line));
    } else if name == "legacy-peer-deps" && setting.value.eq_ignore_ascii_case("true") {
        let message = "legacy-peer-deps is on, so npm installs versions that packages say they do \
                       not work with. It hides conflicts rather than solving them; use overrides \
                       for the packages concerned.";
        cx.report(setting.region, message).severity(Severity::Info).evidence(name);
    } else if is_registry(name) {
        registry(setting, name, cx);
    } else if name == "unsafeHttpWhitelist" && setting.value.contains('*') {
        let message = "unsafeHttpWhitelist lets Yarn fetch packages without encryption. Whoever \
                       sits between can replace them; name the few hosts that need it, or none.";
        cx.report(setting.region, message).severity(Severity::Medium).evidence(name);
    }
}

/// `registry`, `@scope:registry`, `npmRegistryServer`, `npmPublishRegistry`.
fn is_registry(name: &str) -> bool {
    matches!(name, "registry" | "npmRegistryServer" | "npmPublishRegistry")
        || (name.starts_with('@') && name.ends_with(":registry"))
}

fn registry(setting: &Setting<'_>, name: &str, cx: &mut Context<'_>) {
    let url = setting.value;
    let scheme = url.get(..7).unwrap_or("");
    if !scheme.eq_ignore_ascii_case("http://") || is_reference(url) {
        return;
    }
    let host = parse_url(url).and_then(|parsed| url.get(parsed.hosts.first()?.clone()));
    let severity = match host.map(host_kind) {
        Some(HostKind::Local | HostKind::Placeholder) => return,
        Some(HostKind::Private) => Severity::Medium,
        _ => Severity::High,
    };
    let path = cx.path().clone();
    let scheme = Region::new(setting.region.start, setting.region.start + "http".len());
    let message = format!(
        "{name} is fetched from without encryption. Whoever sits between can replace packages and \
         read the token that is sent along. Use the https address of the registry."
    );
    cx.report(setting.region, message)
        .severity(severity)
        .evidence(name)
        .fix(Edit::risky("Use https").replace(&path, scheme, "https"));
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use seaworthy_testkit::{check, check_fix};

    #[test]
    fn flags_unencrypted_registries_and_unchecked_certificates() {
        check(
            &RULE,
            ".npmrc",
            "
registry=http://packages.harbour-lights.io/npm/
         ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ [high] registry is fetched from without encryption
@harbour:registry = HTTP://nexus.corp/repository/npm/
                    ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ @harbour:registry
@inner:registry=http://10.2.0.9:4873/
                ^^^^^^^^^^^^^^^^^^^^^ [medium] without encryption
strict-ssl=false
           ^^^^^ [high] strict-ssl is off
legacy-peer-deps=true
                 ^^^^ [info] legacy-peer-deps
",
        );
        check(
            &RULE,
            "web/.yarnrc",
            "
registry \"http://packages.harbour-lights.io/npm/\"
          ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ [high] without encryption
strict-ssl false
           ^^^^^ [high] strict-ssl is off
",
        );
        check(
            &RULE,
            ".yarnrc.yml",
            "
npmRegistryServer: \"http://packages.harbour-lights.io\" # mirror
                    ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ [high] npmRegistryServer
enableStrictSsl: false
                 ^^^^^ enableStrictSsl is off
unsafeHttpWhitelist: ['*']
                     ^^^^^ [medium] without encryption
",
        );
    }

    #[test]
    fn passes_settings_that_harm_nobody() {
        check(
            &RULE,
            ".npmrc",
            "
; registry=http://old.harbour-lights.io/
# strict-ssl=false
registry=https://packages.harbour-lights.io/npm/
@local:registry=http://localhost:4873/
@mirror:registry=${NPM_REGISTRY}
@other:registry=http://${NPM_HOST}/
//packages.harbour-lights.io/npm/:_authToken=${NPM_TOKEN}
strict-ssl=true
strict-ssl-note=false
save-exact=true
=
registry
",
        );
        check(&RULE, "node_modules/left/.npmrc", "strict-ssl=false\n");
        check(&RULE, "tests/fixtures/app/.npmrc", "strict-ssl=false\n");
        check(
            &RULE,
            ".yarnrc.yml",
            "unsafeHttpWhitelist:\n  - localhost\nnodeLinker: node-modules\n",
        );
    }

    #[test]
    fn offers_https_and_the_check_of_certificates() {
        check_fix(
            &RULE,
            ".npmrc",
            "a=b\nregistry=http://packages.harbour-lights.io/\nstrict-ssl=false\nc=d\n",
            "a=b\nregistry=https://packages.harbour-lights.io/\nc=d\n",
        );
    }
}
