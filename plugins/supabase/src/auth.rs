//! The settings of `supabase/config.toml` that a hosted project would take over,
//! and which of them Supabase advises against.

use std::collections::BTreeMap;
use std::ops::Range;

use seaworthy_plugin_api::Severity;

/// A scalar of the file.
#[derive(Clone, Debug)]
pub(crate) struct Setting {
    /// Where it stands: `auth.jwt_expiry`, `remotes.live.auth.jwt_expiry`.
    pub(crate) path: String,
    /// Its text, decoded.
    pub(crate) value: String,
    /// Its bytes, without quotes.
    pub(crate) range: Range<usize>,
}

/// A setting that is unsafe in a hosted project.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Fault {
    /// Which of the settings.
    pub(crate) setting: usize,
    pub(crate) severity: Severity,
    /// What follows from it.
    pub(crate) why: String,
    /// What to write instead.
    pub(crate) instead: Option<&'static str>,
    /// Whether the value itself lets somebody in.
    pub(crate) secret: bool,
    /// How the file says that it is for a hosted project.
    pub(crate) evidence: String,
}

/// Sites on which anybody gets a name, by the end of their hosts.
const SHARED_HOSTS: &[&str] = &[
    "vercel.app",
    "netlify.app",
    "pages.dev",
    "workers.dev",
    "github.io",
    "gitlab.io",
    "herokuapp.com",
    "onrender.com",
    "fly.dev",
    "web.app",
    "firebaseapp.com",
    "up.railway.app",
    "railway.app",
    "surge.sh",
    "ngrok.io",
    "ngrok.app",
    "ngrok-free.app",
    "ngrok-free.dev",
    "trycloudflare.com",
    "lovable.app",
    "lovableproject.com",
    "replit.app",
    "replit.dev",
    "repl.co",
    "amplifyapp.com",
    "azurewebsites.net",
    "azurestaticapps.net",
    "gitpod.io",
    "webcontainer.io",
    "csb.app",
    "stackblitz.io",
    "deno.dev",
    "bolt.host",
    "loca.lt",
];

/// What is unsafe. `pushed`: whether the repository sends the file to a hosted
/// project (`supabase config push`).
pub(crate) fn faults(settings: &[Setting], pushed: bool) -> Vec<Fault> {
    let mut faults: Vec<Fault> = Vec::new();
    let base = view(settings, None);
    for (name, evidence) in hosted(settings, &base, pushed) {
        let effective = view(settings, name.as_deref());
        for fault in judge_all(settings, &effective, &evidence) {
            if !faults.iter().any(|known| known.setting == fault.setting) {
                faults.push(fault);
            }
        }
    }
    // An address that belongs to nobody is no local one, whoever reads the file.
    for (index, setting) in settings.iter().enumerate() {
        let listed = setting.path.contains("auth.additional_redirect_urls[");
        if listed
            && !faults.iter().any(|known| known.setting == index)
            && let Some((severity @ Severity::High, why)) = redirect(&setting.value)
        {
            let evidence = "the address is on the internet".to_owned();
            let (instead, secret) = (None, false);
            faults.push(Fault { setting: index, severity, why, instead, secret, evidence });
        }
    }
    faults.sort_by_key(|fault| settings[fault.setting].range.start);
    faults
}

/// The views of the file that a hosted project may take over: a remote by its
/// name or the file itself, each with how that is known.
fn hosted(settings: &[Setting], base: &View, pushed: bool) -> Vec<(Option<String>, String)> {
    let mut found: Vec<(Option<String>, String)> = Vec::new();
    for setting in settings {
        let Some((name, _)) = remote(&setting.path) else { continue };
        if is_for_users(name) && !found.iter().any(|(known, _)| known.as_deref() == Some(name)) {
            found.push((Some(name.to_owned()), format!("`remotes.{name}` is a hosted project")));
        }
    }
    let site = base.get("auth.site_url").map_or("", |index| settings[*index].value.as_str());
    if site.starts_with("https://") && !is_local(host(site)) {
        found.push((None, "`auth.site_url` is on the internet".to_owned()));
    } else if pushed {
        found.push((None, "the repository runs `supabase config push`".to_owned()));
    }
    found
}

/// The name of the remote that a setting belongs to, and its path there.
fn remote(path: &str) -> Option<(&str, &str)> {
    path.strip_prefix("remotes.")?.split_once('.')
}

/// Whether a remote may be the one that users have, by its name.
fn is_for_users(name: &str) -> bool {
    !name.to_ascii_lowercase().split(['-', '_', '"', ' ']).any(|word| {
        matches!(
            word,
            "dev"
                | "develop"
                | "development"
                | "test"
                | "tests"
                | "testing"
                | "preview"
                | "local"
                | "staging"
                | "stage"
                | "ci"
                | "e2e"
                | "qa"
                | "sandbox"
                | "demo"
        )
    })
}

/// For each path the setting that takes effect.
type View = BTreeMap<String, usize>;

fn view(settings: &[Setting], name: Option<&str>) -> View {
    let mut view = View::new();
    let own = |setting: &Setting| match (remote(&setting.path), name) {
        (Some((remote, path)), Some(name)) if remote == name => Some(path.to_owned()),
        _ => None,
    };
    let list = |path: &str| path.split_once('[').map(|(list, _)| list.to_owned());
    let replaced: Vec<String> =
        settings.iter().filter_map(own).filter_map(|path| list(&path)).collect();
    for (index, setting) in settings.iter().enumerate() {
        if !setting.path.starts_with("remotes.")
            && !list(&setting.path).is_some_and(|list| replaced.contains(&list))
        {
            view.insert(setting.path.clone(), index);
        }
    }
    for (index, setting) in settings.iter().enumerate() {
        if let Some(path) = own(setting) {
            view.insert(path, index);
        }
    }
    view
}

fn judge_all(settings: &[Setting], view: &View, evidence: &str) -> Vec<Fault> {
    let is = |path: &str, value: &str| {
        view.get(path).is_some_and(|index| settings[*index].value == value)
    };
    if is("auth.enabled", "false") {
        return Vec::new();
    }
    let passwords = !is("auth.enable_signup", "false") && !is("auth.email.enable_signup", "false");
    let captcha = is("auth.captcha.enabled", "true");
    let mut faults = Vec::new();
    for (path, &index) in view {
        let value = settings[index].value.as_str();
        let number = value.parse::<u64>().ok();
        let mut fault = |severity, why: &str, instead| {
            let (why, evidence) = (why.to_owned(), evidence.to_owned());
            faults.push(Fault { setting: index, severity, why, instead, secret: false, evidence });
        };
        match path.as_str() {
            "auth.email.enable_confirmations" if value == "false" && passwords => fault(
                Severity::Medium,
                "anyone can sign up with an address that is not theirs",
                Some("true"),
            ),
            "auth.email.double_confirm_changes" if value == "false" => fault(
                Severity::Low,
                "who has a session for a moment can move the account to another address",
                Some("true"),
            ),
            "auth.minimum_password_length" if passwords && number.is_some_and(|n| n < 8) => {
                fault(Severity::Low, "passwords shorter than 8 characters are guessed", Some("8"));
            }
            "auth.enable_refresh_token_rotation" if value == "false" => fault(
                Severity::Medium,
                "a stolen refresh token never expires and its use is not noticed",
                Some("true"),
            ),
            "auth.jwt_expiry" if number.is_some_and(|n| n > 3600) => {
                let days = number.is_some_and(|n| n > 86_400);
                let severity = if days { Severity::Medium } else { Severity::Low };
                let why = "a stolen access token works that long, also after signing out";
                fault(severity, why, Some("3600"));
            }
            "auth.email.otp_expiry" if number.is_some_and(|n| n > 3600) => fault(
                Severity::Low,
                "codes and links in mails stay valid for more than an hour",
                Some("3600"),
            ),
            "auth.enable_anonymous_sign_ins" if value == "true" && !captcha => fault(
                Severity::Low,
                "anyone gets the role `authenticated` without an account, and without a captcha \
                 as often as they like",
                None,
            ),
            _ if path.starts_with("auth.external.") && path.ends_with(".skip_nonce_check") => {
                let provider = path.trim_end_matches(".skip_nonce_check");
                if value == "true" && is(&format!("{provider}.enabled"), "true") {
                    fault(Severity::Medium, "stolen ID tokens can be used again", Some("false"));
                }
            }
            _ if path.starts_with("auth.sms.test_otp.") => {
                fault(Severity::High, "whoever knows the code signs in with this number", None);
            }
            _ if path.starts_with("auth.additional_redirect_urls[") => {
                if let Some((severity, why)) = redirect(value) {
                    fault(severity, &why, None);
                }
            }
            _ => {}
        }
    }
    for fault in &mut faults {
        fault.secret = settings[fault.setting].path.contains("auth.sms.test_otp.");
    }
    faults
}

/// What is wrong with an address that users may be sent to with their tokens.
fn redirect(address: &str) -> Option<(Severity, String)> {
    let wild = |text: &str| text.contains(['*', '?']);
    if !wild(address) {
        return None;
    }
    let nobody = "it fits any site, so a link can send a user's tokens there";
    if address.starts_with('*') {
        return Some((Severity::High, nobody.to_owned()));
    }
    let (scheme, _) = address.split_once("://")?;
    if !matches!(scheme, "http" | "https") {
        return None;
    }
    let host = host(address);
    if is_local(host) {
        return None;
    }
    if !wild(host) {
        let why = "it fits every page of the site; Supabase advises the exact path in production";
        return Some((Severity::Info, why.to_owned()));
    }
    for shared in SHARED_HOSTS {
        let Some(name) = host.strip_suffix(shared) else { continue };
        let fixed = name.trim_end_matches('.').rsplit(['*', '?']).next().unwrap_or("");
        return fixed.is_empty().then(|| {
            let why = format!(
                "anyone can get such a name on {shared}, so a link can send a user's tokens there"
            );
            (Severity::High, why)
        });
    }
    let labels = host.rsplit('.').take_while(|label| !wild(label)).count();
    if labels < 2 {
        return Some((Severity::High, nobody.to_owned()));
    }
    let why = "any subdomain receives users' tokens, also a forgotten or taken over one";
    Some((Severity::Low, why.to_owned()))
}

fn host(address: &str) -> &str {
    let rest = address.split_once("://").map_or(address, |(_, rest)| rest);
    // In a pattern a `?` is a wildcard and does not begin a query.
    let authority = rest.split(['/', '#']).next().unwrap_or("");
    if authority.starts_with('[') {
        return authority.split_inclusive(']').next().unwrap_or("");
    }
    authority.rsplit_once(':').map_or(authority, |(host, _)| host)
}

fn is_local(host: &str) -> bool {
    matches!(host, "" | "localhost" | "[::1]" | "0.0.0.0")
        || ["127.", "192.168.", "10."].iter().any(|start| host.starts_with(start))
        || [".localhost", ".local", ".test", ".example", ".internal", ".lan"]
            .iter()
            .any(|end| host.ends_with(end))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(settings: &[(&str, &str)], pushed: bool) -> Vec<String> {
        let settings: Vec<Setting> = settings
            .iter()
            .enumerate()
            .map(|(at, (path, value))| Setting {
                path: (*path).to_owned(),
                value: (*value).to_owned(),
                range: at..at,
            })
            .collect();
        faults(&settings, pushed)
            .iter()
            .map(|fault| format!("{:?} {}", fault.severity, settings[fault.setting].path))
            .collect()
    }

    const LOCAL: (&str, &str) = ("auth.site_url", "http://127.0.0.1:3000");
    const HOSTED: (&str, &str) = ("auth.site_url", "https://shop.acme.io");
    const UNCONFIRMED: (&str, &str) = ("auth.email.enable_confirmations", "false");

    #[test]
    fn the_settings_of_a_developers_machine_are_left_alone() {
        let template = [
            LOCAL,
            UNCONFIRMED,
            ("auth.minimum_password_length", "6"),
            ("auth.additional_redirect_urls[0]", "http://localhost:3000/**"),
            ("auth.jwt_expiry", "604800"),
        ];
        assert!(found(&template, false).is_empty());
        assert_eq!(found(&template, true).len(), 3);
        assert!(found(&[("auth.site_url", "env(SITE_URL)"), UNCONFIRMED], false).is_empty());
    }

    #[test]
    fn each_setting_that_supabase_advises_against_is_known() {
        let cases = [
            ("auth.email.enable_confirmations", "false", Some("Medium")),
            ("auth.email.enable_confirmations", "true", None),
            ("auth.email.double_confirm_changes", "false", Some("Low")),
            ("auth.minimum_password_length", "6", Some("Low")),
            ("auth.minimum_password_length", "8", None),
            ("auth.minimum_password_length", "env(LENGTH)", None),
            ("auth.enable_refresh_token_rotation", "false", Some("Medium")),
            ("auth.jwt_expiry", "3600", None),
            ("auth.jwt_expiry", "7200", Some("Low")),
            ("auth.jwt_expiry", "604800", Some("Medium")),
            ("auth.email.otp_expiry", "86400", Some("Low")),
            ("auth.enable_anonymous_sign_ins", "true", Some("Low")),
            ("auth.sms.test_otp.4152127777", "123456", Some("High")),
            ("auth.enable_signup", "true", None),
        ];
        for (path, value, expected) in cases {
            let faults = found(&[HOSTED, (path, value)], false);
            let expected: Vec<String> =
                expected.iter().map(|severity| format!("Severity::{severity} {path}")).collect();
            assert_eq!(faults, expected, "{path} = {value}");
        }
    }

    #[test]
    fn settings_that_others_make_harmless_pass() {
        let cases: &[&[(&str, &str)]] = &[
            &[HOSTED, UNCONFIRMED, ("auth.enable_signup", "false")],
            &[HOSTED, UNCONFIRMED, ("auth.email.enable_signup", "false")],
            &[HOSTED, UNCONFIRMED, ("auth.enabled", "false")],
            &[HOSTED, ("auth.enable_anonymous_sign_ins", "true"), ("auth.captcha.enabled", "true")],
            &[HOSTED, ("auth.external.google.skip_nonce_check", "true")],
        ];
        for settings in cases {
            assert!(found(settings, false).is_empty(), "{settings:?}");
        }
        let google = [
            HOSTED,
            ("auth.external.google.enabled", "true"),
            ("auth.external.google.skip_nonce_check", "true"),
        ];
        assert_eq!(found(&google, false).len(), 1);
    }

    #[test]
    fn a_remote_inherits_and_overrides() {
        let inherits = [LOCAL, UNCONFIRMED, ("remotes.production.project_id", "x")];
        assert_eq!(found(&inherits, false), ["Severity::Medium auth.email.enable_confirmations"]);
        let overrides =
            [LOCAL, UNCONFIRMED, ("remotes.production.auth.email.enable_confirmations", "true")];
        assert!(found(&overrides, false).is_empty());
        let own = [LOCAL, ("remotes.live.auth.jwt_expiry", "90000")];
        assert_eq!(found(&own, false), ["Severity::Medium remotes.live.auth.jwt_expiry"]);
        let staging = [LOCAL, UNCONFIRMED, ("remotes.staging.project_id", "x")];
        assert!(found(&staging, false).is_empty());
        let list = [
            LOCAL,
            ("auth.additional_redirect_urls[0]", "https://acme.io/**"),
            ("remotes.live.auth.additional_redirect_urls[0]", "https://acme.io/callback"),
        ];
        assert!(found(&list, false).is_empty());
    }

    #[test]
    fn addresses_with_wildcards_are_judged_by_who_can_have_them() {
        let cases = [
            ("https://acme.io/callback", None),
            ("http://localhost:3000/**", None),
            ("http://127.0.0.1:*/**", None),
            ("acme://**", None),
            ("exp://**", None),
            ("https://acme.io/**", Some(Severity::Info)),
            ("https://*.acme.io/callback", Some(Severity::Low)),
            ("https://*.vercel.app/**", Some(Severity::High)),
            ("https://acme-*.vercel.app/**", Some(Severity::High)),
            ("https://*-acme.vercel.app/**", None),
            ("https://**--acme.netlify.app/**", None),
            ("https://*/**", Some(Severity::High)),
            ("https://*.io/**", Some(Severity::High)),
            ("**", Some(Severity::High)),
        ];
        for (address, expected) in cases {
            assert_eq!(redirect(address).map(|found| found.0), expected, "{address}");
        }
    }

    #[test]
    fn an_address_of_nobody_is_reported_in_a_local_file_too() {
        let settings = [LOCAL, ("auth.additional_redirect_urls[0]", "https://*.vercel.app/**")];
        assert_eq!(found(&settings, false).len(), 1);
    }
}
