//! `smoke-tests-missing`

use seaworthy_analysis::joined::ShellText;
use seaworthy_analysis::{Check, Context, NativeRule, Snapshot};
use seaworthy_formats::shell::{Command, Word};
use seaworthy_model::{Group, Precision, Rule, Severity};

use super::deploy_rollback_missing::replaces;
use super::mentions::{mentioned, mentions};

pub(crate) static RULE: NativeRule = NativeRule {
    rule: Rule {
        id: "smoke-tests-missing",
        group: Group::Operations,
        summary: "deployment that nobody looks at afterwards",
        help: include_str!("smoke_tests_missing.md"),
        severity: Severity::Info,
        precision: Precision::Medium,
        cwe: &[754],
        ..Rule::DEFAULT
    },
    check: Check::Searching(check, sees),
};

/// What speaks of looking whether the program answers, in any text.
const WORDS: &[&str] =
    &["smoke", "health", "readyz", "livez", "synthetic", "uptime", "canary", "verify", "e2e"];

fn sees(_: &Snapshot, path: &str, text: Option<&str>) -> u64 {
    mentions(path, text, WORDS, &[])
}

fn check(cx: &mut Context<'_>) {
    let snapshot = cx.snapshot();
    let scripts = cx.joined().scripts(snapshot);
    let deployed = scripts.all().iter().find_map(|text| Some((text, replaces(text)?)));
    let Some((text, command)) = deployed else { return };
    if looks(text) || mentioned(snapshot, WORDS, &[]) {
        return;
    }
    cx.report_in(
        &text.path,
        text.place(command.region),
        "This deployment replaces what runs and ends, whether the new version answers or not, \
         and nothing in this repository looks afterwards: the first to find out are its users. \
         Ask an address of the program at the end (`curl -fsS --retry 10 …`), or wait for its \
         health check (`docker compose up -d --wait`).",
    )
    .evidence("smoke");
}

/// Whether a script asks anything whether it runs.
fn looks(text: &ShellText) -> bool {
    text.script.commands.iter().any(|command: &Command| {
        let words = || command.words.iter().filter_map(Word::literal);
        let Some(invoked) = command.invoked() else { return true };
        matches!(invoked.program, "curl" | "wget" | "http" | "nc" | "newman" | "k6" | "httpie")
            || matches!(invoked.program, "ssh" | "gh" | "kubectl")
            || words().any(|word| matches!(word, "--wait" | "ps" | "is-active" | "status"))
    })
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use seaworthy_testkit::check_files;

    #[test]
    fn flags_a_deployment_that_ends_unseen() {
        check_files(
            &RULE,
            "
//- scripts/deploy.sh
set -e
git pull
docker compose -f docker-compose.prod.yml up -d --build
^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ [info] nothing in this repository looks
",
        );
    }

    #[test]
    fn passes_what_is_looked_at() {
        let script = |end: &str| {
            format!("//- scripts/deploy.sh\ngit pull\ndocker compose up -d --build{end}\n")
        };
        for files in [
            script(" --wait"),
            script("\ncurl -fsS https://shop.example/"),
            script("\ndocker compose ps"),
            format!("{}//- scripts/smoke.sh\ntrue\n", script("")),
            format!("{}//- docs/deploy.md\nLook at /health afterwards.\n", script("")),
            "//- scripts/dev.sh\ngit pull\ndocker compose up -d --build\n".to_owned(),
        ] {
            check_files(&RULE, &files);
        }
    }
}
