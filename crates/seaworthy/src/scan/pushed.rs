//! What a push brings: git tells its hook on standard input, pre-commit and prek tell
//! theirs in the environment.

use std::io::{IsTerminal as _, Read as _};

use anyhow::Context as _;
use seaworthy_engine::{Scan, ScanError, ScanOptions, Since, View};

/// No push has more to say: 10,000 refs.
const MAX_BYTES: u64 = 8 * 1024 * 1024;

/// A commit that is pushed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Pushed {
    commit: String,
    since: Option<Since>,
}

/// What is pushed, each commit once; nothing where refs are only deleted. `remote` is
/// the name of the remote, or empty.
pub(super) fn pushed(remote: &str) -> anyhow::Result<Vec<Pushed>> {
    let variable = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    let remote = Some(remote.to_owned()).filter(|remote| !remote.is_empty());
    if let Some(told) = told_by_pre_commit(&variable, remote.as_deref()) {
        return Ok(vec![told]);
    }
    let mut stdin = std::io::stdin().lock();
    anyhow::ensure!(
        !stdin.is_terminal(),
        "--pre-push is for git's pre-push hook, which is told on standard input what is \
         pushed; to look at commits yourself, name them by --from-ref and --to-ref"
    );
    let mut text = String::new();
    stdin
        .by_ref()
        .take(MAX_BYTES)
        .read_to_string(&mut text)
        .context("cannot read what is pushed")?;
    told_by_git(&text, remote.as_deref())
}

/// What pre-commit and prek say of the push that they run for, or were told to look at.
fn told_by_pre_commit(
    variable: &dyn Fn(&str) -> Option<String>,
    remote: Option<&str>,
) -> Option<Pushed> {
    let name = variable("PRE_COMMIT_REMOTE_NAME").or_else(|| remote.map(str::to_owned));
    let (from, to) = (variable("PRE_COMMIT_FROM_REF"), variable("PRE_COMMIT_TO_REF"));
    match (from, to) {
        (Some(from), Some(commit)) => {
            let since = match name {
                Some(name) => Since::Remote { name: Some(name), has: Some(from) },
                // By hand: `pre-commit run --from-ref … --to-ref …`.
                None => Since::Commit(from),
            };
            Some(Pushed { commit, since: Some(since) })
        }
        // All of a branch is pushed to a remote that has nothing yet.
        _ if variable("PRE_COMMIT").is_some() => {
            let commit = variable("PRE_COMMIT_LOCAL_BRANCH").unwrap_or_else(|| "HEAD".to_owned());
            let since = name.map(|name| Since::Remote { name: Some(name), has: None });
            Some(Pushed { commit, since })
        }
        _ => None,
    }
}

/// Lines of `<local ref> <local id> <remote ref> <remote id>`; an id of zeros is a ref
/// that is not there.
fn told_by_git(text: &str, remote: Option<&str>) -> anyhow::Result<Vec<Pushed>> {
    let mut pushed: Vec<Pushed> = Vec::new();
    for line in text.lines().filter(|line| !line.trim().is_empty()) {
        let words: Vec<&str> = line.split_whitespace().collect();
        let is_id = |id: &str| id.len() >= 40 && id.bytes().all(|byte| byte.is_ascii_hexdigit());
        let [_, local, _, has] = words.as_slice() else {
            anyhow::bail!("standard input is not what git tells a pre-push hook");
        };
        anyhow::ensure!(
            is_id(local) && is_id(has),
            "standard input is not what git tells a pre-push hook"
        );
        let there = |id: &str| id.bytes().any(|byte| byte != b'0');
        if !there(local) {
            continue;
        }
        let has = there(has).then(|| (*has).to_owned());
        // A commit that goes to several refs is as new as to the one that is there.
        match pushed.iter_mut().find(|other| other.commit == *local) {
            Some(Pushed { since: Some(Since::Remote { has: known @ None, .. }), .. }) => {
                *known = has;
            }
            Some(_) => {}
            None => {
                let name = remote.map(str::to_owned);
                let since = Some(Since::Remote { name, has });
                pushed.push(Pushed { commit: (*local).to_owned(), since });
            }
        }
    }
    Ok(pushed)
}

/// Scans each commit; a finding of several is told once. `None` when there is nothing.
pub(super) fn scan(
    options: &mut ScanOptions,
    pushed: &[Pushed],
) -> Result<Option<Scan>, ScanError> {
    let mut all: Option<Scan> = None;
    for Pushed { commit, since } in pushed {
        options.view = View::Commit(commit.clone());
        options.since.clone_from(since);
        let next = seaworthy_engine::scan(options)?;
        let Some(all) = &mut all else {
            all = Some(next);
            continue;
        };
        let (report, more) = (&mut all.report, next.report);
        report.scope.view = Some(format!("{} commits", pushed.len()));
        for finding in more.findings {
            let same = |known: &seaworthy_model::Finding| {
                known.fingerprint == finding.fingerprint && known.is_open() == finding.is_open()
            };
            if !report.findings.iter().any(same) {
                report.findings.push(finding);
            }
        }
        report.notifications.extend(more.notifications);
        report.notifications.sort();
        report.notifications.dedup();
        report.exit_code = report.exit_code.max(more.exit_code);
    }
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(digit: char) -> String {
        digit.to_string().repeat(40)
    }

    fn remote(has: Option<&str>) -> Option<Since> {
        Some(Since::Remote { name: Some("origin".to_owned()), has: has.map(str::to_owned) })
    }

    #[test]
    fn git_tells_what_is_pushed() {
        let (a, b, zero) = (id('a'), id('b'), id('0'));
        for (text, want) in [
            (String::new(), vec![]),
            (format!("refs/heads/x {a} refs/heads/x {b}\n"), vec![(&a, Some(b.as_str()))]),
            (format!("refs/heads/x {a} refs/heads/x {zero}\n"), vec![(&a, None)]),
            (format!("(delete) {zero} refs/heads/x {b}\n"), vec![]),
            (
                format!("refs/tags/v {a} refs/tags/v {zero}\nrefs/heads/x {a} refs/heads/x {b}\n"),
                vec![(&a, Some(b.as_str()))],
            ),
            (
                format!("HEAD {a} refs/heads/x {zero}\nrefs/heads/y {b} refs/heads/y {zero}\n"),
                vec![(&a, None), (&b, None)],
            ),
        ] {
            let got = told_by_git(&text, Some("origin")).expect("well formed");
            let want: Vec<_> = want
                .into_iter()
                .map(|(commit, has)| Pushed { commit: commit.clone(), since: remote(has) })
                .collect();
            assert_eq!(got, want, "{text}");
        }
        for text in ["what is this", "a b c d", &format!("x {a} y")] {
            assert!(told_by_git(text, None).is_err(), "{text}");
        }
    }

    #[test]
    fn pre_commit_tells_in_the_environment() {
        let of = |set: &[(&str, &str)]| {
            let set: Vec<_> = set.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect();
            told_by_pre_commit(
                &|name| set.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone()),
                None,
            )
        };
        assert_eq!(of(&[]), None);
        let range = [("PRE_COMMIT_FROM_REF", "a"), ("PRE_COMMIT_TO_REF", "b")];
        let by_hand = Some(Since::Commit("a".to_owned()));
        assert_eq!(of(&range), Some(Pushed { commit: "b".to_owned(), since: by_hand }));
        let mut push = range.to_vec();
        push.push(("PRE_COMMIT_REMOTE_NAME", "origin"));
        let pushed = Pushed { commit: "b".to_owned(), since: remote(Some("a")) };
        assert_eq!(of(&push), Some(pushed));
        let first = [("PRE_COMMIT", "1"), ("PRE_COMMIT_REMOTE_NAME", "origin")];
        let pushed = Pushed { commit: "HEAD".to_owned(), since: remote(None) };
        assert_eq!(of(&first), Some(pushed));
    }
}
