//! Folders, files that change on disk, settings, trust and progress.

use serde_json::{Value, json};

use super::editor::{Editor, codes, has, pulling, pushed};

const WEAK: &str = "JWT_SECRET=changeme\n";
const RULE: &str = "placeholder-secret-in-deployable";

fn changed(editor: &Editor, paths: &[&str]) {
    let changes: Vec<Value> =
        paths.iter().map(|path| json!({ "uri": editor.uri(path), "type": 2 })).collect();
    editor.notify("workspace/didChangeWatchedFiles", json!({ "changes": changes }));
}

#[test]
fn a_file_that_changes_on_disk_is_looked_at_again() {
    let mut editor = Editor::open(pushed(), &[(".env.production", "A=1\n"), ("b/.env", "A=1\n")]);
    editor.did_open("b/.env", "A=1\n");
    assert!(editor.published("b/.env", Some(1)).is_empty());
    editor.write(".env.production", WEAK);
    changed(&editor, &[".env.production"]);
    assert!(has(&editor.published(".env.production", None), RULE));
    std::fs::remove_file(editor.root.path().join(".env.production")).unwrap();
    changed(&editor, &[".env.production"]);
    assert!(editor.published(".env.production", None).is_empty());
    assert_eq!(editor.leave(), 0);
}

#[test]
fn who_asks_is_told_to_ask_again_when_another_file_changes_the_answer() {
    let mut editor = Editor::open(pulling(), &[(".env.production", WEAK)]);
    editor.did_open(".env.production", WEAK);
    assert!(has(&editor.pull(".env.production"), RULE));
    editor.did_open("seaworthy.toml", &format!("[rules]\n{RULE} = \"off\"\n"));
    assert!(editor.pull("seaworthy.toml").is_empty());
    editor.did_close("seaworthy.toml");
    editor.did_open("other", "");
    editor.pull("other");
    assert!(has(&editor.pull(".env.production"), RULE));
    let refreshed = editor.asked.iter().any(|r| r.method == "workspace/diagnostic/refresh");
    assert!(refreshed, "{:?}", editor.asked);
    assert!(editor.heard.is_empty(), "what is asked for is not sent as well: {:?}", editor.heard);
    assert_eq!(editor.leave(), 0);
}

#[test]
fn folders_come_and_go_and_the_innermost_speaks() {
    let files = [("a/.env.production", WEAK), ("a/in/.env.production", WEAK), ("b/.env", "A=1\n")];
    let mut editor = Editor::start(&files);
    let folder = |editor: &Editor, path: &str| json!({ "uri": editor.uri(path), "name": path });
    let (a, inner) = (folder(&editor, "a"), folder(&editor, "a/in"));
    editor.initialize(json!({
        "capabilities": pulling(), "workspaceFolders": [a, inner],
        "initializationOptions": { "debounce": 0 },
    }));
    let uris = |report: &Value| -> Vec<String> {
        let items = report["items"].as_array().unwrap().iter();
        items.map(|item| item["uri"].as_str().unwrap().to_owned()).collect()
    };
    let all = json!({ "previousResultIds": [] });
    let report = editor.request("workspace/diagnostic", all.clone());
    let both = vec![editor.uri("a/.env.production"), editor.uri("a/in/.env.production")];
    assert_eq!(uris(&report), both, "each file once");

    let event = json!({ "event": { "added": [], "removed": [inner] } });
    editor.notify("workspace/didChangeWorkspaceFolders", event);
    assert_eq!(uris(&editor.request("workspace/diagnostic", all.clone())), both);
    let event = json!({ "event": { "added": [folder(&editor, "b")], "removed": [a] } });
    editor.notify("workspace/didChangeWorkspaceFolders", event);
    editor.did_open("b/.env.production", WEAK);
    assert!(has(&editor.pull("b/.env.production"), RULE));
    assert!(editor.pull("a/.env.production").is_empty(), "nobody speaks for it any more");
    assert_eq!(editor.leave(), 0);
}

#[test]
fn a_file_outside_every_folder_is_judged_by_itself() {
    let mut editor = Editor::start(&[("seaworthy.toml", "[rules]\nx = 3\n")]);
    editor.initialize(json!({ "capabilities": pushed(), "rootUri": null }));
    editor.did_open(".env.production", WEAK);
    assert!(has(&editor.published(".env.production", Some(1)), RULE));
    for uri in ["untitled:.env.production", "git:/x/.env.production"] {
        let document = json!({ "uri": uri, "languageId": "x", "version": 7, "text": WEAK });
        editor.notify("textDocument/didOpen", json!({ "textDocument": document }));
    }
    let sent = editor.wait(|n| n.params["version"] == 7);
    assert_eq!(sent.params["uri"], "untitled:.env.production");
    editor.did_close(".env.production");
    assert!(editor.published(".env.production", None).is_empty());
    assert_eq!(editor.leave(), 0);
}

#[test]
fn settings_of_the_editor_change_what_is_shown() {
    let mut editor = Editor::open(pushed(), &[(".env.production", WEAK)]);
    assert!(has(&editor.published(".env.production", None), RULE));
    let change = |editor: &Editor, settings: Value| {
        let params = json!({ "settings": { "seaworthy": settings } });
        editor.notify("workspace/didChangeConfiguration", params);
    };
    change(&editor, json!({ "scope": "openFiles" }));
    assert!(editor.published(".env.production", None).is_empty());
    change(&editor, json!({ "scope": "everything" }));
    let told = editor.wait(|n| n.method == "window/logMessage");
    assert!(told.params["message"].as_str().unwrap().contains("seaworthy.scope"), "{told:?}");
    change(&editor, json!({ "scope": "workspace", "minimumSeverity": "critical" }));
    editor.did_open(".env.production", WEAK);
    let shown = editor.published(".env.production", Some(1));
    assert!(shown.iter().all(|shown| shown["severity"] == 1), "{:?}", codes(&shown));
    assert_eq!(editor.leave(), 0);
}

#[test]
fn a_workspace_that_is_not_trusted_runs_no_plugins() {
    let settings = "[plugins.team]\nsource = \"team.wasm\"\n";
    let files = [("seaworthy.toml", settings)];
    for (trusted, why) in [(false, "not trusted"), (true, "team")] {
        let options = json!({ "debounce": 0, "trusted": trusted });
        let mut editor = Editor::open_with(pulling(), options, &files);
        let told = editor.pull("seaworthy.toml");
        assert_eq!(codes(&told), ["plugin-not-run"]);
        let message = told[0]["message"].as_str().unwrap();
        assert!(message.contains(why), "{message}");
        assert_eq!(message.contains("not trusted"), !trusted, "{message}");
        assert_eq!(editor.leave(), 0);
    }
}

#[test]
fn the_first_look_shows_its_progress() {
    let mut capabilities = pushed();
    capabilities["window"] = json!({ "workDoneProgress": true });
    capabilities["workspace"]["didChangeWatchedFiles"] = json!({ "dynamicRegistration": true });
    let mut editor = Editor::open(capabilities, &[(".env.production", WEAK)]);
    let begun = editor.wait(|n| n.method == "$/progress");
    assert_eq!(begun.params["value"]["kind"], "begin");
    let ended = editor.wait(|n| n.method == "$/progress");
    assert_eq!(ended.params["value"]["kind"], "end");
    assert_eq!(ended.params["token"], begun.params["token"]);
    let methods: Vec<&str> = editor.asked.iter().map(|request| request.method.as_str()).collect();
    assert_eq!(methods.len(), 2, "{methods:?}");
    assert!(methods.contains(&"window/workDoneProgress/create"), "{methods:?}");
    assert!(methods.contains(&"client/registerCapability"), "{methods:?}");
    assert_eq!(editor.leave(), 0);
}
