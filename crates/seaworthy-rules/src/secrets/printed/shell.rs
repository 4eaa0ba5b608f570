//! Shell scripts: what `echo`, `printf` and here-documents print of variables.
//!
//! Commands are read as a shell reads them: quotes, escapes, substitutions, pipes,
//! redirections, groups. What goes into a file, another command or a variable is not
//! printed.

use std::ops::Range;

use seaworthy_model::Region;

use super::{MOST, Part, Printed, is_secret, part};

/// The secrets that the script in this range of a text prints.
pub(in super::super) fn scan(text: &str, range: Range<usize>) -> Vec<Printed> {
    let Some(script) = text.get(..range.end) else { return Vec::new() };
    let mut reader = Reader { text: script, at: range.start, ..Reader::default() };
    while reader.found.len() < MOST && reader.command() {}
    reader.flush(false);
    reader.found
}

/// What opens a group of commands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Group {
    Brace,
    Paren,
    Function,
    Loop,
    If,
    Case,
}

#[derive(Debug, Default)]
struct Reader<'t> {
    text: &'t str,
    at: usize,
    found: Vec<Printed>,
    /// What the commands of the pipe that is being read would print.
    pending: Vec<Printed>,
    groups: Vec<(Group, usize)>,
    /// Words that end the here-documents of the line, and whether they are quoted,
    /// and whether the body is printed.
    documents: Vec<(&'t str, bool, bool)>,
    is_function: bool,
}

/// A command without its redirections.
#[derive(Debug, Default)]
struct Command {
    words: Vec<Range<usize>>,
    /// Whether its output goes into a file.
    redirected: bool,
}

/// Groups may not be nested deeper.
const MAX_DEPTH: usize = 64;

impl<'t> Reader<'t> {
    fn byte(&self, at: usize) -> u8 {
        self.text.as_bytes().get(at).copied().unwrap_or(0)
    }

    /// Reads one command with what ends it; false at the end.
    fn command(&mut self) -> bool {
        let mut command = Command::default();
        loop {
            self.blanks();
            let byte = self.byte(self.at);
            if self.at >= self.text.len() {
                self.judge(&command);
                return false;
            }
            match byte {
                b'\n' => {
                    self.judge(&command);
                    self.flush(false);
                    self.at += 1;
                    self.here_documents();
                    return true;
                }
                b';' => {
                    self.judge(&command);
                    self.flush(false);
                    self.at += 1;
                    return true;
                }
                b'&' if self.byte(self.at + 1) == b'>' => {
                    self.at += 2;
                    self.redirection(&mut command, true);
                }
                b'&' => {
                    self.judge(&command);
                    self.flush(false);
                    self.at += 1 + usize::from(self.byte(self.at + 1) == b'&');
                    return true;
                }
                b'|' => {
                    let or = self.byte(self.at + 1) == b'|';
                    self.judge(&command);
                    self.flush(!or);
                    self.at += 1 + usize::from(matches!(self.byte(self.at + 1), b'|' | b'&'));
                    return true;
                }
                b'(' if self.byte(self.at + 1) == b')' => {
                    self.is_function = true;
                    command.words.clear();
                    self.at += 2;
                }
                b'(' => {
                    self.open(Group::Paren);
                    self.at += 1;
                }
                b')' => {
                    self.judge(&command);
                    self.flush(false);
                    self.at += 1;
                    if self.groups.last().is_some_and(|group| group.0 == Group::Paren) {
                        self.close(&[Group::Paren]);
                    }
                    return true;
                }
                b'<' => self.input(&command),
                b'>' => {
                    let stderr = command
                        .words
                        .pop_if(|word| word.end == self.at && &self.text[word.clone()] == "2");
                    self.at += 1;
                    self.redirection(&mut command, stderr.is_none());
                }
                _ => {
                    let word = self.word();
                    if !self.keyword(&word, &command) {
                        command.words.push(word);
                    }
                }
            }
        }
    }

    /// Blanks, lines that go on, and comments.
    fn blanks(&mut self) {
        loop {
            match self.byte(self.at) {
                b' ' | b'\t' | b'\r' => self.at += 1,
                b'\\' if self.byte(self.at + 1) == b'\n' => self.at += 2,
                b'#' => {
                    let rest = &self.text.as_bytes()[self.at..];
                    self.at += rest.iter().position(|&b| b == b'\n').unwrap_or(rest.len());
                }
                _ => return,
            }
        }
    }

    /// A word with its quotes.
    fn word(&mut self) -> Range<usize> {
        let start = self.at;
        while self.at < self.text.len() {
            match self.byte(self.at) {
                b' ' | b'\t' | b'\r' | b'\n' | b';' | b'&' | b'|' | b'<' | b'>' | b'(' | b')' => {
                    break;
                }
                _ => self.at = skip(self.text.as_bytes(), self.at),
            }
        }
        // Skipping an escape or an open quote may lead beyond the end.
        self.at = self.at.min(self.text.len());
        start..self.at
    }

    /// Words of the grammar that stand where a command may.
    fn keyword(&mut self, word: &Range<usize>, command: &Command) -> bool {
        if !command.words.is_empty() {
            return false;
        }
        match &self.text[word.clone()] {
            "then" | "do" | "else" | "elif" | "!" | "time" | "in" => {}
            "if" => self.open(Group::If),
            "for" | "while" | "until" | "select" => self.open(Group::Loop),
            "case" => self.open(Group::Case),
            "function" => self.is_function = true,
            "{" => {
                let function = std::mem::take(&mut self.is_function);
                self.open(if function { Group::Function } else { Group::Brace });
            }
            "}" => self.close(&[Group::Brace, Group::Function]),
            "fi" => self.close(&[Group::If]),
            "done" => self.close(&[Group::Loop]),
            "esac" => self.close(&[Group::Case]),
            _ => return false,
        }
        true
    }

    fn open(&mut self, group: Group) {
        if self.groups.len() < MAX_DEPTH {
            self.groups.push((group, self.found.len()));
        }
    }

    /// Ends a group; what follows it may take all that it prints.
    fn close(&mut self, kinds: &[Group]) {
        let Some(at) = self.groups.iter().rposition(|group| kinds.contains(&group.0)) else {
            return;
        };
        let (_, before) = self.groups[at];
        self.groups.truncate(at);
        let rest = &self.text[self.at..];
        let rest = rest.trim_start_matches([' ', '\t']);
        let taken = (rest.starts_with('|') && !rest.starts_with("||"))
            || (rest.starts_with('>') && !is_terminal(target(rest.trim_start_matches(['>', '|']))));
        if taken {
            self.found.truncate(before);
        }
    }

    /// `> file`, `>> file`, `>&2`.
    fn redirection(&mut self, command: &mut Command, of_output: bool) {
        while matches!(self.byte(self.at), b'>' | b'|') {
            self.at += 1;
        }
        let joins = self.byte(self.at) == b'&';
        self.at += usize::from(joins);
        self.blanks();
        let word = self.word();
        command.redirected |= of_output && !joins && !is_terminal(&self.text[word]);
    }

    /// `< file`, `<<< text`, `<<WORD`.
    fn input(&mut self, command: &Command) {
        if self.text[self.at..].starts_with("<<<") {
            self.at += 3;
        } else if self.text[self.at..].starts_with("<<") {
            self.at += 2 + usize::from(self.byte(self.at + 2) == b'-');
            self.blanks();
            let word = self.word();
            let word = &self.text[word];
            let quoted = word.contains(['"', '\'', '\\']);
            let word = word.trim_matches(['"', '\'', '\\']);
            let first = command.words.first().map_or("", |word| &self.text[word.clone()]);
            // Whether it is printed is known at the end of the line.
            let line = &self.text[self.at..];
            let line = &line[..line.find('\n').unwrap_or(line.len())];
            let taken = command.redirected || command.words.len() > 1 || line.contains(['>', '|']);
            if !word.is_empty() {
                self.documents.push((word, quoted, first == "cat" && !taken));
            }
            return;
        } else {
            self.at += 1;
        }
        self.blanks();
        self.word();
    }

    fn here_documents(&mut self) {
        for (word, quoted, printed) in std::mem::take(&mut self.documents) {
            let start = self.at;
            let mut end = start;
            for line in self.text[start..].split_inclusive('\n') {
                let closes = line.trim() == word;
                self.at += line.len();
                if closes {
                    break;
                }
                end = self.at;
            }
            if printed && !quoted {
                let mut found = Vec::new();
                variables(self.text, start..end, true, &mut found);
                self.found.append(&mut found);
            }
        }
    }

    /// Notes what a command prints.
    fn judge(&mut self, command: &Command) {
        let assigned = |word: &&Range<usize>| {
            let word = &self.text[(*word).clone()];
            let name = word.split('=').next().unwrap_or("");
            word.contains('=') && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
        };
        let from = command.words.iter().take_while(assigned).count();
        let Some((name, words)) = command.words[from..].split_first() else { return };
        if !self.pending.is_empty() {
            // The end of a pipe: few commands print what they read as it is.
            let shows = matches!(
                &self.text[name.clone()],
                "tee" | "base64" | "rev" | "xxd" | "od" | "cat" | "nl" | "fold"
            );
            if !shows || command.redirected {
                self.pending.clear();
            }
            return;
        }
        if command.redirected {
            return;
        }
        let mut found = Vec::new();
        match &self.text[name.clone()] {
            "echo" | "printf" => {
                let all = words.iter().map(|word| &self.text[word.clone()]);
                if all.clone().any(|word| word.contains("::add-mask::")) {
                    return;
                }
                let alone = match words {
                    [word] => is_variable(&self.text[word.clone()]),
                    // `printf '%s\n' "$x"`
                    [format, word] => {
                        self.text[format.clone()].contains("%s")
                            && is_variable(&self.text[word.clone()])
                    }
                    _ => false,
                };
                let in_function = self.groups.iter().any(|group| group.0 == Group::Function);
                if alone && in_function {
                    // So functions give back what they found.
                    return;
                }
                for word in words {
                    variables(self.text, word.clone(), false, &mut found);
                }
            }
            "printenv" => {
                for word in words {
                    let name = &self.text[word.clone()];
                    if is_secret(name) {
                        found.push(printed(name, word.start, Part::Whole));
                    }
                }
            }
            _ => {}
        }
        self.pending = found;
    }

    /// Ends a pipe, or goes on with it.
    fn flush(&mut self, goes_on: bool) {
        if !goes_on {
            self.found.append(&mut self.pending);
        }
    }
}

fn printed(name: &str, start: usize, part: Part) -> Printed {
    Printed { name: name.to_owned(), region: Region::new(start, start + name.len()), part }
}

/// Where the next piece of a word begins: a quoted part, an escape, a substitution or
/// a character.
fn skip(bytes: &[u8], at: usize) -> usize {
    match bytes[at] {
        b'\\' => at + 2,
        b'\'' => {
            at + 1 + bytes[at + 1..].iter().position(|&b| b == b'\'').map_or(bytes.len(), |p| p + 1)
        }
        b'"' => {
            let mut at = at + 1;
            while at < bytes.len() && bytes[at] != b'"' {
                at = match bytes[at] {
                    b'\\' => at + 2,
                    b'$' | b'`' => substitution(bytes, at),
                    _ => at + 1,
                };
            }
            at + 1
        }
        b'$' | b'`' => substitution(bytes, at),
        _ => at + 1,
    }
}

/// Where `$(…)`, `${…}` or `` `…` `` ends; one further for anything else.
fn substitution(bytes: &[u8], at: usize) -> usize {
    let (open, close) = match (bytes[at], bytes.get(at + 1)) {
        (b'`', _) => {
            let length = bytes[at + 1..].iter().position(|&b| b == b'`');
            return length.map_or(bytes.len(), |length| at + length + 2);
        }
        (_, Some(b'(')) => (b'(', b')'),
        (_, Some(b'{')) => (b'{', b'}'),
        _ => return at + 1,
    };
    let mut depth = 0_usize;
    let mut at = at + 1;
    while at < bytes.len() {
        match bytes[at] {
            b'\\' => at += 1,
            b'\'' if open == b'(' => {
                at += 1 + bytes[at + 1..].iter().position(|&b| b == b'\'').unwrap_or(bytes.len());
            }
            byte if byte == open => depth += 1,
            byte if byte == close => {
                depth -= 1;
                if depth == 0 {
                    return at + 1;
                }
            }
            _ => {}
        }
        at += 1;
    }
    at
}

/// The first word of a text.
fn target(text: &str) -> &str {
    let text = text.trim_start();
    &text[..text.find([' ', '\t', '\n', ';', '|', ')']).unwrap_or(text.len())]
}

/// Whether what is written there is read by people.
fn is_terminal(target: &str) -> bool {
    let target = target.trim_matches('"');
    matches!(target, "/dev/stderr" | "/dev/stdout" | "/dev/tty" | "&1" | "&2")
        || target.ends_with("GITHUB_STEP_SUMMARY")
        || target.ends_with("GITHUB_STEP_SUMMARY}")
}

/// Whether a word is a variable and nothing else.
fn is_variable(word: &str) -> bool {
    let inner = word.trim_matches('"');
    let name = inner.strip_prefix("${").and_then(|rest| rest.strip_suffix('}'));
    let name = name.or_else(|| inner.strip_prefix('$'));
    name.is_some_and(|name| name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_'))
}

/// The secret variables that the shell puts into a word, or into the body of a
/// here-document, in which quotes mean nothing.
fn variables(text: &str, range: Range<usize>, document: bool, found: &mut Vec<Printed>) {
    let bytes = &text.as_bytes()[..range.end];
    let mut at = range.start;
    let mut double = false;
    while at < range.end {
        match bytes[at] {
            b'\\' => at += 2,
            b'"' if !document => {
                double = !double;
                at += 1;
            }
            b'\'' if !document && !double => {
                // A workflow's expression is put in before the shell sees a quote.
                let end = skip(bytes, at).min(range.end);
                expressions(text, at..end, found);
                at = end;
            }
            b'`' => at = substitution(bytes, at),
            b'$' => {
                let end = match bytes.get(at + 1) {
                    Some(b'(') => substitution(bytes, at),
                    Some(b'{') if bytes.get(at + 2) == Some(&b'{') => {
                        let end = substitution(bytes, at).min(range.end);
                        expressions(text, at..end, found);
                        end
                    }
                    Some(b'{') => {
                        let end = substitution(bytes, at).min(range.end);
                        if let Some(inner) = text.get(at + 2..end.saturating_sub(1)) {
                            found.extend(parameter(inner, at + 2));
                        }
                        end
                    }
                    _ => {
                        let length = name_length(&bytes[at + 1..]);
                        let name = &text[at + 1..at + 1 + length];
                        if is_secret(name) {
                            found.push(printed(name, at + 1, Part::Whole));
                        }
                        at + 1 + length
                    }
                };
                at = end.max(at + 1);
            }
            _ => at += 1,
        }
    }
}

fn name_length(bytes: &[u8]) -> usize {
    bytes.iter().take_while(|b| b.is_ascii_alphanumeric() || **b == b'_').count()
}

/// `${{ secrets.NAME }}` and the like, which the CI service puts in.
fn expressions(text: &str, range: Range<usize>, found: &mut Vec<Printed>) {
    let mut at = range.start;
    while let Some(step) = text.get(at..range.end).and_then(|rest| rest.find("${{")) {
        let start = at + step + 3;
        let rest = &text[start..range.end];
        let end = rest.find("}}").unwrap_or(rest.len());
        at = start + end;
        let inner = rest[..end].trim();
        let Some((scope, _)) = inner.split_once('.') else { continue };
        let name = inner.rsplit('.').next().unwrap_or("");
        let plain = inner.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-".contains(&b));
        let secret = match scope {
            "secrets" => true,
            "env" | "inputs" | "steps" | "needs" | "vars" => is_secret(name),
            _ => false,
        };
        if plain && secret {
            let leading = rest[..end].len() - rest[..end].trim_start().len();
            found.push(printed(name, start + leading + inner.len() - name.len(), Part::Whole));
        }
    }
}

/// What `${NAME…}` shows of a secret.
fn parameter(inner: &str, start: usize) -> Option<Printed> {
    let length = name_length(inner.as_bytes());
    let (name, operator) = inner.split_at(length);
    if !is_secret(name) {
        return None;
    }
    let ends_with_url =
        ["url", "uri", "dsn", "string"].iter().any(|end| name.to_ascii_lowercase().ends_with(end));
    let part = match operator.as_bytes() {
        [] | [b'^' | b',' | b'@', ..] => Part::Whole,
        [b':', b'-' | b'=' | b'?', ..] | [b'-' | b'=' | b'?', ..] => Part::Whole,
        [b':', b'+', ..] | [b'+', ..] => return None,
        [b':', ..] => {
            let mut numbers = operator[1..].split(':').map(|n| n.trim().parse::<i64>());
            let from = numbers.next()?.ok()?;
            let shown = match numbers.next() {
                Some(length) => length.ok()?,
                // From the end, or all but the first few.
                None if from < 0 => -from,
                None => i64::MAX,
            };
            part(usize::try_from(shown).unwrap_or(0))?
        }
        // All before the host: the user with the password.
        [b'%', ..] if ends_with_url && operator.trim_start_matches('%').starts_with('@') => {
            Part::Whole
        }
        _ => return None,
    };
    Some(printed(name, start, part))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(source: &str) -> Vec<String> {
        scan(source, 0..source.len()).into_iter().map(|printed| printed.name).collect()
    }

    #[test]
    fn printed_variables_are_found() {
        let cases: &[(&str, &[&str])] = &[
            ("echo $DB_PASSWORD", &["DB_PASSWORD"]),
            ("echo \"pw: ${DB_PASSWORD}\"; echo done", &["DB_PASSWORD"]),
            ("echo -e \"a\\n$API_KEY\" 'b'", &["API_KEY"]),
            ("printf '%s\\n' \"$JWT_SECRET\"", &["JWT_SECRET"]),
            ("if true; then\n  echo \"$API_TOKEN\"\nfi", &["API_TOKEN"]),
            ("test -n \"$X\" && echo \"$DATABASE_URL\" || echo no", &["DATABASE_URL"]),
            ("echo \"${DATABASE_URL%%@*}@***\"", &["DATABASE_URL"]),
            ("echo \"${API_TOKEN:0:20}...\"", &["API_TOKEN"]),
            ("echo \"${DB_PASSWORD:-none}\"", &["DB_PASSWORD"]),
            ("echo \"$DB_PASSWORD\" >&2", &["DB_PASSWORD"]),
            ("echo \"$DB_PASSWORD\" 2>/dev/null", &["DB_PASSWORD"]),
            ("echo \"$DB_PASSWORD\" | base64", &["DB_PASSWORD"]),
            ("echo \"$DB_PASSWORD\" | tee out", &["DB_PASSWORD"]),
            ("echo \"key $API_KEY\" >> \"$GITHUB_STEP_SUMMARY\"", &["API_KEY"]),
            ("cat <<EOF\npw: $DB_PASSWORD 'x' $(id)\nEOF\necho a", &["DB_PASSWORD"]),
            ("printenv DATABASE_URL", &["DATABASE_URL"]),
            ("echo \"${{ secrets.DEPLOY_KEY }}\"", &["DEPLOY_KEY"]),
            ("echo '${{ secrets.DEPLOY_KEY }}'", &["DEPLOY_KEY"]),
            ("show() {\n  echo \"pw $DB_PASSWORD\"\n}\nshow", &["DB_PASSWORD"]),
            ("FOO=1 echo $DB_PASSWORD", &["DB_PASSWORD"]),
            ("case $1 in\n a) echo $DB_PASSWORD ;;\nesac", &["DB_PASSWORD"]),
            ("{ echo a; echo $DB_PASSWORD; }", &["DB_PASSWORD"]),
            ("echo \\\n  $DB_PASSWORD", &["DB_PASSWORD"]),
        ];
        for (source, want) in cases {
            assert_eq!(names(source), *want, "{source}");
        }
    }

    #[test]
    fn what_is_not_printed_is_left_alone() {
        let cases = [
            "echo '$DB_PASSWORD'",
            "echo \"\\$DB_PASSWORD\" \\$API_KEY",
            "# echo $DB_PASSWORD",
            "echo \"$DB_PASSWORD\" | docker login -u x --password-stdin",
            "echo \"$DB_PASSWORD\" | base64 > key.txt",
            "echo \"$DB_PASSWORD\" > pw.txt",
            "echo \"API_KEY=$API_KEY\" >> $GITHUB_ENV",
            "echo \"A=$API_KEY\" &> out",
            "{\n  echo \"A=$API_KEY\"\n} >> .env",
            "(echo $API_KEY) | gh secret set X",
            "for x in a; do echo $API_KEY; done > out",
            "if a; then echo $API_KEY; fi >> .env",
            "X=$(echo \"$DB_PASSWORD\" | sha256sum)",
            "X=`echo $DB_PASSWORD`",
            "echo \"::add-mask::$API_KEY\"",
            "echo \"${DB_PASSWORD:+set}\" ${#DB_PASSWORD} ${API_KEY:0:4} ${API_KEY: -4}",
            "echo \"${DATABASE_URL##*@}\" ${DATABASE_URL//:*@/:***@}",
            "echo \"Hashing password\" $USER $TOKEN_COUNT",
            "get() {\n  echo \"$DB_PASSWORD\"\n}",
            "get() { printf '%s' \"$DB_PASSWORD\"; }",
            "cat > .env <<EOF\nDB_PASSWORD=$DB_PASSWORD\nEOF",
            "cat <<EOF > .env\nDB_PASSWORD=$DB_PASSWORD\nEOF",
            "cat <<'EOF'\n$DB_PASSWORD\nEOF",
            "cat <<EOF | ssh host\necho $DB_PASSWORD\nEOF",
            "tee .env <<EOF >/dev/null\necho $DB_PASSWORD\nEOF",
            "ssh host \"echo $DB_PASSWORD | sudo -S ls\"",
            "[ -z \"$DB_PASSWORD\" ] && echo missing",
            "sudo -S ls <<< \"$DB_PASSWORD\"",
            "export DB_PASSWORD=$DB_PASSWORD",
            "echo \"open $DB_",
        ];
        for source in cases {
            assert_eq!(names(source), [""; 0], "{source}");
        }
    }

    #[test]
    fn hostile_text_ends() {
        for piece in [
            "echo \"$(",
            "{ ",
            "echo `",
            "cat <<E\n",
            "((",
            "echo ${A",
            "if ",
            "\\",
            "a|",
            "'",
            "<",
            "é",
        ] {
            let source = piece.repeat(20_000);
            scan(&source, 0..source.len());
        }
    }
}
