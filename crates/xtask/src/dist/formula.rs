//! The formula for Homebrew: its template with the version and the sums of the archives.

use std::collections::BTreeMap;
use std::path::Path;

use super::VERSION;

const TEMPLATE: &str = "packages/homebrew/seaworthy.rb.in";

/// The formula, if there is an archive for everything that it installs on.
pub(super) fn render(root: &Path, sums: &BTreeMap<&str, String>) -> anyhow::Result<Option<String>> {
    let template = std::fs::read_to_string(root.join(TEMPLATE))?;
    Ok(fill(&template, sums))
}

fn fill(template: &str, sums: &BTreeMap<&str, String>) -> Option<String> {
    let mut text = template.replace("{{version}}", VERSION);
    while let Some(start) = text.find("{{sha256 ") {
        let end = start + text[start..].find("}}")?;
        let target = text[start + "{{sha256 ".len()..end].to_owned();
        text.replace_range(start..end + 2, sums.get(target.as_str())?);
    }
    Some(text)
}

#[cfg(test)]
mod tests {
    use super::{BTreeMap, VERSION, fill};

    #[test]
    fn every_sum_stands_where_its_target_is_named() {
        let sums = BTreeMap::from([("a-b", "12".to_owned()), ("c-d", "34".to_owned())]);
        let filled = fill("{{version}} {{sha256 c-d}} {{sha256 a-b}}", &sums);
        assert_eq!(filled, Some(format!("{VERSION} 34 12")));
    }

    #[test]
    fn without_an_archive_there_is_no_formula() {
        assert_eq!(fill("{{sha256 a-b}}", &BTreeMap::new()), None);
    }
}
