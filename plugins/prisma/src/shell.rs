//! Commands in a line of shell, and what each of them does with Prisma.

use std::ops::Range;

/// A word of a command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Word {
    /// What it says, without quotes.
    pub(crate) text: String,
    /// Its bytes, quotes included.
    pub(crate) range: Range<usize>,
    /// Whether all of it stands in quotes, so that its inside is the source byte
    /// for byte.
    quoted: bool,
}

/// A command: its words, and whether it runs only where something asks for it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Command {
    pub(crate) words: Vec<Word>,
    /// Whether a condition keeps it away from production, or lets it run only on
    /// demand.
    pub(crate) guarded: bool,
}

/// How deep `sh -c '…'` is followed.
const MAX_DEPTH: usize = 3;

/// The commands of a text. `sh -c '…'` counts as what it runs.
pub(crate) fn commands(text: &str) -> Vec<Command> {
    let mut commands = Vec::new();
    read(text, 0, 0, false, &mut commands);
    commands
}

/// The commands of a list of words, as Docker takes them.
pub(crate) fn command_of(words: Vec<Word>) -> Vec<Command> {
    let mut commands = Vec::new();
    finish(words, false, 0, &mut commands);
    commands
}

/// A word that stands in double quotes; `range` includes them.
pub(crate) fn quoted_word(text: &str, range: Range<usize>) -> Word {
    Word { text: text.to_owned(), range, quoted: true }
}

fn read(text: &str, offset: usize, depth: usize, guarded: bool, commands: &mut Vec<Command>) {
    let mut state = Guards { outer: guarded, ..Guards::default() };
    let mut words: Vec<Word> = Vec::new();
    let mut chars = text.char_indices().peekable();
    while let Some(&(at, c)) = chars.peek() {
        let rest = &text[at..];
        let operator = ["&&", "||", ";;", ";", "|", "&", "\n", "(", ")"]
            .into_iter()
            .find(|operator| rest.starts_with(operator));
        if let Some(operator) = operator {
            close(&mut words, operator, &mut state, depth, commands);
            for _ in operator.chars() {
                chars.next();
            }
        } else if rest.starts_with("\\\n") || rest.starts_with("\\\r\n") {
            while chars.next_if(|(_, c)| *c != '\n').is_some() {}
            chars.next();
        } else if c.is_whitespace() {
            chars.next();
        } else if c == '#' {
            while chars.next_if(|(_, c)| *c != '\n').is_some() {}
        } else {
            let word = word(rest);
            let length = word.range.len();
            let range = offset + at..offset + at + length;
            words.push(Word { range, ..word });
            while chars.next_if(|(next, _)| *next < at + length).is_some() {}
        }
    }
    close(&mut words, "\n", &mut state, depth, commands);
}

/// Reads one word; its range begins at 0.
fn word(text: &str) -> Word {
    let mut said = String::new();
    let mut quote: Option<char> = None;
    let mut escaped = false;
    let mut end = text.len();
    for (at, c) in text.char_indices() {
        if escaped {
            escaped = false;
            said.push(c);
        } else if c == '\\' && quote != Some('\'') {
            escaped = true;
        } else if quote == Some(c) {
            quote = None;
        } else if quote.is_some() {
            said.push(c);
        } else if matches!(c, '"' | '\'') {
            quote = Some(c);
        } else if c.is_whitespace() || matches!(c, ';' | '&' | '|' | '(' | ')') {
            end = at;
            break;
        } else {
            said.push(c);
        }
    }
    let written = &text[..end];
    let quoted = written.len() == said.len() + 2 && written.starts_with(['"', '\'']);
    Word { text: said, range: 0..end.max(1), quoted }
}

/// Conditions around a command.
#[derive(Default)]
struct Guards {
    /// Of what is around the text.
    outer: bool,
    /// For each open `if`: whether its branch is guarded, and how the other is.
    branches: Vec<(bool, bool)>,
    /// Of the conditions before `&&` in the same list.
    list: bool,
}

impl Guards {
    fn guarded(&self) -> bool {
        self.outer || self.list || self.branches.iter().any(|(guarded, _)| *guarded)
    }
}

fn close(
    words: &mut Vec<Word>,
    operator: &str,
    state: &mut Guards,
    depth: usize,
    commands: &mut Vec<Command>,
) {
    let mut words = std::mem::take(words);
    let mut condition = None;
    while let Some(first) = words.first() {
        match first.text.as_str() {
            "if" | "elif" | "case" | "while" => {
                if first.text == "elif" {
                    state.branches.pop();
                }
                let judged = judge(&words[1..]);
                condition = (words[0].text != "while").then_some(judged);
                words.remove(0);
            }
            "else" => {
                if let Some(branch) = state.branches.last_mut() {
                    branch.0 = branch.1;
                }
                words.remove(0);
            }
            "fi" | "esac" => {
                state.branches.pop();
                words.remove(0);
            }
            "then" | "do" | "done" | "{" | "}" | "!" => {
                words.remove(0);
            }
            _ => break,
        }
    }
    if let Some(judged) = condition {
        state.branches.push(judged);
    }
    let test = words.first().is_some_and(|word| matches!(word.text.as_str(), "[" | "[[" | "test"));
    let guarded = state.guarded();
    if test && condition.is_none() {
        let (then, otherwise) = judge(&words);
        match operator {
            "&&" => state.list |= then,
            "||" => state.list |= otherwise,
            _ => state.list = false,
        }
    } else if !matches!(operator, "&&" | "||" | "|") {
        state.list = false;
    }
    if !test {
        finish(words, guarded, depth, commands);
    }
}

/// Adds a command, or those that it runs by `sh -c`.
fn finish(words: Vec<Word>, guarded: bool, depth: usize, commands: &mut Vec<Command>) {
    if words.is_empty() {
        return;
    }
    let shell = words.iter().position(|word| {
        matches!(word.text.rsplit('/').next(), Some("sh" | "bash" | "ash" | "dash" | "zsh"))
    });
    if let Some(shell) = shell
        && depth < MAX_DEPTH
        && let Some(at) =
            words[shell..].iter().position(|w| w.text.starts_with('-') && w.text.ends_with('c'))
        && let Some(script) = words.get(shell + at + 1).filter(|script| script.quoted)
    {
        read(&script.text, script.range.start + 1, depth + 1, guarded, commands);
        return;
    }
    commands.push(Command { words, guarded });
}

/// Of a condition whether it guards what comes when it holds, and what comes
/// when it does not.
fn judge(words: &[Word]) -> (bool, bool) {
    let text: Vec<String> = words.iter().map(|word| word.text.to_ascii_lowercase()).collect();
    let says = |wanted: &[&str]| {
        text.iter().any(|word| {
            word.split(|c: char| !c.is_ascii_alphanumeric()).any(|part| wanted.contains(&part))
        })
    };
    let differs = text.iter().any(|word| word == "!=" || word == "!" || word == "-ne");
    if says(&["production", "prod", "live"]) {
        return (differs, !differs);
    }
    if says(&["development", "dev", "test", "local", "preview", "staging", "ci", "debug"]) {
        return (!differs, differs);
    }
    // A switch of its own: it runs where somebody asked for it.
    let compares = text.iter().any(|word| matches!(word.as_str(), "=" | "==" | "!="));
    (compares && text.iter().any(|word| word.contains('$')), false)
}

/// What a command does with Prisma.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Action {
    /// `prisma db push`.
    Push { accepts_loss: bool, resets: bool },
    /// `prisma migrate dev`.
    MigrateDev,
    /// `prisma migrate reset`.
    Reset,
    /// `prisma db seed`, or a seed script run by itself.
    Seed,
    /// A script of the package, by its name.
    Script(String),
    /// A file of shell, by its path.
    File(String),
}

/// What a command does with Prisma or hands on, and the bytes that say so.
pub(crate) fn action(command: &Command) -> Option<(Action, Range<usize>)> {
    let words = &command.words;
    if let Some(at) = words.iter().position(|word| is_prisma(&word.text))
        && runs(&words[..at])
    {
        return prisma(&words[at..]);
    }
    if let Some(found) = seed_script(words) {
        return Some(found);
    }
    let start = words.iter().position(|word| !is_assignment(&word.text))?;
    let words = &words[start..];
    let range = words.first()?.range.start..words.last()?.range.end;
    if let Some(script) = script(words) {
        return Some((Action::Script(script), range));
    }
    let file = words.iter().take(2).find(|word| {
        word.text.ends_with(".sh") || word.text.rsplit('/').next() == Some("docker-entrypoint")
    })?;
    Some((Action::File(file.text.clone()), range))
}

fn is_prisma(word: &str) -> bool {
    let name = word.rsplit('/').next().unwrap_or(word);
    name == "prisma" || name.starts_with("prisma@")
}

/// Words that may stand before a command that they run.
const RUNNERS: &[&str] = &[
    "npx",
    "pnpx",
    "bunx",
    "pnpm",
    "yarn",
    "npm",
    "bun",
    "exec",
    "x",
    "dlx",
    "env",
    "cross-env",
    "sudo",
    "time",
    "dotenv",
    "dotenvx",
    "run",
    "doppler",
    "infisical",
    "op",
    "tini",
    "dumb-init",
    "su-exec",
    "gosu",
    "nice",
    "bunx",
    "node",
    "command",
    "-",
    "corepack",
];

/// Whether these words run what stands behind them.
fn runs(before: &[Word]) -> bool {
    let after_dashes = before.iter().rposition(|word| word.text == "--").map_or(0, |at| at + 1);
    if after_dashes == 0
        && before
            .first()
            .is_some_and(|w| matches!(w.text.as_str(), "echo" | "printf" | "npm" | "git"))
    {
        // `npm exec prisma` runs it, `npm install prisma` does not.
        return before.iter().any(|word| matches!(word.text.as_str(), "exec" | "x"));
    }
    let mut value = false;
    before[after_dashes..].iter().all(|word| {
        let text = word.text.as_str();
        let name = text.rsplit('/').next().unwrap_or(text);
        let expected = std::mem::replace(
            &mut value,
            matches!(
                text,
                "-e" | "-p"
                    | "--package"
                    | "-f"
                    | "-u"
                    | "-F"
                    | "--filter"
                    | "-w"
                    | "-c"
                    | "--prefix"
                    | "-C"
                    | "--cwd"
                    | "-r"
            ),
        );
        expected || text.starts_with('-') || is_assignment(text) || RUNNERS.contains(&name)
    })
}

fn is_assignment(word: &str) -> bool {
    word.split_once('=').is_some_and(|(name, _)| {
        !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
    })
}

/// What a call of Prisma does. Its words begin with `prisma`.
fn prisma(words: &[Word]) -> Option<(Action, Range<usize>)> {
    let mut commands = Vec::new();
    let mut value = false;
    for word in &words[1..] {
        let option = word.text.starts_with('-');
        let expected = std::mem::replace(
            &mut value,
            matches!(word.text.as_str(), "--schema" | "--config" | "--name" | "-n" | "--url"),
        );
        if !option && !expected {
            commands.push(word);
        }
    }
    let has = |flag: &str| {
        words.iter().find(|word| {
            word.text.strip_prefix(flag).is_some_and(|rest| matches!(rest, "" | "=true"))
        })
    };
    let [group, command, ..] = commands[..] else { return None };
    let mut end = command.range.end;
    let action = match (group.text.as_str(), command.text.as_str()) {
        ("db", "push") => {
            let (loss, reset) = (has("--accept-data-loss"), has("--force-reset"));
            end = [loss, reset].into_iter().flatten().map(|w| w.range.end).fold(end, usize::max);
            Action::Push { accepts_loss: loss.is_some(), resets: reset.is_some() }
        }
        ("migrate", "dev") if has("--create-only").is_none() => Action::MigrateDev,
        ("migrate", "reset") => Action::Reset,
        ("db", "seed") => Action::Seed,
        _ => return None,
    };
    (has("--help").is_none() && has("-h").is_none()).then(|| (action, words[0].range.start..end))
}

/// A seed script that is run by itself: `tsx prisma/seed.ts`.
fn seed_script(words: &[Word]) -> Option<(Action, Range<usize>)> {
    let at = words.iter().position(|word| {
        let path = word.text.trim_start_matches("./");
        let Some((folder, file)) = path.rsplit_once('/') else { return false };
        let Some((stem, extension)) = file.split_once('.') else { return false };
        matches!(extension, "ts" | "js" | "mjs" | "cjs" | "mts")
            && (folder == "prisma" || folder.ends_with("/prisma"))
            && stem.starts_with("seed")
    })?;
    let runner = words[..at].iter().any(|word| {
        matches!(
            word.text.as_str(),
            "node"
                | "tsx"
                | "ts-node"
                | "ts-node-esm"
                | "bun"
                | "esno"
                | "esrun"
                | "vite-node"
                | "deno"
                | "swc-node"
        )
    });
    let skips = words[..at].first().is_some_and(|w| {
        matches!(w.text.as_str(), "echo" | "eslint" | "tsc" | "prettier" | "esbuild" | "cp")
    });
    (runner && !skips).then(|| (Action::Seed, words[0].range.start..words[at].range.end))
}

/// The script of the package that a command runs.
fn script(words: &[Word]) -> Option<String> {
    let name = words.first()?.text.as_str();
    let mut rest = words[1..].iter().map(|word| word.text.as_str()).filter(|w| !w.starts_with('-'));
    match name {
        "npm" | "pnpm" | "yarn" | "bun" => {
            // Another package's script, which may be called the same.
            if words.iter().any(|w| {
                matches!(
                    w.text.as_str(),
                    "--filter"
                        | "-F"
                        | "-w"
                        | "--workspace"
                        | "workspace"
                        | "--prefix"
                        | "-C"
                        | "--cwd"
                ) || w.text.starts_with("--filter=")
                    || w.text.starts_with("--workspace=")
                    || w.text.starts_with("--prefix=")
            }) {
                return None;
            }
            let first = rest.next()?;
            match first {
                "run" | "run-script" => rest.next().map(str::to_owned),
                "start" | "test" => Some(first.to_owned()),
                _ if name != "npm" => Some(first.to_owned()),
                _ => None,
            }
        }
        "node" if words.get(1)?.text == "--run" => words.get(2).map(|word| word.text.clone()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn actions(text: &str) -> Vec<(String, bool)> {
        commands(text)
            .iter()
            .filter_map(|command| {
                let (_, range) = action(command)?;
                Some((text[range].to_owned(), command.guarded))
            })
            .collect()
    }

    #[test]
    fn calls_of_prisma_are_known_in_all_their_forms() {
        let cases = [
            ("prisma db push", "prisma db push"),
            ("npx prisma db push && next build", "prisma db push"),
            ("npx --yes prisma@5.22 db push --skip-generate", "prisma@5.22 db push"),
            ("pnpm exec prisma db push --accept-data-loss", "prisma db push --accept-data-loss"),
            ("yarn prisma migrate dev --name init", "prisma migrate dev"),
            ("bunx --bun prisma migrate reset --force", "prisma migrate reset"),
            ("dotenv -e .env.production -- npx prisma db push", "prisma db push"),
            ("NODE_ENV=production prisma db seed", "prisma db seed"),
            ("./node_modules/.bin/prisma migrate dev", "./node_modules/.bin/prisma migrate dev"),
            (
                "prisma --schema ./db/schema.prisma db push",
                "prisma --schema ./db/schema.prisma db push",
            ),
            ("sh -c 'prisma db push && node x.js'", "prisma db push"),
            ("./wait-for-it.sh db:5432 -- npx prisma db push", "prisma db push"),
            ("prisma migrate deploy || prisma db push", "prisma db push"),
            ("tsx prisma/seed.ts", "tsx prisma/seed.ts"),
            ("a \\\n  && npx prisma \\\n  db push", "prisma \\\n  db push"),
        ];
        for (text, expected) in cases {
            assert_eq!(actions(text), [(expected.to_owned(), false)], "{text}");
        }
    }

    #[test]
    fn what_only_looks_like_it_is_nothing() {
        let cases = [
            "prisma generate",
            "prisma migrate deploy",
            "prisma migrate dev --create-only",
            "prisma db pull",
            "prisma db push --help",
            "echo prisma db push",
            "echo \"run npx prisma db push first\"",
            "npm install prisma db push",
            "# npx prisma db push",
            "node build.js # prisma db push",
            "git commit -m 'prisma db push'",
            "cp prisma/seed.ts dist/",
            "cat prisma db push",
        ];
        for text in cases {
            assert_eq!(actions(text), [], "{text}");
        }
    }

    #[test]
    fn scripts_and_files_are_handed_on() {
        let cases = [
            ("npm run db:push && next build", Action::Script("db:push".to_owned())),
            ("pnpm db:push", Action::Script("db:push".to_owned())),
            ("yarn run -s migrate", Action::Script("migrate".to_owned())),
            ("npm start", Action::Script("start".to_owned())),
            ("./docker-entrypoint.sh", Action::File("./docker-entrypoint.sh".to_owned())),
            ("sh scripts/start.sh", Action::File("scripts/start.sh".to_owned())),
        ];
        for (text, expected) in cases {
            let found = commands(text).iter().find_map(action).map(|(action, _)| action);
            assert_eq!(found, Some(expected), "{text}");
        }
        for text in ["npm ci", "npm install", "pnpm --filter web run build", "next build"] {
            assert_eq!(commands(text).iter().find_map(action), None, "{text}");
        }
    }

    #[test]
    fn conditions_guard_what_they_keep_from_production() {
        let cases = [
            ("[ \"$NODE_ENV\" = development ] && prisma db push", true),
            ("[ \"$VERCEL_ENV\" != \"production\" ] && prisma db push", true),
            ("[ \"$VERCEL_ENV\" = \"production\" ] && prisma db push", false),
            ("[ \"$VERCEL_ENV\" = \"production\" ] || prisma db push", true),
            ("if [ \"$NODE_ENV\" = \"test\" ]; then prisma db push; fi", true),
            (
                "if [ \"$NODE_ENV\" = \"production\" ]; then\n  prisma migrate deploy\nelse\n  prisma db push\nfi",
                true,
            ),
            ("if [ \"$NODE_ENV\" = \"development\" ]; then a; else prisma db push; fi", false),
            ("if [ \"$SEED\" = \"true\" ]; then prisma db seed; fi", true),
            ("if [ -f package.json ]; then prisma db push; fi", false),
            ("if [ \"$A\" = \"dev\" ]; then a; fi; prisma db push", false),
            ("[ \"$A\" = dev ] && a; prisma db push", false),
            ("if ! npx prisma db push; then exit 1; fi", false),
        ];
        for (text, expected) in cases {
            let found = actions(text);
            assert_eq!(found.last().map(|found| found.1), Some(expected), "{text}");
        }
    }

    #[test]
    fn flags_say_how_bad_it_is() {
        let push = |accepts_loss, resets| Some(Action::Push { accepts_loss, resets });
        let read = |text| commands(text).iter().find_map(action).map(|(action, _)| action);
        assert_eq!(read("prisma db push"), push(false, false));
        assert_eq!(read("prisma db push --accept-data-loss"), push(true, false));
        assert_eq!(read("prisma db push --force-reset --skip-generate"), push(false, true));
        assert_eq!(read("prisma db push --accept-data-loss=true"), push(true, false));
        assert_eq!(read("prisma db push --accept-data-loss=false"), push(false, false));
    }

    #[test]
    fn broken_text_is_survived() {
        for text in ["'", "\"", "\\", "(((", "fi fi else", "if", "é 'ü", "sh -c", "a\\", "&&&|"] {
            let _ = actions(text);
        }
        let nested = "sh -c '".repeat(100);
        let _ = actions(&nested);
    }
}
