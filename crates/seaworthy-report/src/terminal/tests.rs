//! The terminal's output as people see it, and what a hostile repository must
//! not achieve in it.

use seaworthy_model::{
    ArtifactPath, Context, LineIndex, Location, Notification, NotificationKind, Region,
};

use super::*;
use crate::sample::{self, SECRET};

fn render(report: &Report, options: &Options) -> String {
    let mut out = Vec::new();
    write(report, options, &mut out).expect("memory can be written");
    String::from_utf8(out).expect("the output is UTF-8")
}

fn verbose() -> Options {
    Options { verbose: true, ..Options::default() }
}

#[test]
fn a_report_in_plain_text() {
    let options =
        Options { elapsed: Some(Duration::from_millis(412)), width: 80, ..Options::default() };
    assert_eq!(
        render(&sample::rich(), &options),
        r#"error[jwt-secret-weak]: 'JWT_SECRET' is a default value
 --> api/.env:3:12
  |
3 | JWT_SECRET=qT******************
  | ---------- ^^^^^^^^^^^^^^^^^^^^ this value
  | |
  | its name
  |
 ::: docker-compose.yml:7:19
  |
7 |       JWT_SECRET: ${JWT_SECRET}
  |                   ------------- service 'db' [main] reads it
  |
  = severity: critical
  = note: Whoever reads the template can sign tokens (see [x](y))
  = note: README.md: documented here

warning[compose-port-public]: Port 5432 of 'db' is published on all interfaces
 --> docker-compose.yml:5:9
  |
5 |       - "5432:5432"
  |         ^^^^^^^^^^^
  |
help: Bind the port to the loopback interface (`--fix` does it)
  |
5 |       - "127.0.0.1:5432:5432"
  |          ++++++++++

warning[compose-port-public]: A value over two lines
 --> docker-compose.yml:8:13
  |
8 |         MODE: "a
  |  _____________^
9 | |         b"
  | |__________^
  |
  = help: Drop the value (`--unsafe-fixes` does it)
  = help: Write the value on one line

note[env-file-tracked]: This file is tracked by git
--> src/ä b/.env

info[header-referrer-policy]: vercel.json: No Referrer-Policy is sent.

warning[file-malformed]: broken\u{1b}[2J.json:3:1: a bracket is not closed
warning[git-unknown]: the index cannot be read
warning[settings-unused]: seaworthy.toml: 'rules.foo' has no effect
    foo = "off"

Do this first:
1. api/.env:3
   'JWT_SECRET' is a default value
2. docker-compose.yml:5, and 1 more like it
   Port 5432 of 'db' is published on all interfaces
   => Bind the port to the loopback interface (--fix)
3. src/ä b/.env
   This file is tracked by git

5 findings (1 critical, 2 medium, 1 low, 1 info) in 512 files, 1 fixable, 1 fixable with --unsafe-fixes, 1 suppressed, 1 in the baseline, 0.4 s
"#
    );
}

fn interactive(width: usize) -> Options {
    Options { interactive: true, cut: true, width, ..Options::default() }
}

#[test]
fn a_title_is_wrapped_where_somebody_reads_it() {
    let long = "Service postgres publishes port 5432 of PostgreSQL on every interface of the host";
    let mut finding = sample::finding(&sample::PORT, long, sample::whole_file("compose.yml"));
    finding.severity = Severity::High;
    let report = sample::report(vec![finding]);
    for color in [false, true] {
        let output = render(&report, &Options { color, ..interactive(60) });
        let plain = anstream::adapter::strip_str(&output).to_string();
        let want = "error[compose-port-public]: Service postgres publishes port\n  5432 of \
                    PostgreSQL on every interface of the host\n--> compose.yml\n";
        assert!(plain.starts_with(want), "{plain}");
    }
    assert!(render(&report, &Options::default()).contains(long), "a pipe has it on one line");
}

#[test]
fn an_explanation_is_given_once_where_somebody_reads_it() {
    let finding = |path: &str| {
        let message = "It is open. Whoever finds it reads all.";
        sample::finding(&sample::PORT, message, sample::whole_file(path))
    };
    let report = sample::report(vec![finding("a"), finding("b")]);
    let count = |options: &Options| render(&report, options).matches("reads all").count();
    assert_eq!(count(&interactive(80)), 1);
    assert_eq!(count(&Options { verbose: true, ..interactive(80) }), 2);
    assert_eq!(count(&Options::default()), 2);
}

#[test]
fn observations_of_a_rule_are_told_together_where_somebody_reads_them() {
    let finding = |path: &str| {
        let message = "No policy is sent. Add it.";
        let location = sample::locate(path, "a\nb\n", "b", &[]);
        sample::finding(&sample::HEADER, message, location)
    };
    let report = sample::report(vec![finding("x"), finding("y"), finding("z")]);
    let want = "info[header-referrer-policy]: No policy is sent\n    x:2:1, and 2 more like it\n\n";
    assert!(render(&report, &interactive(80)).starts_with(want));
    assert_eq!(render(&report, &Options::default()).matches("Add it.").count(), 3);
}

#[test]
fn a_flood_of_findings_is_summed_up_where_somebody_reads_it() {
    let report = sample::large(10_000);
    let output = render(&report, &interactive(80));
    assert!(output.lines().count() < 80, "{output}");
    assert!(
        output.contains("\ncritical 2500  jwt-secret-weak         dir/00/.env:3\n"),
        "{output}"
    );
    assert!(output.contains("10000 findings (2500 critical"), "{output}");
    for complete in [
        Options::default(),
        Options { cut: false, ..interactive(80) },
        Options { verbose: true, ..interactive(80) },
    ] {
        let output = render(&report, &complete);
        assert!(output.contains("Finding number 9998"), "{complete:?}");
    }
    assert!(render(&sample::rich(), &interactive(80)).contains("README.md"), "few stay whole");
}

#[test]
fn the_next_steps_fit_what_was_found() {
    let next = Next { target: " apps/api".to_owned(), fresh: true };
    let options = Options { next: Some(next), ..interactive(80) };
    let output = render(&sample::rich(), &options);
    let steps = "
  seaworthy explain jwt-secret-weak        why, an example, how to mend it
  seaworthy scan --fix apps/api            applies 1 fix
  seaworthy scan --unsafe-fixes apps/api   shows 1 more, and asks
  seaworthy scan --verbose apps/api        tells more of the observations
  seaworthy init                           settings, a git hook, a workflow
";
    assert!(output.ends_with(steps), "{output}");
    let clean = sample::report(Vec::new());
    let settled = Options { next: Some(Next::default()), ..interactive(80) };
    assert_eq!(render(&clean, &settled), "no findings in 512 files\n");
    assert!(render(&clean, &options).contains("seaworthy init"));
}

#[test]
fn a_clean_report_is_one_line() {
    let mut report = sample::report(Vec::new());
    assert_eq!(render(&report, &Options::default()), "no findings in 512 files\n");
    report.statistics.artifacts = 1;
    let options = Options { elapsed: Some(Duration::from_millis(7)), ..verbose() };
    assert_eq!(render(&report, &options), "no findings in 1 file, 7 ms\n");
}

#[test]
fn verbose_output_shows_info_findings_and_lines_around() {
    let output = render(&sample::rich(), &verbose());
    assert!(
        output.contains("info[header-referrer-policy]: No Referrer-Policy is sent\n"),
        "{output}"
    );
    assert!(
        output.contains("4 |     ports:\n5 |       - \"5432:5432\"\n  |         ^^^^^^^^^^^\n6 |     environment:\n"),
        "{output}"
    );
}

#[test]
fn suppressed_findings_are_listed_only_when_asked_for() {
    let line = "suppressed[jwt-secret-weak]: api/.env:4:1: 'DEBUG' is on. (reason: local only)\n";
    let options = Options { show_suppressed: true, ..Options::default() };
    assert!(render(&sample::rich(), &options).contains(line));
    assert!(!render(&sample::rich(), &Options::default()).contains("suppressed["));
}

#[test]
fn notifications_are_gathered_by_kind() {
    let mut report = sample::report(Vec::new());
    report.notifications = (0..30)
        .flat_map(|n| {
            [NotificationKind::Malformed, NotificationKind::RuleFailed].map(|kind| {
                Notification::new(kind, "so").in_artifact(ArtifactPath::new(format!("{n}.yml")))
            })
        })
        .collect();
    let output = render(&report, &Options::default());
    let count = |needle: &str| output.matches(needle).count();
    assert_eq!((count("warning[file-malformed]"), count("error[rule-failed]")), (2, 21));
    assert!(output.contains("warning[file-malformed]: and 29 more of this kind\n"), "{output}");
    assert!(output.contains("run with --verbose to see them all\n"), "{output}");
    let all = render(&report, &verbose());
    assert_eq!(all.matches("file-malformed").count(), 30);
    assert!(!all.contains("--verbose"));
}

#[test]
fn the_line_of_a_wrong_setting_is_shown() {
    let mut report = sample::report(Vec::new());
    report.notifications = vec![
        Notification::new(NotificationKind::SettingsInvalid, "expected a string")
            .in_artifact(ArtifactPath::new("seaworthy.toml"))
            .quoting("fail-on = 3 \u{1b}[2J"),
    ];
    let output = render(&report, &Options::default());
    let want = "seaworthy.toml: expected a string\n    fail-on = 3 \\u{1b}[2J\n";
    assert!(output.contains(want), "{output}");
}

#[test]
fn columns_are_those_of_the_file_where_the_frame_differs() {
    let long = format!("{}KEY=1", "x".repeat(5_000));
    let cases = [
        (long.as_str(), "KEY=1", "f:1:5001\n"),
        ("\u{1b}\u{1b}k=1", "k=1", "f:1:3\n"),
        ("😀 k=1", "k=1", "f:1:4\n"),
        ("ü k=1", "k=1", "f:1:3\n"),
    ];
    for (text, needle, want) in cases {
        for color in [false, true] {
            let mut finding = sample::finding(
                &sample::PORT,
                "Not f:1:83 here.",
                sample::locate("f", text, needle, &[]),
            );
            finding.related = vec![sample::label(sample::locate("g", text, needle, &[]), "also")];
            let output =
                render(&sample::report(vec![finding]), &Options { color, ..Options::default() });
            assert!(output.contains(want), "{output}");
            assert!(output.contains(&want.replace('f', "g")), "{output}");
            assert!(output.contains("Not f:1:83 here"), "{output}");
        }
    }
}

#[test]
fn a_crowd_of_related_places_is_cut() {
    let mut finding = sample::finding(&sample::PORT, "x", sample::whole_file("a"));
    finding.related = (0..90)
        .map(|n| sample::label(sample::locate(&format!("r{n}"), "k=1", "k", &[]), "also"))
        .collect();
    let report = sample::report(vec![finding]);
    assert!(render(&report, &Options::default()).contains("and 84 more related places"));
    assert!(render(&report, &verbose()).contains("and 40 more related places"));
}

#[test]
fn colours_and_links_only_when_asked_for() {
    let link = "\u{1b}]8;;https://github.com/seaworthy-rs/seaworthy/blob/main/docs/rules/header-referrer-policy.md\u{1b}\\";
    for color in [false, true] {
        for hyperlinks in [false, true] {
            let options =
                Options { color, hyperlinks, show_suppressed: true, ..Options::default() };
            let output = render(&sample::rich(), &options);
            assert_eq!(output.contains("\u{1b}["), color, "{output}");
            assert_eq!(output.contains("\u{1b}]8;;"), hyperlinks, "{output}");
            assert_eq!(output.contains(link), hyperlinks, "{output}");
            assert!(!output.contains("\u{1b}[2J"), "a file's name clears the screen");
        }
    }
}

#[test]
fn the_secret_is_in_no_output() {
    for verbose in [false, true] {
        let options = Options { verbose, show_suppressed: true, color: true, ..Options::default() };
        let output = render(&sample::rich(), &options);
        assert!(!output.contains(SECRET) && !output.contains(&SECRET[4..12]), "{output}");
        assert!(output.contains("qT******************"));
    }
}

#[test]
fn nothing_from_the_repository_steers_the_terminal() {
    let evil = "a\u{1b}]0;title\u{7}\u{9b}2J\u{202e}b\r\nerror[fake]: c\u{2028}\0";
    let mut location = sample::locate(evil, &format!("{evil}key=1\n"), "key", &[]);
    location.label = Some(evil.to_owned());
    let mut finding = sample::finding(&sample::PORT, &format!("{evil}. Then {evil}"), location);
    finding.related = vec![
        sample::label(sample::whole_file(evil), evil),
        sample::label(sample::locate(evil, evil, "b", &[]), evil),
    ];
    finding.fixes = vec![seaworthy_model::Fix {
        title: evil.to_owned(),
        applicability: seaworthy_model::Applicability::Safe,
        replacements: Vec::new(),
    }];
    let mut info = finding.clone();
    info.severity = Severity::Info;
    let mut suppressed = finding.clone();
    suppressed.suppression = Some(seaworthy_model::Suppression {
        kind: seaworthy_model::SuppressionKind::External,
        justification: evil.to_owned(),
    });
    let mut report = sample::report(vec![finding, info, suppressed]);
    report.notifications =
        vec![Notification::new(NotificationKind::Path, evil).in_artifact(ArtifactPath::new(evil))];
    for verbose in [false, true] {
        let output =
            render(&report, &Options { verbose, show_suppressed: true, ..Options::default() });
        let strange = output
            .chars()
            .find(|&c| c != '\n' && (c.is_control() || matches!(c, '\u{202e}' | '\u{2028}')));
        assert_eq!(strange, None, "{output:?}");
        assert!(!output.lines().any(|line| line.starts_with("error[fake]")), "{output}");
    }
}

#[test]
fn no_text_and_no_region_brings_a_frame_down() {
    const PIECES: [&str; 14] = [
        "a", "key=", "\t", "\n", "\r", "\r\n", " ", "ü", "😀", "界", "\u{200d}", "\u{1b}",
        "e\u{301}", "\u{fe0f}",
    ];
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let mut random = move |below: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state % below.max(1) as u64) as usize
    };
    for round in 0..3_000 {
        let mut text: String = (0..random(30)).map(|_| PIECES[random(PIECES.len())]).collect();
        if round % 50 == 0 {
            text.push_str(&"long ü".repeat(random(400)));
        }
        let index = LineIndex::new(&text);
        let mut location = |label: bool| {
            let start = random(text.len() + 2);
            let region = Region::new(start, start + random(text.len() + 2));
            Location {
                artifact: ArtifactPath::new("f"),
                region,
                start: index.position(&text, region.start),
                end: index.position(&text, region.end),
                context: Some(Context {
                    region: Region::new(0, text.len()),
                    start: index.position(&text, 0),
                    end: index.position(&text, text.len()),
                    text: text.clone(),
                }),
                label: label.then(|| "label".to_owned()),
                line_hash: None,
            }
        };
        let mut finding = sample::finding(&sample::PORT, "m", location(round % 2 == 0));
        finding.related = (0..round % 4).map(|_| location(true)).collect();
        let replacements = (0..1).map(|_| {
            let place = location(false);
            seaworthy_model::Replacement {
                artifact: place.artifact,
                region: place.region,
                start: place.start,
                end: place.end,
                text: ["", "x\u{1b}", "1\n2\n", "key=\t"][round % 4].to_owned(),
            }
        });
        finding.fixes = vec![seaworthy_model::Fix {
            title: "mend".to_owned(),
            applicability: seaworthy_model::Applicability::Safe,
            replacements: replacements.collect(),
        }];
        let options = Options {
            width: round % 130,
            verbose: round % 3 == 0,
            color: false,
            ..Options::default()
        };
        let output = render(&sample::report(vec![finding]), &options);
        assert!(!output.contains(|c: char| c.is_control() && c != '\n'), "{text:?}");
    }
}

#[test]
fn ten_thousand_findings_are_written_piece_by_piece() {
    let mut counter = sample::Counter::default();
    write(&sample::large(10_000), &Options::default(), &mut counter).expect("it takes everything");
    assert!(counter.largest_write <= 64 * 1024 && counter.writes > 100, "{counter:?}");
}
