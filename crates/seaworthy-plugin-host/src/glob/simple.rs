//! Patterns without classes and escapes, held against a path as they are.
//!
//! Nearly all are such. A regular expression takes a hundred times as long to be made
//! as one of these, and a scan of a few files would do nothing else.

/// The most patterns that alternatives may stand for.
const MAX_ALTERNATIVES: usize = 64;

/// One pattern, its alternatives apart.
#[derive(Debug)]
pub(super) struct Simple {
    /// Its place in a list.
    pub(super) place: usize,
    /// Whether it is for the whole path, not for the name.
    for_path: bool,
    patterns: Vec<Vec<Segment>>,
}

/// What stands between two slashes.
#[derive(Debug)]
enum Segment {
    /// `**`: any number of segments, none too.
    Depth,
    /// `*`
    Any,
    /// Without a wildcard.
    Exact(String),
    /// `*.ext`
    End(String),
    /// `name.*`
    Start(String),
    /// Any other.
    Wild(String),
}

impl Simple {
    /// Reads a pattern; none where it takes more than is known here.
    pub(super) fn read(pattern: &str, place: usize) -> Option<Self> {
        let patterns = alternatives(pattern)?;
        let patterns = patterns.iter().map(|pattern| segments(pattern)).collect();
        Some(Self { place, for_path: pattern.contains('/'), patterns })
    }

    /// Whether it matches a path, of which `name` is the last part.
    #[inline]
    pub(super) fn matches(&self, path: &str, name: &str) -> bool {
        let fits = |pattern: &Vec<Segment>| match pattern.as_slice() {
            [only] => (!self.for_path || name.len() == path.len()) && only.matches(name),
            // Most paths differ from most patterns in their names.
            [.., last] => last.matches(name) && (!self.for_path || along(pattern, path)),
            [] => false,
        };
        self.patterns.iter().any(fits)
    }
}

/// Whether the segments of a path are those of a pattern.
fn along(pattern: &[Segment], path: &str) -> bool {
    let path: Vec<&str> = path.split('/').collect();
    let (mut at, mut here) = (0, 0);
    // Where to go on if it leads nowhere: one segment deeper.
    let mut depth: Option<(usize, usize)> = None;
    while here < path.len() {
        match pattern.get(at) {
            Some(Segment::Depth) => {
                depth = Some((at, here));
                at += 1;
                continue;
            }
            Some(segment) if segment.matches(path[here]) => {
                (at, here) = (at + 1, here + 1);
                continue;
            }
            _ => {}
        }
        let Some((from, reached)) = depth else { return false };
        depth = Some((from, reached + 1));
        (at, here) = (from + 1, reached + 1);
    }
    pattern[at..].iter().all(|segment| matches!(segment, Segment::Depth))
}

impl Segment {
    #[inline]
    fn matches(&self, text: &str) -> bool {
        let (last, first) =
            (|text: &str| text.bytes().next_back(), |text: &str| text.bytes().next());
        match self {
            Segment::Depth | Segment::Any => true,
            // One byte tells most texts apart.
            Segment::Exact(exact) => last(text) == last(exact) && text == exact,
            Segment::End(end) => last(text) == last(end) && text.ends_with(end.as_str()),
            Segment::Start(start) => {
                first(text) == first(start) && text.starts_with(start.as_str())
            }
            Segment::Wild(pattern) => wild(pattern.as_bytes(), text.as_bytes()),
        }
    }
}

/// A pattern of `*` and `?` against a segment.
fn wild(pattern: &[u8], text: &[u8]) -> bool {
    let after_character = |at: usize| {
        let more = text[at + 1..].iter().take_while(|byte| **byte & 0xC0 == 0x80);
        at + 1 + more.count()
    };
    let (mut at, mut here) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while here < text.len() {
        match pattern.get(at) {
            Some(b'*') => {
                star = Some((at, here));
                at += 1;
                continue;
            }
            Some(b'?') => {
                (at, here) = (at + 1, after_character(here));
                continue;
            }
            Some(byte) if *byte == text[here] => {
                (at, here) = (at + 1, here + 1);
                continue;
            }
            _ => {}
        }
        let Some((from, reached)) = star else { return false };
        let reached = after_character(reached);
        star = Some((from, reached));
        (at, here) = (from + 1, reached);
    }
    pattern[at..].iter().all(|byte| *byte == b'*')
}

/// The patterns that one with alternatives stands for.
fn alternatives(pattern: &str) -> Option<Vec<String>> {
    if pattern.contains(['[', ']', '\\']) {
        return None;
    }
    let mut patterns = vec![String::new()];
    let (mut rest, mut depths) = (pattern, 0);
    while let Some((before, inside)) = rest.split_once('{') {
        let (inside, after) = inside.split_once('}')?;
        let choices: Vec<&str> = inside.split(',').collect();
        let odd =
            |choice: &&str| choice.is_empty() || choice.contains('{') || choice.contains("**");
        if choices.iter().any(odd)
            || before.contains('}')
            || patterns.len() * choices.len() > MAX_ALTERNATIVES
        {
            return None;
        }
        let with = |start: &String| -> Vec<String> {
            choices.iter().map(|choice| format!("{start}{before}{choice}")).collect()
        };
        patterns = patterns.iter().flat_map(with).collect();
        depths += before.matches("**").count();
        rest = after;
    }
    if rest.contains('}') {
        return None;
    }
    depths += rest.matches("**").count();
    patterns.iter_mut().for_each(|pattern| pattern.push_str(rest));
    // Stars that only alternatives bring together are not one of depth.
    let same = |pattern: &String| {
        pattern.matches("**").count() == depths && pattern.split('/').all(|part| !part.is_empty())
    };
    patterns.iter().all(same).then_some(patterns)
}

fn segments(pattern: &str) -> Vec<Segment> {
    let mut segments: Vec<Segment> = pattern.split('/').map(segment).collect();
    // What lies in a directory is at least one segment deeper.
    if matches!(segments.last(), Some(Segment::Depth)) {
        segments.push(Segment::Any);
    }
    segments
}

fn segment(text: &str) -> Segment {
    if text == "**" {
        return Segment::Depth;
    }
    if text == "*" {
        return Segment::Any;
    }
    if !text.contains(['*', '?']) {
        return Segment::Exact(text.to_owned());
    }
    let plain = |text: &&str| !text.contains(['*', '?']);
    if let Some(end) = text.strip_prefix('*').filter(plain) {
        return Segment::End(end.to_owned());
    }
    if let Some(start) = text.strip_suffix('*').filter(plain) {
        return Segment::Start(start.to_owned());
    }
    Segment::Wild(text.to_owned())
}

#[cfg(test)]
mod tests {
    use globset::GlobBuilder;

    use super::*;

    /// Patterns and paths of a few words, put together at random: both readings of a
    /// pattern find the same.
    #[test]
    fn patterns_mean_what_they_mean_as_regular_expressions() {
        const PATTERN: [&str; 18] = [
            "a",
            "b",
            "ab",
            ".a",
            "*",
            "*",
            "?",
            "/",
            "/",
            "/",
            "**/",
            "/**",
            "/**/",
            "{a,b}",
            "{a,*.b,ab}",
            "{a/b,?}",
            "**",
            ".",
        ];
        const PATH: [&str; 7] = ["a", "b", "ab", ".a", "/", "/", "."];
        let mut state = 1_u64;
        let mut below = |most: usize| {
            state =
                state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963);
            (state >> 33) as usize % most
        };
        let (mut tried, mut matched) = (0, 0);
        for _ in 0..20_000 {
            let pattern: String = (0..=below(6)).map(|_| PATTERN[below(18)]).collect();
            let path: String = (0..=below(7)).map(|_| PATH[below(7)]).collect();
            if path.split('/').any(str::is_empty) {
                continue;
            }
            let mut glob = GlobBuilder::new(&pattern);
            let Ok(glob) = glob.literal_separator(true).backslash_escape(true).build() else {
                assert!(Simple::read(&pattern, 0).is_none(), "{pattern}");
                continue;
            };
            let Some(simple) = Simple::read(&pattern, 0) else { continue };
            let name = path.rsplit('/').next().unwrap_or(&path);
            let held = if pattern.contains('/') { &path } else { name };
            let want = glob.compile_matcher().is_match(held);
            assert_eq!(simple.matches(&path, name), want, "{pattern} on {path}");
            tried += 1;
            matched += usize::from(want);
        }
        assert!(tried > 4_000 && matched > 300, "{tried} {matched}");
    }

    #[test]
    fn what_is_not_simple_is_left_to_others() {
        for pattern in ["[a]", "\\*", "{a,{b,c}}", "{a", "a}", "{a,}", "x{**/a,b}"] {
            assert!(Simple::read(pattern, 0).is_none(), "{pattern}");
        }
        let many = "{a,b}".repeat(7);
        assert!(Simple::read(&many, 0).is_none());
    }

    #[test]
    fn a_question_mark_is_a_character() {
        let matches = |pattern: &str, path: &str| {
            Simple::read(pattern, 0).expect("a simple pattern").matches(path, path)
        };
        assert!(matches("?.env", "é.env") && !matches("?.env", "ab.env"));
        assert!(matches("*?.env", "aé.env") && !matches("??", "é"));
        assert!(matches("a*é*b", "axéyéb") && !matches("a*é*b", "axyb"));
    }
}
