//! Values that take the place of others, with the quotes that the format needs.

use seaworthy_analysis::Context;
use seaworthy_formats::http::{HeaderRule, Provider};

/// The text that has to stand where the rule's value stands: a bare word of nginx
/// or Caddy needs quotes for a value with blanks or semicolons.
pub(super) fn value_text(cx: &Context<'_>, rule: &HeaderRule, value: &str) -> String {
    let words = matches!(rule.provider, Provider::Nginx | Provider::Caddy);
    let quoted = || {
        let artifact = cx.snapshot().artifact(rule.artifact.as_str())?;
        let text = cx.snapshot().text(artifact)?;
        Some(text.get(..rule.value.region.start)?.ends_with(['"', '\'', '`']))
    };
    if words && value.contains([' ', ';']) && quoted() != Some(true) {
        format!("\"{value}\"")
    } else {
        value.to_owned()
    }
}
