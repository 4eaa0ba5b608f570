//! What is offered, and what becomes of the text when it is chosen.

use serde_json::{Value, json};

use super::editor::{Editor, codes, has, pulling, pushed};
use crate::position::Encoding;

const COMPOSE: &str = "services:\n  db:\n    image: postgres:16\n    environment:\n      \
                       POSTGRES_PASSWORD: ${DB_PASSWORD:?}\n    ports: [\"5432:5432\"]\n";
const VERCEL: &str = "{\n  \"framework\": \"nextjs\"\n}\n";

/// An editor that asks for edits when an action is chosen.
fn resolving() -> Value {
    let mut capabilities = pulling();
    let of = &mut capabilities["textDocument"]["codeAction"];
    of["dataSupport"] = json!(true);
    of["resolveSupport"] = json!({ "properties": ["edit"] });
    capabilities
}

fn actions(editor: &mut Editor, path: &str, only: Option<&str>) -> Vec<Value> {
    let all =
        json!({ "start": { "line": 0, "character": 0 }, "end": { "line": 999, "character": 0 } });
    let mut context = json!({ "diagnostics": [] });
    if let Some(only) = only {
        context["only"] = json!([only]);
    }
    let params = json!({
        "textDocument": { "uri": editor.uri(path) }, "range": all, "context": context,
    });
    editor.request("textDocument/codeAction", params).as_array().unwrap().clone()
}

fn titled(actions: &[Value], words: &str) -> Value {
    let titles: Vec<&Value> = actions.iter().map(|action| &action["title"]).collect();
    let found = actions.iter().find(|a| a["title"].as_str().unwrap().contains(words));
    found.unwrap_or_else(|| panic!("{words} is not among {titles:?}")).clone()
}

/// The text of a document after an action, and the version that it was meant for.
fn applied(editor: &Editor, action: &Value, path: &str, text: &str) -> (String, Value) {
    let changes = action["edit"]["documentChanges"].as_array().unwrap();
    let uri = editor.uri(path);
    let change = changes.iter().find(|change| change["textDocument"]["uri"] == uri.as_str());
    let change = change.unwrap_or_else(|| panic!("{path} is not edited: {changes:#?}"));
    let mut edits: Vec<lsp_types::TextEdit> =
        serde_json::from_value(change["edits"].clone()).unwrap();
    edits.sort_by_key(|edit| std::cmp::Reverse(edit.range.start));
    let mut text = text.to_owned();
    for edit in edits {
        let start = Encoding::Utf8.offset(&text, edit.range.start);
        let end = Encoding::Utf8.offset(&text, edit.range.end);
        text.replace_range(start..end, &edit.new_text);
    }
    (text, change["textDocument"]["version"].clone())
}

#[test]
fn a_fix_that_is_chosen_leaves_nothing_to_say() {
    let mut editor = Editor::open(resolving(), &[("vercel.json", VERCEL)]);
    let text = format!("{VERCEL}  \r\n");
    editor.did_open("vercel.json", &text);
    let rule = "header-x-content-type-options";
    assert!(has(&editor.pull("vercel.json"), rule));
    let offered = actions(&mut editor, "vercel.json", Some("quickfix"));
    let fix = titled(&offered, "X-Content-Type-Options");
    assert_eq!(fix["edit"], Value::Null, "the edit is made when it is wanted");
    assert_eq!(fix["diagnostics"][0]["code"], rule);
    let fix = editor.request("codeAction/resolve", fix);
    let (fixed, version) = applied(&editor, &fix, "vercel.json", &text);
    assert_eq!(version, 1);
    editor.did_change("vercel.json", 2, &fixed);
    assert!(!has(&editor.pull("vercel.json"), rule), "{fixed}");
    assert_eq!(editor.leave(), 0);
}

#[test]
fn fixing_all_goes_on_until_nothing_is_left() {
    let mut editor = Editor::open(resolving(), &[("vercel.json", VERCEL)]);
    editor.did_open("vercel.json", VERCEL);
    let before = editor.pull("vercel.json").len();
    assert_eq!(actions(&mut editor, "vercel.json", Some("source.fixAll")).len(), 1);
    let risky = actions(&mut editor, "vercel.json", Some("source.fixAll.seaworthy.unsafe"));
    let all = editor.request("codeAction/resolve", risky[0].clone());
    let (fixed, _) = applied(&editor, &all, "vercel.json", VERCEL);
    for header in ["X-Content-Type-Options", "Referrer-Policy", "X-Frame-Options"] {
        assert!(fixed.contains(header), "{header} is missing:\n{fixed}");
    }
    assert_eq!(editor.pull("vercel.json").len(), before, "nothing was changed by looking");
    editor.did_change("vercel.json", 2, &fixed);
    assert!(editor.pull("vercel.json").len() < before);
    let risky = actions(&mut editor, "vercel.json", Some("source.fixAll.seaworthy.unsafe"));
    assert_eq!(risky, Vec::<Value>::new());
    assert_eq!(editor.leave(), 0);
}

#[test]
fn a_finding_is_accepted_in_the_file_with_a_reason() {
    let mut editor = Editor::open(pulling(), &[("compose.yml", COMPOSE)]);
    editor.did_open("compose.yml", COMPOSE);
    let rule = "compose-db-port-published";
    assert!(has(&editor.pull("compose.yml"), rule));
    let offered = actions(&mut editor, "compose.yml", None);
    let ignore = titled(&offered, &format!("Ignore `{rule}` here: accepted risk"));
    let (text, _) = applied(&editor, &ignore, "compose.yml", COMPOSE);
    assert!(text.contains(&format!("    # seaworthy: ignore[{rule}] accepted risk\n")), "{text}");
    editor.did_change("compose.yml", 2, &text);
    let left = editor.pull("compose.yml");
    assert!(!has(&left, rule) && !has(&left, "settings-unused"), "{:?}", codes(&left));
    assert_eq!(editor.leave(), 0);
}

#[test]
fn a_finding_in_a_format_without_comments_is_accepted_in_the_settings() {
    let mut editor = Editor::open(pulling(), &[("vercel.json", VERCEL)]);
    editor.did_open("vercel.json", VERCEL);
    let rule = "header-x-content-type-options";
    let offered = actions(&mut editor, "vercel.json", None);
    let ignore = titled(&offered, &format!("Ignore `{rule}` in seaworthy.toml"));
    let changes = &ignore["edit"]["documentChanges"];
    assert_eq!(changes[0]["kind"], "create");
    assert_eq!(changes[0]["uri"], editor.uri("seaworthy.toml"));
    let settings = changes[1]["edits"][0]["newText"].as_str().unwrap();
    editor.did_open("seaworthy.toml", settings);
    let left = editor.pull("vercel.json");
    assert!(!has(&left, rule), "{settings}");
    assert_eq!(codes(&editor.pull("seaworthy.toml")), Vec::<&str>::new());

    let offered = actions(&mut editor, "vercel.json", None);
    let next = titled(&offered, "in seaworthy.toml: false positive");
    let (both, version) = applied(&editor, &next, "seaworthy.toml", settings);
    assert!(both.starts_with(settings) && version == 1, "{both}");
    assert_eq!(editor.leave(), 0);
}

#[test]
fn a_finding_is_added_to_the_baseline_and_is_known_then() {
    let mut editor = Editor::open(pulling(), &[("compose.yml", COMPOSE)]);
    editor.did_open("compose.yml", COMPOSE);
    let offered = actions(&mut editor, "compose.yml", None);
    let rule = "compose-db-port-published";
    let of_rule: Vec<Value> =
        offered.into_iter().filter(|action| action["diagnostics"][0]["code"] == rule).collect();
    let known = titled(&of_rule, "Add to the baseline");
    let changes = &known["edit"]["documentChanges"];
    assert_eq!((&changes[0]["kind"], changes.as_array().unwrap().len()), (&json!("create"), 2));
    let baseline = changes[1]["edits"][0]["newText"].as_str().unwrap();
    editor.did_open("seaworthy-baseline.json", baseline);
    assert!(!has(&editor.pull("compose.yml"), rule), "{baseline}");
    assert_eq!(codes(&editor.pull("seaworthy-baseline.json")), Vec::<&str>::new());
    assert_eq!(editor.leave(), 0);
}

#[test]
fn edits_go_to_clients_that_know_no_versions_too() {
    let mut capabilities = pushed();
    capabilities["workspace"] = json!({});
    let mut editor = Editor::open(capabilities, &[("compose.yml", COMPOSE)]);
    editor.did_open("compose.yml", COMPOSE);
    let offered = actions(&mut editor, "compose.yml", None);
    let ignore = titled(&offered, "Ignore `compose-db-port-published` here");
    let uri = editor.uri("compose.yml");
    assert!(ignore["edit"]["changes"][&uri].is_array(), "{ignore}");
    assert_eq!(editor.leave(), 0);
}

#[test]
fn the_pointer_is_told_why_and_how_to_mend_it_and_no_secret() {
    let secret = "Zq8vR2mKx7Lw4Tn9Yb3Hd6Jf1Gs5Pc0A";
    let text = format!("POSTGRES_PASSWORD={secret}\nJWT_SECRET=short\n");
    let mut editor = Editor::open(pulling(), &[(".env.production", &text)]);
    editor.did_open(".env.production", &text);
    let at = |line: u32, character: u32| json!({ "line": line, "character": character });
    let uri = editor.uri(".env.production");
    let params = |position: Value| json!({ "textDocument": { "uri": uri }, "position": position });
    let shown = editor.request("textDocument/hover", params(at(1, 12)));
    let words = shown["contents"]["value"].as_str().unwrap();
    assert!(words.contains("### Why") && words.contains("### Fix"), "{words}");
    assert_eq!(shown["contents"]["kind"], "markdown");
    assert_eq!(shown["range"]["start"], at(1, 11));
    for position in [at(0, 0), at(0, 20), at(0, 50), at(9, 9)] {
        let shown = editor.request("textDocument/hover", params(position)).to_string();
        assert!(!shown.contains(secret), "{shown}");
    }
    editor.did_open("seaworthy.toml", "[rules]\njwt-secret-too-short = \"off\"\n");
    let uri = editor.uri("seaworthy.toml");
    let params = json!({ "textDocument": { "uri": uri }, "position": at(1, 5) });
    let shown = editor.request("textDocument/hover", params);
    assert!(shown["contents"]["value"].as_str().unwrap().contains("jwt-secret-too-short"));
    assert_eq!(editor.leave(), 0);
}
