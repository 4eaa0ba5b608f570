//! What to do first: of many findings, the few that an experienced engineer would
//! see to before all others.
//!
//! A credential that leaked is revoked while it still works, a database that
//! anybody reaches is closed, a secret that can be guessed is replaced; then comes
//! the rest by its severity. Several findings that one errand settles count once.

use std::cmp::Reverse;

use seaworthy_model::{Finding, Group, Report, Severity};

/// How many things are done first.
pub(crate) const FIRST: usize = 3;

/// Something to do.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Errand<'a> {
    /// The finding that stands for it.
    pub(crate) finding: &'a Finding,
    /// Other findings of the same kind.
    pub(crate) more: usize,
}

/// Kinds of errands, the most urgent first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    /// A secret that others have: to be revoked or replaced.
    Leaked,
    /// What others reach and should not.
    Exposed,
    /// What others guess.
    Guessable,
    /// Whatever else a rule finds.
    Other(&'static str),
}

/// Rules on what is open to whoever reaches the host, or on who becomes its master.
const EXPOSED: [&str; 11] = [
    "auth-disabled-flag",
    "ci-pull-request-target",
    "ci-script-injection",
    "compose-admin-ui-published",
    "compose-db-port-published",
    "compose-docker-socket",
    "compose-mongo-no-auth",
    "compose-privileged",
    "compose-redis-no-auth",
    "vercel-open-proxy",
    "vercel-open-redirect",
];

/// Rules on secrets that can be guessed or that come out anew each time.
const GUESSABLE: [&str; 10] = [
    "compose-default-secret",
    "db-password-weak",
    "default-credentials",
    "encryption-key-invalid",
    "jwt-secret-common",
    "jwt-secret-too-short",
    "jwt-secrets-identical",
    "placeholder-secret-in-deployable",
    "secret-generator-weak",
    "session-secret-too-short",
];

/// Rules on files with secrets that are where others have them.
const LEAKED: [&str; 7] = [
    "admin-credential-documented",
    "backup-file-tracked",
    "bundled-config-secret",
    "database-dump-tracked",
    "env-file-tracked",
    "public-env-secret",
    "tfstate-tracked",
];

/// The ids of rules by which findings are ordered here; a test of the program looks
/// whether there are such rules.
pub const NAMED: [&[&str]; 3] = [&EXPOSED, &GUESSABLE, &LEAKED];

fn kind(finding: &Finding) -> Kind {
    let id = finding.rule.id;
    if finding.leak.is_some() || LEAKED.contains(&id) {
        Kind::Leaked
    } else if EXPOSED.contains(&id) {
        Kind::Exposed
    } else if GUESSABLE.contains(&id) {
        Kind::Guessable
    } else if finding.rule.group == Group::Secrets && finding.severity >= Severity::High {
        Kind::Leaked
    } else {
        Kind::Other(id)
    }
}

/// The open findings that ask for something, the most urgent first.
pub(crate) fn by_urgency(report: &Report) -> Vec<&Finding> {
    let mut findings: Vec<&Finding> =
        report.open_findings().filter(|finding| finding.severity > Severity::Info).collect();
    findings.sort_by_key(|finding| {
        // Who issued a token says how to revoke it; what it opens is certain.
        let revocable = finding.leak.is_some() && finding.message.contains("How to re");
        let precision = finding.leak.map_or(finding.rule.precision, |leak| leak.precision);
        let kind = kind(finding);
        (Reverse(finding.severity), kind, !revocable, Reverse(precision))
    });
    findings
}

/// What to do first: one errand of each kind, as far as it is urgent; then, if there
/// is room, further ones of other rules.
pub(crate) fn errands(report: &Report) -> Vec<Errand<'_>> {
    let findings = by_urgency(report);
    let mut chosen: Vec<&Finding> = Vec::new();
    for finding in findings.iter().filter(|finding| finding.severity >= Severity::High) {
        if chosen.len() < FIRST && chosen.iter().all(|known| kind(known) != kind(finding)) {
            chosen.push(finding);
        }
    }
    for finding in &findings {
        if chosen.len() < FIRST && chosen.iter().all(|known| !one_cause(known, finding)) {
            chosen.push(finding);
        }
    }
    let errands = chosen.iter().map(|&finding| {
        let same = findings.iter().filter(|other| other.rule == finding.rule).count();
        Errand { finding, more: same.saturating_sub(1) }
    });
    errands.collect()
}

/// Whether what mends the one finding mends the other, or is the same for both: a
/// rule speaks twice, a secret stands in two places, or two rules speak of one secret, or of
/// the secrets of one file.
fn one_cause(a: &Finding, b: &Finding) -> bool {
    let leaks = (a.leak, b.leak);
    let of_secret = |finding| matches!(kind(finding), Kind::Leaked | Kind::Guessable);
    a.rule == b.rule
        || matches!(leaks, (Some(a), Some(b)) if a.identity == b.identity)
        || (kind(a) == Kind::Leaked
            && kind(b) == Kind::Leaked
            && a.location.artifact == b.location.artifact)
        || (of_secret(a)
            && of_secret(b)
            && a.location.artifact == b.location.artifact
            && !a.location.region.is_empty()
            && a.location.region == b.location.region)
}

#[cfg(test)]
mod tests {
    use seaworthy_model::Rule;

    use super::*;
    use crate::sample;

    static TOKEN: Rule = Rule { id: "secret-known-token", group: Group::Secrets, ..sample::WEAK };
    static TRACKED: Rule = Rule { id: "env-file-tracked", ..sample::TRACKED };
    static STORE: Rule = Rule { id: "compose-db-port-published", ..sample::PORT };
    static GUESSED: Rule = Rule { id: "jwt-secret-common", ..sample::WEAK };
    static HEADER: Rule = Rule { id: "header-hsts-missing", ..sample::HEADER };

    fn found(rule: &'static Rule, severity: Severity, path: &str) -> Finding {
        let mut finding = sample::finding(rule, "So.", sample::whole_file(path));
        finding.severity = severity;
        finding
    }

    fn chosen(findings: Vec<Finding>) -> Vec<String> {
        let report = sample::report(findings);
        let name = |errand: &Errand<'_>| {
            format!(
                "{} {} +{}",
                errand.finding.rule.id, errand.finding.location.artifact, errand.more
            )
        };
        errands(&report).iter().map(name).collect()
    }

    #[test]
    fn leaks_come_before_open_stores_and_those_before_what_can_be_guessed() {
        use Severity::{Critical, High, Low};
        let many = vec![
            found(&HEADER, High, "a"),
            found(&GUESSED, Critical, "b"),
            found(&STORE, Critical, "c"),
            found(&TRACKED, Critical, "d"),
            found(&TRACKED, Critical, "e"),
            found(&STORE, Low, "f"),
        ];
        let want =
            ["env-file-tracked d +1", "compose-db-port-published c +1", "jwt-secret-common b +0"];
        assert_eq!(chosen(many), want);
    }

    #[test]
    fn what_one_errand_settles_is_named_once() {
        use Severity::{High, Low, Medium};
        let same_rule = vec![found(&HEADER, High, "a"), found(&HEADER, High, "b")];
        assert_eq!(chosen(same_rule), ["header-hsts-missing a +1"]);
        let same_file = vec![found(&TRACKED, High, ".env"), found(&TOKEN, High, ".env")];
        assert_eq!(chosen(same_file).len(), 1);
        let mild_last = vec![
            found(&STORE, Low, "a"),
            found(&TOKEN, High, "b"),
            found(&TRACKED, High, "c"),
            found(&HEADER, Medium, "d"),
        ];
        let want = ["secret-known-token b +0", "env-file-tracked c +0", "header-hsts-missing d +0"];
        assert_eq!(chosen(mild_last), want);
    }

    #[test]
    fn observations_ask_for_nothing() {
        assert_eq!(chosen(vec![found(&HEADER, Severity::Info, "a")]), [""; 0]);
    }
}
