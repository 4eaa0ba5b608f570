//! What is shown, and when.

use serde_json::{Value, json};

use super::editor::{Editor, codes, has, pulling, pushed};

const WEAK: &str = "JWT_SECRET=changeme\n";

#[test]
fn an_open_buffer_is_judged_and_not_the_file_below_it() {
    let mut editor = Editor::open(pushed(), &[(".env.production", WEAK)]);
    let on_disk = editor.published(".env.production", None);
    assert!(!on_disk.is_empty(), "files that are not open are judged, too");
    editor.did_open(".env.production", "NOTHING=here\n");
    assert_eq!(codes(&editor.published(".env.production", Some(1))), Vec::<&str>::new());
    editor.did_change(".env.production", 2, WEAK);
    assert_eq!(codes(&editor.published(".env.production", Some(2))), codes(&on_disk));
    editor.did_change(".env.production", 3, "");
    assert!(editor.published(".env.production", Some(3)).is_empty());
    editor.did_close(".env.production");
    assert_eq!(codes(&editor.published(".env.production", None)), codes(&on_disk));
    assert_eq!(editor.leave(), 0);
}

#[test]
fn a_finding_across_files_goes_when_the_other_file_is_edited() {
    let compose = "services:\n  db:\n    image: postgres:16\n    environment:\n      \
                   POSTGRES_PASSWORD: ${DB_PASSWORD:?}\n    ports: [\"5432:5432\"]\n";
    let mut editor = Editor::open(pulling(), &[(".env", "OTHER=1\n"), ("compose.yml", compose)]);
    editor.did_open("compose.yml", compose);
    editor.did_open(".env", "OTHER=1\n");
    assert!(has(&editor.pull("compose.yml"), "compose-db-port-published"));
    let local = compose.replace("5432:5432", "127.0.0.1:5432:5432");
    editor.did_change("compose.yml", 2, &local);
    assert!(!has(&editor.pull("compose.yml"), "compose-db-port-published"));
    assert_eq!(editor.leave(), 0);
}

#[test]
fn all_files_are_answered_and_then_only_what_is_new() {
    let mut editor = Editor::open(pulling(), &[(".env.production", WEAK)]);
    let all = editor.request("workspace/diagnostic", json!({ "previousResultIds": [] }));
    let item = &all["items"][0];
    assert_eq!((&item["kind"], &item["version"]), (&json!("full"), &Value::Null), "{all}");
    assert_eq!(item["uri"], editor.uri(".env.production"));
    let known = json!([{ "uri": item["uri"], "value": item["resultId"] }]);
    let id = editor.ask("workspace/diagnostic", json!({ "previousResultIds": known }));
    editor.did_open(".env.production", "NOTHING=here\n");
    let news = editor.answer(&id).unwrap();
    assert_eq!(news["items"][0]["items"], json!([]), "{news}");
    assert_eq!(editor.leave(), 0);
}
