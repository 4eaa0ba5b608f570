//! Tables of what is judged how: one line a case.

mod assignments;
mod connections;
mod tokens;

use seaworthy_analysis::roles::file_role;
use seaworthy_detector_pack::{Family, Kind};
use seaworthy_model::{Precision, Region, Severity};

use super::{Verdict, judge, quick_reject};
use crate::candidate::{Candidate, Name, Standing};
use crate::file::File;

/// A kind of each family, as sure as the engine's own.
const fn kind(family: Family, severity: Severity, precision: Precision) -> Kind {
    Kind {
        id: "test",
        provider: "",
        name: "secret",
        description: "",
        revoke: "",
        severity,
        precision,
        family,
    }
}

/// The verdict over a candidate that stands in `text`, in the file at `path`.
fn verdict(candidate: &Candidate, text: &str, path: &str) -> Option<Verdict> {
    let file = File::new(path, file_role(path, None));
    judge(candidate, text, &file)
}

/// The level of a verdict as the tables write it.
fn level(verdict: Option<Verdict>) -> &'static str {
    match verdict.map(|verdict| verdict.precision) {
        None => "none",
        Some(Precision::Low) => "low",
        Some(Precision::Medium) => "medium",
        Some(Precision::High) => "high",
        Some(Precision::VeryHigh) => "very-high",
    }
}

/// Whether a level is reported by default.
fn reported(level: &str) -> bool {
    matches!(level, "medium" | "high" | "very-high")
}

#[test]
fn values_that_can_never_be_secrets_are_dropped_in_passing() {
    for value in [
        "",
        "abc",
        "admin",
        "password",
        "required",
        "Enter your password",
        "${DB_PASSWORD}",
        "{{ secret }}",
        "<password>",
        "API_TOKEN_NAME",
        "#{x}1234",
        "пароль1234",
        "123456789",
        "reset_password",
        "$(cat file)",
        "auth.token",
    ] {
        assert!(quick_reject(value), "{value}");
    }
    for value in [
        "Xk9#mP2vLq",
        "qmvtxbrkwpzdhfjn",
        "qmvt xbrk wpzd hfjn",
        "d41c8e07b95f3a26",
        "hunter2A",
        "kX7$pq2",
        "correct-Horse7",
        "KDJHFKSLWOEIRUTYQPZMXN",
    ] {
        assert!(!quick_reject(value), "{value}");
    }
}
