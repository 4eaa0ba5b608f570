//! Nothing runs that is not pinned, and nothing that only the audited repository
//! trusts.

use super::{about_plugins, guest, of_plugins, put, repository};
use crate::sandbox::{Run, Sandbox};

/// The same repository for somebody else: another home.
fn as_stranger(sandbox: &Sandbox, arguments: &[&str]) -> Run {
    let home = sandbox.root().with_file_name("stranger");
    std::fs::create_dir_all(&home).unwrap();
    sandbox.run_as(&home, arguments)
}

#[test]
fn what_somebody_else_pinned_does_not_run() {
    let sandbox = repository(&guest("team").build());
    sandbox.run(&["plugin", "add", "rules.wasm"]).exits(0);
    let scan = as_stranger(&sandbox, &["scan", "--format", "json"]).exits(0);
    assert_eq!(of_plugins(&scan), [""; 0]);
    let told = about_plugins(&scan);
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(told[0].contains("plugin `team` was not run"), "{told:?}");
    assert!(told[0].contains("you have not trusted it"), "{told:?}");
    // Settings may name its rules all the same.
    let settings = sandbox.read("seaworthy.toml");
    sandbox.write("seaworthy.toml", &format!("{settings}[rules]\n\"team/first\" = \"low\"\n"));
    as_stranger(&sandbox, &["scan"]).exits(0);
    sandbox.write("seaworthy.toml", &settings);

    let allowed = as_stranger(&sandbox, &["scan", "--format", "json", "--allow-repo-plugins"]);
    assert_eq!(of_plugins(&allowed), ["team/first .env.example:1"]);
    let scan = as_stranger(&sandbox, &["scan", "--format", "json"]);
    assert_eq!(of_plugins(&scan), [""; 0], "to allow it once is not to trust it");

    as_stranger(&sandbox, &["plugin", "trust", "team"]).exits(0);
    let trusted = as_stranger(&sandbox, &["scan", "--format", "json"]);
    assert_eq!(of_plugins(&trusted), ["team/first .env.example:1"]);
    as_stranger(&sandbox, &["plugin", "trust", "--revoke", "team"]).exits(0);
    let scan = as_stranger(&sandbox, &["scan", "--format", "json"]);
    assert_eq!(of_plugins(&scan), [""; 0]);
}

#[test]
fn a_component_that_nobody_committed_is_missed_by_its_path() {
    let sandbox = repository(&guest("team").build());
    sandbox.run(&["plugin", "add", "rules.wasm"]).exits(0);
    as_stranger(&sandbox, &["plugin", "trust", "team"]).exits(0);
    let list = || as_stranger(&sandbox, &["plugin", "list"]).exits(0).stdout;
    assert!(list().contains("team 1.0.0  ready"), "{}", list());
    std::fs::remove_file(sandbox.root().join("rules.wasm")).unwrap();
    assert!(list().contains("not the pinned bytes, or none"), "{}", list());
    let told = about_plugins(&as_stranger(&sandbox, &["scan", "--format", "json"]));
    assert!(told[0].contains("there is no rules.wasm; whoever pinned it"), "{told:?}");
}

#[test]
fn what_is_not_pinned_does_not_run() {
    let sandbox = repository(&guest("team").build());
    sandbox.write("seaworthy.toml", "[plugins.team]\nsource = \"rules.wasm\"\n");
    let scan = sandbox.scan(&["--allow-repo-plugins"]).exits(0);
    assert_eq!(of_plugins(&scan), [""; 0]);
    let told = about_plugins(&scan);
    assert!(told[0].contains("seaworthy.lock does not pin it"), "{told:?}");
    sandbox.write("seaworthy.lock", "version = 1\n[[plugin]]\nname = \"team\"\n");
    let told = about_plugins(&sandbox.scan(&[]));
    assert!(told[0].contains("seaworthy.lock cannot be believed: line 2"), "{told:?}");
}

#[test]
fn other_bytes_than_the_pinned_ones_do_not_run() {
    let sandbox = repository(&guest("team").build());
    sandbox.run(&["plugin", "add", "rules.wasm"]).exits(0);
    let other = guest("team").checking("(nop)");
    put(&sandbox, &other.build());
    let scan = sandbox.scan(&[]);
    assert_eq!(of_plugins(&scan), [""; 0]);
    let told = about_plugins(&scan);
    assert!(told[0].contains("its bytes are not those that seaworthy.lock pins"), "{told:?}");
    assert!(told[0].contains("`seaworthy plugin update team`"), "{told:?}");

    // A lock that was led astray names bytes that nobody trusts.
    put(&sandbox, &guest("team").build());
    assert_eq!(of_plugins(&sandbox.scan(&[])).len(), 1);
    let lock = sandbox.read("seaworthy.lock");
    let at = lock.find("sha256 = \"").unwrap() + "sha256 = \"".len();
    let digit = if &lock[at..=at] == "0" { "1" } else { "0" };
    sandbox.write("seaworthy.lock", &format!("{}{digit}{}", &lock[..at], &lock[at + 1..]));
    let told = about_plugins(&sandbox.scan(&[]));
    assert!(told[0].contains("you have not trusted it"), "{told:?}");
    let told = about_plugins(&sandbox.scan(&["--allow-repo-plugins"]));
    assert!(told[0].contains("its bytes are not those"), "{told:?}");
}

#[test]
fn settings_and_lock_have_to_agree_on_the_source() {
    let sandbox = repository(&guest("team").build());
    sandbox.run(&["plugin", "add", "rules.wasm"]).exits(0);
    sandbox.write("seaworthy.toml", "[plugins.team]\nsource = \"npm:team-rules\"\n");
    let told = about_plugins(&sandbox.scan(&[]));
    assert!(told[0].contains("pins it from another source"), "{told:?}");
    sandbox.run(&["plugin", "verify"]).exits(1);
}

#[test]
fn a_list_of_trust_that_cannot_be_read_trusts_nobody() {
    let sandbox = repository(&guest("team").build());
    sandbox.run(&["plugin", "add", "rules.wasm"]).exits(0);
    let list = sandbox.root().with_file_name("home").join(".config/seaworthy/trusted-plugins.toml");
    std::fs::write(&list, "[[plugin]]\nsha256 = \"all\"\n").unwrap();
    let scan = sandbox.scan(&[]);
    assert_eq!(of_plugins(&scan), [""; 0]);
    assert!(about_plugins(&scan).iter().any(|told| told.contains("the list cannot be read")));
}

#[test]
fn settings_that_the_user_brings_along_need_no_trust() {
    let sandbox = repository(b"");
    let own = sandbox.root().with_file_name("own");
    std::fs::create_dir(&own).unwrap();
    std::fs::write(own.join("rules.wasm"), guest("team").build()).unwrap();
    let directory = own.to_str().unwrap();
    sandbox.run(&["plugin", "add", "--repository", directory, &format!("{directory}/rules.wasm")]);
    let settings = format!("{directory}/seaworthy.toml");
    let scan = ["scan", "--format", "json", "--config", &settings];
    assert_eq!(of_plugins(&as_stranger(&sandbox, &scan)), ["team/first .env.example:1"]);
    // The same settings inside the audited repository are its own.
    for file in ["seaworthy.toml", "seaworthy.lock", "rules.wasm"] {
        std::fs::copy(own.join(file), sandbox.root().join(file)).unwrap();
    }
    let scan = ["scan", "--format", "json", "--config", "seaworthy.toml"];
    assert_eq!(of_plugins(&as_stranger(&sandbox, &scan)), [""; 0]);
}

#[test]
fn bounds_that_the_system_set_already_are_kept() {
    let sandbox = repository(&guest("team").build());
    let mut command = std::process::Command::new("sh");
    let binary = sandbox.binary();
    command.args(["-c", "ulimit -t 15; exec \"$0\" plugin info rules.wasm"]);
    command.arg(binary.get_program()).current_dir(sandbox.root());
    let output = command.env("HOME", sandbox.root().with_file_name("home")).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
}
