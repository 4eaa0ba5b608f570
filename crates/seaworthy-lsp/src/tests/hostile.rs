//! Clients that do what they should not.

use serde_json::{Value, json};

use super::editor::{Editor, has, pulling, pushed};

#[test]
fn who_goes_without_a_word_is_told_by_the_exit_code() {
    let editor = Editor::open(pulling(), &[]);
    assert_eq!(editor.exit(), 1);
    let editor = Editor::open(pulling(), &[]);
    assert_eq!(editor.leave(), 0);
}

#[test]
fn what_cannot_be_understood_is_refused_and_the_server_lives() {
    let mut editor = Editor::start(&[]);
    let early = editor.ask("textDocument/diagnostic", json!({}));
    assert_eq!(editor.answer(&early), Err(-32002), "before the beginning");
    editor.notify("textDocument/didOpen", json!({}));
    editor.initialize(json!({ "capabilities": pulling() }));
    let cases = [
        ("textDocument/diagnostic", json!({}), -32602),
        ("textDocument/diagnostic", json!({ "textDocument": { "uri": 3 } }), -32602),
        ("textDocument/diagnostic", Value::Null, -32602),
        ("workspace/diagnostic", json!([]), -32602),
        ("textDocument/unheardOf", json!({}), -32601),
        ("initialize", json!({}), -32600),
    ];
    for (method, params, code) in cases {
        let id = editor.ask(method, params.clone());
        assert_eq!(editor.answer(&id), Err(code), "{method} {params}");
    }
    for method in ["didOpen", "didChange", "didClose", "didSave", "unheardOf"] {
        editor.notify(&format!("textDocument/{method}"), json!({ "textDocument": null }));
    }
    editor.did_change(".env", 3, "A=1");
    editor.did_close(".env");
    editor.did_close(".env");
    editor.request("shutdown", Value::Null);
    let late = editor.ask("shutdown", Value::Null);
    assert_eq!(editor.answer(&late), Err(-32600), "after the end");
    assert_eq!(editor.exit(), 0);
}

#[test]
fn edits_that_fit_nothing_leave_a_document_that_is_judged() {
    let mut editor = Editor::open(pulling(), &[]);
    editor.did_open(".env.production", "JWT_SECRET=changeme\r\n");
    let edits = [
        ([9, 9, 99, 0], "A=1\n"),
        ([0, 9, 0, 2], ""),
        ([2_000_000_000, 2_000_000_000, 0, 0], "B=2"),
        ([0, 2_000_000_000, 0, 2_000_000_000], "😀"),
        ([0, 5, 0, 6], ""),
    ];
    for (version, ([a, b, c, d], text)) in (2..).zip(edits) {
        let range = json!({
            "start": { "line": a, "character": b }, "end": { "line": c, "character": d },
        });
        editor.change(".env.production", version, json!({ "range": range, "text": text }));
    }
    editor.did_change(".env.production", 1, "JWT_SECRET=changeme");
    editor.did_open(".env.production", "JWT_SECRET=changeme");
    assert!(!editor.pull(".env.production").is_empty());
    editor.did_close(".env.production");
    editor.did_close(".env.production");
    assert!(editor.pull(".env.production").is_empty());
    assert_eq!(editor.leave(), 0);
}

#[test]
fn a_flood_of_edits_is_answered_by_what_it_comes_to() {
    let mut editor = Editor::open(pushed(), &[]);
    editor.did_open(".env.production", "JWT_SECRET=c\n");
    for version in 2..=1000 {
        let at = json!({ "line": 0, "character": 11 });
        let range = json!({ "start": at, "end": at });
        editor.change(".env.production", version, json!({ "range": range, "text": "x" }));
    }
    editor.did_change(".env.production", 1001, "JWT_SECRET=changeme\n");
    assert!(has(
        &editor.published(".env.production", Some(1001)),
        "placeholder-secret-in-deployable"
    ));
    assert_eq!(editor.leave(), 0);
}

#[test]
fn too_many_findings_in_a_file_are_cut_and_counted() {
    let mut text = String::new();
    for n in 0..10_000 {
        text.push_str(&format!("JWT_SECRET_{n}=changeme\n"));
    }
    let mut editor = Editor::open(pulling(), &[]);
    editor.did_open(".env.production", &text);
    let shown = editor.pull(".env.production");
    assert_eq!(shown.len(), 501);
    assert_eq!(shown[0]["code"], "results-truncated");
    let told = shown[0]["message"].as_str().unwrap();
    let more: usize = told.split(' ').next().unwrap().parse().unwrap();
    assert!(more >= 9_500, "{told}");
    assert_eq!(editor.leave(), 0);
}

#[test]
fn settings_that_break_while_the_server_runs_are_told_in_their_place() {
    let settings = "[rules]\nplaceholder-secret-in-deployable = \"off\"\n";
    let files = [(".env.production", "JWT_SECRET=changeme\n"), ("seaworthy.toml", settings)];
    let mut editor = Editor::open(pulling(), &files);
    let rule = "placeholder-secret-in-deployable";
    assert!(!has(&editor.pull(".env.production"), rule));
    editor.did_open("seaworthy.toml", settings);
    editor.did_change("seaworthy.toml", 2, "[rules\nplaceholder");
    let told = editor.pull("seaworthy.toml");
    assert_eq!((&told[0]["code"], &told[0]["severity"]), (&json!("settings-invalid"), &json!(1)));
    assert!(has(&editor.pull(".env.production"), rule), "what is not off is on");
    editor.did_change("seaworthy.toml", 3, settings);
    assert!(editor.pull("seaworthy.toml").is_empty());
    assert!(!has(&editor.pull(".env.production"), rule));
    assert_eq!(editor.leave(), 0);
}

#[test]
fn who_does_not_want_an_answer_any_more_gets_none() {
    let mut editor = Editor::open(pulling(), &[(".env.production", "JWT_SECRET=changeme\n")]);
    let all = editor.request("workspace/diagnostic", json!({ "previousResultIds": [] }));
    let item = &all["items"][0];
    let known = json!([{ "uri": item["uri"], "value": item["resultId"] }]);
    // Nothing is new, so this one waits.
    let waiting = editor.ask("workspace/diagnostic", json!({ "previousResultIds": known }));
    editor.notify("$/cancelRequest", json!({ "id": 999 }));
    editor.notify("$/cancelRequest", json!({}));
    editor.notify("$/cancelRequest", serde_json::to_value(json!({ "id": waiting })).unwrap());
    assert_eq!(editor.answer(&waiting), Err(-32800));
    let waiting = editor.ask("workspace/diagnostic", json!({ "previousResultIds": known }));
    let goodbye = editor.ask("shutdown", Value::Null);
    assert_eq!(editor.answer(&waiting), Err(-32800), "the end answers all");
    assert_eq!(editor.answer(&goodbye), Ok(Value::Null));
    assert_eq!(editor.exit(), 0);
}

#[test]
fn what_was_asked_about_a_text_that_is_gone_is_refused() {
    // So long that none of it is answered before the edit.
    let options = json!({ "debounce": 60_000 });
    let mut editor = Editor::open_with(pulling(), options, &[]);
    let text = "JWT_SECRET=changeme\n".repeat(5_000);
    editor.did_open(".env.production", &text);
    let document = json!({ "uri": editor.uri(".env.production") });
    let at = json!({ "line": 0, "character": 0 });
    let pull = editor.ask("textDocument/diagnostic", json!({ "textDocument": document }));
    let hover =
        editor.ask("textDocument/hover", json!({ "textDocument": document, "position": at }));
    editor.did_change(".env.production", 2, "A=1\n");
    assert_eq!(editor.answer(&pull), Err(-32802), "to be asked again");
    assert_eq!(editor.answer(&hover), Err(-32801));
    assert!(editor.pull(".env.production").is_empty());
    assert_eq!(editor.leave(), 0);
}

#[test]
fn a_client_that_is_gone_leaves_no_server_behind() {
    let editor = Editor::open(pulling(), &[(".env.production", "JWT_SECRET=changeme\n")]);
    assert_eq!(editor.die(), 1);
}
