//! Packs and configurations of gitleaks that were made to hurt.

use seaworthy_model::NotificationKind::SettingsInvalid;

use crate::{Bench, Prepare, told_of};

/// A detector of an expression.
fn pack(expression: &str) -> String {
    format!(
        "provider = 'x'\n[[detector]]\nid = 'quay-key'\nname = 'n'\ndescription = 'd'\n\
         revoke = 'r'\nseverity = 'high'\nanchors = ['quay_']\nexpression = '''{expression}'''\n\
         matches = ['quay_a', 'quay_b']\nrejects = ['a', 'b']\n"
    )
}

#[test]
fn hostile_packs_cost_little_and_are_told() {
    let deep = format!("quay_{}a{}", "(?:".repeat(50_000), ")".repeat(50_000));
    let wide = format!("quay_(?:{}a)", "[a-z]{9}|".repeat(20_000));
    let cases: [(&str, Prepare<'_>); 9] = [
        ("no TOML", &|bench| bench.write("p.toml", "[[[[\0")),
        ("too large", &|bench| bench.write("p.toml", vec![b'#'; 2 << 20])),
        ("binary", &|bench| bench.write("p.toml", [0xff, 0xfe, 0, 1, 2])),
        ("a deep expression", &|bench| bench.write("p.toml", pack(&deep))),
        ("a wide expression", &|bench| bench.write("p.toml", pack(&wide))),
        ("a nested repetition", &|bench| {
            bench.write("p.toml", pack("quay_(?:(?:[a-z]{0,60}){0,60}){0,60}"));
        }),
        ("no bound", &|bench| bench.write("p.toml", pack("quay_.*"))),
        ("a directory", &|bench| bench.write("p.toml/a", "x")),
        #[cfg(unix)]
        ("a link out of the root", &|bench| {
            std::os::unix::fs::symlink("/etc/passwd", bench.path("p.toml")).unwrap();
        }),
    ];
    for (name, prepare) in cases {
        let bench = Bench::with_good_file();
        bench.write("seaworthy.toml", "[detectors]\npacks = ['p.toml']\n");
        prepare(&bench);
        let scan = bench.scan_with_good_file();
        assert!(!told_of(&scan, SettingsInvalid).is_empty(), "{name}");
        assert_eq!(scan.report.exit_code, 2, "{name}");
    }
}

#[test]
fn hostile_configurations_of_gitleaks_cost_little_and_are_told() {
    let rule = |regex: &str| format!("[[rules]]\nid = 'a'\nregex = '''{regex}'''\n");
    let cases = [
        ("no TOML", "[[[[".to_owned()),
        ("deep", rule(&format!("{}a{}", "(".repeat(50_000), ")".repeat(50_000)))),
        ("repeated", rule("((a{0,1000}){0,1000}){0,1000}")),
        ("extends itself", "[extend]\npath = 'g.toml'\n".to_owned()),
        ("extends the machine", "[extend]\npath = '/etc/passwd'\n".to_owned()),
        ("extends what lies above", "[extend]\npath = '../../../etc/passwd'\n".to_owned()),
    ];
    for (name, text) in cases {
        let bench = Bench::with_good_file();
        bench.write("seaworthy.toml", "[detectors]\ngitleaks = 'g.toml'\n");
        bench.write("g.toml", text);
        let scan = bench.scan_with_good_file();
        assert!(!told_of(&scan, SettingsInvalid).is_empty(), "{name}");
    }
}

#[test]
fn rules_that_match_everywhere_are_cut() {
    let bench = Bench::with_good_file();
    bench.write("seaworthy.toml", "[detectors]\ngitleaks = 'g.toml'\npacks = ['p.toml']\n");
    bench.write("g.toml", "[[rules]]\nid = 'a'\nregex = '''\\w{6}'''\n");
    bench.write("p.toml", pack("quay_[a-z]{1,9}"));
    bench.write("big.txt", "quay_abcdefghi 4f7k2m ".repeat(100_000));
    let scan = bench.scan_with_good_file();
    assert_eq!(told_of(&scan, SettingsInvalid), [""; 0]);
    assert!(scan.report.findings.len() < 2_100, "{}", scan.report.findings.len());
}
