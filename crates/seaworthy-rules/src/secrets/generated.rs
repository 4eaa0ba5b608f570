//! What of a script is random, so that it may be a secret.

use std::collections::HashSet;

use seaworthy_analysis::joined::{ShellText, Sink, Sinks, is_whole};
use seaworthy_formats::shell::{BlockKind, Command, Expansion, ExpansionKind, Word};
use seaworthy_model::Region;

/// What of a script is random.
pub(super) struct Generated<'t> {
    text: &'t ShellText,
    /// The commands that make something random, by the bytes they start at.
    makers: Vec<usize>,
    /// The variables that are set to something random.
    variables: HashSet<&'t str>,
}

impl<'t> Generated<'t> {
    /// Looks through a script; `None` when it generates nothing.
    pub(super) fn read(text: &'t ShellText) -> Option<Self> {
        let script = &text.script;
        let mut makers: Vec<usize> = script
            .commands
            .iter()
            .filter(|command| is_generator(command))
            .map(|command| command.region.start)
            .collect();
        if makers.is_empty() {
            return None;
        }
        // A function that makes one, and one that calls that.
        for _ in 0..2 {
            let functions: HashSet<&str> = script
                .blocks
                .iter()
                .filter(|block| any_in(&makers, block.region))
                .filter_map(|block| match &block.kind {
                    BlockKind::Function(name) => Some(name.as_str()),
                    _ => None,
                })
                .collect();
            if functions.is_empty() {
                break;
            }
            let calls = script.commands.iter();
            let calls = calls.filter(|it| it.program().is_some_and(|it| functions.contains(it)));
            makers.extend(calls.map(|command| command.region.start));
            makers.sort_unstable();
            makers.dedup();
        }
        let mut found = Self { text, makers, variables: HashSet::new() };
        // What is set to it, and what is set to that.
        for _ in 0..2 {
            for command in &script.commands {
                for assignment in &command.assignments {
                    if found.is_random(&assignment.value) {
                        found.variables.insert(&assignment.name);
                    }
                }
                if !is_declaration(command) {
                    continue;
                }
                for word in command.words.iter().skip(1) {
                    if let Some((name, _)) = word.text.split_once('=')
                        && found.is_random(word)
                    {
                        found.variables.insert(name);
                    }
                }
            }
        }
        Some(found)
    }

    fn is_random(&self, word: &Word) -> bool {
        word.expansions.iter().any(|expansion| self.makes(expansion))
    }

    /// Whether what stands here is random.
    pub(super) fn makes(&self, expansion: &Expansion) -> bool {
        if any_in(&self.makers, expansion.region) {
            return true;
        }
        is_whole(self.text, expansion)
            && matches!(&expansion.kind, ExpansionKind::Parameter { name, .. }
                if self.variables.contains(name.as_str()))
    }

    /// The files that a generator writes into by itself: `openssl rand -hex 32 > key`.
    pub(super) fn direct(&self) -> Vec<(usize, &'t Word)> {
        let sinks = Sinks::new(self.text);
        let commands = self.text.script.commands.iter().enumerate();
        let makers = commands.filter(|(_, it)| self.makers.binary_search(&it.region.start).is_ok());
        makers
            .filter_map(|(index, _)| match sinks.of(index, true) {
                Sink::File(file) => Some((index, file)),
                _ => None,
            })
            .collect()
    }
}

/// Whether a command makes something random.
fn is_generator(command: &Command) -> bool {
    let from_device = |word: &Word| matches!(word.text.as_str(), "/dev/urandom" | "/dev/random");
    if command.redirects.iter().any(|redirect| from_device(&redirect.target)) {
        return true;
    }
    let Some(program) = command.program() else { return false };
    if matches!(program, "echo" | "printf" | "cat" | "grep" | "sed") {
        return program == "cat" && command.words.iter().any(from_device);
    }
    if matches!(program, "uuidgen" | "pwgen" | "apg") || command.words.iter().any(from_device) {
        return true;
    }
    let words = command.words.windows(2);
    if words.into_iter().any(|pair| pair[0].text.ends_with("openssl") && pair[1].text == "rand") {
        return true;
    }
    let interprets = matches!(program, "node" | "python" | "python3" | "ruby" | "php" | "bun");
    interprets
        && command.words.iter().skip(1).any(|word| {
            ["randomBytes", "randomUUID", "secrets.", "urandom", "SecureRandom", "random_bytes"]
                .iter()
                .any(|sign| word.text.contains(sign))
        })
}

fn is_declaration(command: &Command) -> bool {
    matches!(command.program(), Some("export" | "local" | "declare" | "readonly" | "typeset"))
}

fn any_in(starts: &[usize], region: Region) -> bool {
    let at = starts.partition_point(|start| *start < region.start);
    starts.get(at).is_some_and(|start| *start < region.end)
}

#[cfg(test)]
mod tests {
    use super::super::RULES;
    use seaworthy_analysis::Options;
    use seaworthy_model::NotificationKind;
    use seaworthy_testkit::{Fixture, run_on, snapshot};

    /// Broken and crowded scripts: no panic, and time that grows with the text.
    #[test]
    fn hostile_scripts_are_judged_to_the_end() {
        let many = |line: &str| line.repeat(20_000);
        let make = "P_P=$(openssl rand -hex 32)\n";
        let scripts = [
            many("echo \"A_SECRET=$(openssl rand -hex 32)\" > .env\n"),
            format!("{make}f() {{\n{}}}\n{}f > x\n", many("echo \"A_KEY=$P_P\"\n"), many("g\n")),
            format!("{make}echo \"A_KEY=$P_P\"{}\n", many(" | cat")),
            format!("{make}{}", many("f() { :; }\nf A_TOKEN \"$P_P\"\n")),
            format!("{make}cat > .env <<X\n{}X\n", many("A_PASSWORD=$P_P\n")),
            format!("{make}printf '{}' {}\n", many("A_SECRET=%s"), many("\"$P_P\" ")),
            format!("{make}echo \"=$P_P é=$P_P \\n=$P_P\" > \"$(mktemp)\"; printf %s\n"),
            format!("{make}{}", many("x=$(mktemp); echo \"A_KEY=$P_P\" > \"$x\"\n")),
        ];
        let compose: String = (0..500)
            .map(|at| format!("      A{at}_KEY: ${{A{at}_PASS}}${{SESSION_{at}}}\n"))
            .collect();
        for script in scripts {
            let fixture = Fixture::parse(&format!(
                "//- compose.yml\nservices:\n  a:\n    image: a/b\n    environment:\n{compose}\
                 //- make.sh\n{script}"
            ));
            let snapshot = snapshot(&fixture, true, Options::default());
            for rule in RULES {
                let (_, notifications) = run_on(rule, &snapshot);
                let failed = notifications.iter().find(|n| n.kind == NotificationKind::RuleFailed);
                assert!(failed.is_none(), "{}: {failed:?}", rule.rule.id);
            }
        }
    }
}
