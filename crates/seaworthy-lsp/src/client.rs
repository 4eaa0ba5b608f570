//! What the client can, as far as it matters here.
//!
//! Read from the JSON itself: one odd entry in a long list of abilities must not cost
//! all of them, and clients spell some in two ways.

use serde_json::Value;

use crate::position::Encoding;

/// The abilities of a client.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Client {
    /// What its columns count.
    pub(crate) encoding: Encoding,
    /// It asks for diagnostics, and asks again when told that an edit elsewhere changed
    /// them; so none are sent unasked. Who cannot be told would show what an edit of
    /// another file has long mended.
    pub(crate) pulls: bool,
    /// It shows progress.
    pub(crate) progress: bool,
    /// It watches files when asked to.
    pub(crate) watches: bool,
    /// It tells of changed settings when asked to.
    pub(crate) tells_settings: bool,
    /// It can be asked for settings.
    pub(crate) configuration: bool,
    /// It shows related places.
    pub(crate) related: bool,
    /// It shows a link for a diagnostic's code.
    pub(crate) links: bool,
    /// It greys out what a diagnostic calls unnecessary.
    pub(crate) tags: bool,
    /// It understands code actions that are more than commands.
    pub(crate) actions: bool,
    /// It asks for the edit of a code action when that is chosen.
    pub(crate) resolves: bool,
    /// It understands edits of versioned documents.
    pub(crate) document_changes: bool,
    /// It creates files as part of an edit.
    pub(crate) creates: bool,
    /// It shows Markdown.
    pub(crate) markdown: bool,
}

impl Client {
    /// Reads the `capabilities` of an `initialize` request.
    pub(crate) fn read(capabilities: &Value) -> Self {
        let at = |pointer: &str| capabilities.pointer(pointer).unwrap_or(&Value::Null);
        let can = |pointer: &str| at(pointer).as_bool() == Some(true);
        let lists = |pointer: &str, word: &str| {
            at(pointer).as_array().is_some_and(|all| all.iter().any(|each| each == word))
        };
        let shown = |what: &str| {
            let of = |list: &str| !at(&format!("/textDocument/{list}/{what}")).is_null();
            of("publishDiagnostics") || of("diagnostic")
        };
        let pulls = at("/textDocument/diagnostic").is_object()
            && (can("/workspace/diagnostics/refreshSupport")
                || can("/workspace/diagnostic/refreshSupport"));
        let creates = lists("/workspace/workspaceEdit/resourceOperations", "create");
        let utf8 = lists("/general/positionEncodings", "utf-8");
        Self {
            encoding: if utf8 { Encoding::Utf8 } else { Encoding::Utf16 },
            pulls,
            progress: can("/window/workDoneProgress"),
            watches: can("/workspace/didChangeWatchedFiles/dynamicRegistration"),
            tells_settings: can("/workspace/didChangeConfiguration/dynamicRegistration"),
            configuration: can("/workspace/configuration"),
            related: shown("relatedInformation"),
            links: shown("codeDescriptionSupport"),
            tags: shown("tagSupport"),
            actions: at("/textDocument/codeAction/codeActionLiteralSupport").is_object(),
            resolves: lists("/textDocument/codeAction/resolveSupport/properties", "edit")
                && can("/textDocument/codeAction/dataSupport"),
            // Who creates files must understand the edits that do, and some say only that.
            document_changes: can("/workspace/workspaceEdit/documentChanges") || creates,
            creates,
            markdown: lists("/textDocument/hover/contentFormat", "markdown"),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn abilities_are_read_in_either_spelling_and_whatever_else_is_there() {
        let client = Client::read(&json!({
            "general": { "positionEncodings": ["utf-16", "utf-8"] },
            "textDocument": {
                "diagnostic": {},
                "hover": { "contentFormat": ["plaintext", "markdown"] },
                "codeAction": 3,
            },
            "workspace": { "diagnostics": { "refreshSupport": true }, "workspaceEdit": null },
        }));
        assert_eq!(client.encoding, Encoding::Utf8);
        assert!(client.pulls && client.markdown);
        assert!(!client.actions && !client.document_changes && !client.progress);
        assert!(!Client::read(&Value::Null).pulls);
        let deaf = Client::read(&json!({ "textDocument": { "diagnostic": {} } }));
        assert!(!deaf.pulls, "it cannot be told to ask again");
        let utf32 = Client::read(&json!({ "general": { "positionEncodings": ["utf-32"] } }));
        assert_eq!(utf32.encoding, Encoding::Utf16, "what every client can");
    }
}
