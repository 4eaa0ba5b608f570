//! Texts from which another program makes the configuration.

use seaworthy_model::Region;

/// Whether another program makes the configuration out of a text, and which
/// notation it reads. Variables of `envsubst` are no such thing: nginx's reader
/// takes `${NAME}` for a word, whatever it will be.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Templating {
    /// The text is the configuration.
    #[default]
    None,
    /// `{{ … }}` or `{% … %}`: Jinja, Go templates, Handlebars.
    Braces,
    /// `<% … %>`: ERB, EJS.
    Percent,
}

impl Templating {
    /// What the text holds, outside of comments and programs (`aside`, sorted).
    pub(super) fn of(text: &str, aside: &[Region]) -> Self {
        let mut offset = 0;
        for line in text.split_inclusive('\n') {
            let kind = Self::of_line(line, offset, aside);
            if kind != Self::None {
                return kind;
            }
            offset += line.len();
        }
        Self::None
    }

    fn of_line(line: &str, offset: usize, aside: &[Region]) -> Self {
        for (open, close, kind) in
            [("{{", "}}", Self::Braces), ("{%", "%}", Self::Braces), ("<%", "%>", Self::Percent)]
        {
            let Some(at) = line.find(open) else { continue };
            let place = offset + at;
            let next = aside.partition_point(|region| region.end <= place);
            let hidden = aside.get(next).is_some_and(|region| region.start <= place);
            if !hidden && line[at + open.len()..].contains(close) {
                return kind;
            }
        }
        Self::None
    }
}
