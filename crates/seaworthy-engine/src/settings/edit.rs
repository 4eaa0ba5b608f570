//! Adding a plugin to a settings file and taking it out again, without touching
//! anything else that its author wrote.

use seaworthy_syntax::toml;

use super::plugins::plugins;

/// The settings with this plugin from this source. What they say of the plugin
/// besides stays.
///
/// # Errors
/// When the file has a form that cannot be edited; the message says what to write.
pub fn with_plugin(text: &str, name: &str, source: &str) -> Result<String, String> {
    let quoted = quoted(source);
    let tree = toml::parse(text);
    let by_hand = || format!("write this yourself:\n\n[plugins.{name}]\nsource = {quoted}\n");
    if let Some(error) = tree.errors().first() {
        return Err(format!("its syntax is broken ({}); {}", error.message, by_hand()));
    }
    let known = tree.root().get("plugins").and_then(|table| table.get(name));
    let edited = match known.and_then(|table| table.get("source")) {
        Some(written) if written.as_str() == Some(source) => return Ok(text.to_owned()),
        Some(written) => {
            let region = written.region();
            format!("{}{quoted}{}", &text[..region.start], &text[region.end..])
        }
        None => {
            let seam = match text {
                "" => "",
                text if text.ends_with("\n\n") => "",
                text if text.ends_with('\n') => "\n",
                _ => "\n\n",
            };
            format!("{text}{seam}[plugins.{name}]\nsource = {quoted}\n")
        }
    };
    let holds = toml::parse(&edited).errors().is_empty()
        && plugins(&edited).iter().any(|plugin| plugin.name == name && plugin.source == source);
    if holds { Ok(edited) } else { Err(by_hand()) }
}

/// The settings without this plugin: without its table and those below it.
///
/// # Errors
/// When it is written in another form.
pub fn without_plugin(text: &str, name: &str) -> Result<String, String> {
    let of_plugin = |line: &str| {
        let header = line.split('#').next().unwrap_or("").replace([' ', '\t', '"', '\''], "");
        let header = header.trim_end();
        let inner = header.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
        inner.map(|inner| {
            let rest = inner.strip_prefix("plugins.").and_then(|rest| rest.strip_prefix(name));
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        })
    };
    let mut kept = String::with_capacity(text.len());
    let mut inside = false;
    for line in text.split_inclusive('\n') {
        if let Some(own) = of_plugin(line) {
            inside = own;
        }
        if !inside {
            kept.push_str(line);
        }
    }
    let left = plugins(&kept);
    let want = plugins(text);
    let same = want.iter().filter(|plugin| plugin.name != name).map(|plugin| &plugin.name);
    if left.iter().map(|plugin| &plugin.name).eq(same) && toml::parse(&kept).errors().is_empty() {
        let end = kept.trim_end().len();
        kept.truncate(end);
        if !kept.is_empty() {
            kept.push('\n');
        }
        return Ok(kept);
    }
    Err(format!("`{name}` is written in a form that is not understood: remove it yourself"))
}

pub(super) fn quoted(text: &str) -> String {
    // What a source may hold needs no other escapes: control characters are refused.
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plugin_is_added_once_and_its_source_replaced() {
        let entry = "[plugins.team]\nsource = \"npm:@team/p@1.0.0\"\n";
        let cases = [
            ("", entry.to_owned()),
            ("# ours\nfail-on = \"high\"\n", format!("# ours\nfail-on = \"high\"\n\n{entry}")),
            ("fail-on = \"high\"", format!("fail-on = \"high\"\n\n{entry}")),
            (entry, entry.to_owned()),
            (
                "[plugins.team] # old\nsource = 'a.wasm' # here\nconfig = {a = 1}\n",
                "[plugins.team] # old\nsource = \"npm:@team/p@1.0.0\" # here\nconfig = {a = 1}\n"
                    .to_owned(),
            ),
        ];
        for (before, after) in cases {
            assert_eq!(with_plugin(before, "team", "npm:@team/p@1.0.0").as_ref(), Ok(&after));
        }
        for text in ["plugins = 3\n", "[plugins.team]\nconfig = {}\n", "a = [\n", "plugins = {}\n"]
        {
            let told = with_plugin(text, "team", "x").expect_err(text);
            assert!(told.contains("write this yourself"), "{told}");
        }
    }

    #[test]
    fn a_plugin_goes_with_all_that_is_its_own() {
        let text = "fail-on = \"high\"\n\n[plugins.team]\nsource = 'a'\n\n[plugins.team.config]\nx = 1\n\n\
                    [plugins.team-b] # other\nsource = 'b'\n[rules]\n";
        let left = "fail-on = \"high\"\n\n[plugins.team-b] # other\nsource = 'b'\n[rules]\n";
        assert_eq!(without_plugin(text, "team").as_deref(), Ok(left));
        assert_eq!(without_plugin("[plugins.team]\nsource = 'a'\n", "team").as_deref(), Ok(""));
        assert!(without_plugin("plugins.team.source = 'a'\n", "team").is_err());
        assert_eq!(without_plugin(left, "team").as_deref(), Ok(left));
    }
}
