//! Clients that do what they should not.

use serde_json::{Value, json};

use super::editor::{Editor, pulling};

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
