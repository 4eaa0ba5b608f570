//! `gitignore-line-ineffective`

use seaworthy_analysis::roles::is_env_file_name;
use seaworthy_analysis::{Check, Context, Edit, GitState, NativeRule};
use seaworthy_formats::gitignore::IgnoreSource;
use seaworthy_model::{ArtifactPath, Group, Precision, Rule, Severity};
use seaworthy_syntax::ignore::{IgnoreFile, IgnoreLine};

use super::ignore_edit::{TRIES, Wanted, comes_to, whole_line};
use super::mistaken_line::mistakes;
use super::tracked::{file_name, join};

pub(crate) static RULE: NativeRule = NativeRule {
    rule: Rule {
        id: "gitignore-line-ineffective",
        group: Group::GitHygiene,
        summary: "an ignore line does not do what it was written for",
        help: include_str!("gitignore_line_ineffective.md"),
        severity: Severity::High,
        precision: Precision::VeryHigh,
        cwe: &[538],
        ..Rule::DEFAULT
    },
    check: Check::Ignore(check),
};

fn check(ignore: &IgnoreFile, cx: &mut Context<'_>) {
    let snapshot = cx.snapshot();
    let Some(git) = snapshot.git() else { return };
    let (path, text) = (cx.path().clone(), cx.text());
    for mistake in mistakes(snapshot, git, &path, text, ignore) {
        let shown = mistake.mended.lines().collect::<Vec<_>>().join("`, `");
        cx.report(
            mistake.region,
            format!(
                "This line does not make git ignore {}: {}. Nothing else does, so `git add .` \
                 would commit the file; write `{shown}`.",
                mistake.path, mistake.why
            ),
        )
        .evidence(mistake.region.of(text).trim())
        .fix(
            Edit::safe(format!("Write `{shown}`"))
                .replace(&path, mistake.region, mistake.mended),
        );
    }
    for line in ignore.patterns().filter(|line| line.negated()).take(TRIES) {
        lost_negation(cx, git, &path, text, ignore, line);
    }
}

/// A negation that is to keep a template and comes to nothing.
fn lost_negation(
    cx: &mut Context<'_>,
    git: &GitState,
    path: &ArtifactPath,
    text: &str,
    ignore: &IgnoreFile,
    line: &IgnoreLine,
) {
    let glob = line.glob().of(text);
    let plain = glob.trim_start_matches("**/").trim_start_matches('/');
    if plain.contains(['*', '?', '[', '\\'])
        || !is_env_file_name(file_name(plain)).is_some_and(|name| name.template)
    {
        return;
    }
    let template = join(path.parent(), plain);
    let verdict = git.verdict(&template, false);
    let Some(decision) = verdict.decided_by.filter(|_| verdict.ignored) else { return };
    if decision.source != (IgnoreSource::File { artifact: path.clone() }) {
        return;
    }
    let kept = Wanted { ignored: &[], kept: std::slice::from_ref(&template) };
    if decision.line > line.number() {
        let from = whole_line(text, line.region());
        let to = whole_line(text, decision.region).end;
        let negation = line.region().of(text);
        let ending = if text[from.range()].ends_with("\r\n") { "\r\n" } else { "\n" };
        let mut moved = format!("{negation}{ending}");
        if !text[..to].ends_with('\n') {
            moved = format!("{ending}{negation}");
        }
        let edited = format!("{}{}{moved}{}", &text[..from.start], &text[from.end..to], &text[to..]);
        let mended = comes_to(git, path, &edited, kept);
        let draft = cx.report(
            line.region(),
            format!(
                "This line does not keep {template}: the last matching line wins, and line {} \
                 ignores it again. Move this line below it, or the template is left out of the \
                 repository.",
                decision.line
            ),
        );
        draft
            .severity(Severity::Low)
            .evidence(negation.trim())
            .related(path, decision.region, "this later line wins");
        if mended {
            let edit = Edit::safe(format!("Move `{negation}` below line {}", decision.line));
            draft.fix(edit.remove(path, from).insert(path, to, moved));
        }
        return;
    }
    // An ignored directory above: git does not look into it.
    let directory = ignore.lines().get(decision.line as usize - 1).copied();
    let Some(directory) = directory.filter(|directory| !directory.negated()) else { return };
    let pattern = directory.pattern().of(text).trim_end_matches('/');
    let opened = format!("{pattern}/*");
    let edited = super::ignore_edit::replaced(text, decision.region, &opened);
    let mended = edited.is_some_and(|edited| comes_to(git, path, &edited, kept));
    let draft = cx.report(
        line.region(),
        format!(
            "This line does not keep {template}: git never looks into a directory that is \
             ignored, as line {} does. Ignore what is in the directory (`{opened}`) instead.",
            decision.line
        ),
    );
    draft.severity(Severity::Low).evidence(line.region().of(text).trim());
    draft.related(path, decision.region, "this line ignores the directory");
    if mended {
        draft.fix(
            Edit::safe(format!("Write `{opened}` on line {}", decision.line))
                .replace(path, decision.region, opened),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use seaworthy_testkit::{check_fix_repo, check_repo};

    #[test]
    fn flags_lines_that_git_reads_otherwise() {
        check_repo(
            &RULE,
            "
//- a/.gitignore
./.env
^^^^^^ [high] does not make git ignore a/.env
//- b/.gitignore
.env/
^^^^^ match directories only
//- c/.gitignore
  .env
^ blanks at the start
//- d/.gitignore
.env # secrets
^^^^^^^^^^^^^^ a comment needs a line of its own
//- e/.gitignore
\".env\"
^^^^^^ quotes belong
//- f/.gitignore
.env,
^^^^^ sign at the end
//- g/.gitignore
.ENV
^^^^ upper from lower
//- h/.gitignore
.env.{local,production}
^^^^^^^^^^^^^^^^^^^^^^^ write `.env.local`, `.env.production`
"
            .replace("  .env\n^ blanks", "  .env\n^^^^^^ blanks")
            .as_str(),
        );
    }

    #[test]
    fn passes_when_another_line_protects_the_file() {
        check_repo(
            &RULE,
            "
//- .gitignore
./.env
.env
\".env.local\"
.env.*
!.env.example
//- venv/.gitignore
.env/
//- venv/.env/bin/activate
x
//- ok/.gitignore
.env  
/.env.local
build/ # output
",
        );
    }

    #[test]
    fn mends_the_line_and_keeps_the_ending() {
        check_fix_repo(&RULE, "//- .gitignore\nnode_modules\r\n.env\t\r\ndist\r\n", "//- .gitignore\nnode_modules\r\n.env\r\ndist\r\n");
        check_fix_repo(
            &RULE,
            "//- .gitignore\n.env.{local,prod}\n",
            "//- .gitignore\n.env.local\n.env.prod\n",
        );
        check_fix_repo(
            &RULE,
            "//- .gitignore\n./.env",
            "//- .gitignore\n.env",
        );
        check_fix_repo(&RULE, "//- .gitignore\ndist\r.env\rlog\r", "//- .gitignore\ndist\n.env\nlog\r");
    }

    #[test]
    fn moves_a_negation_below_what_it_negates() {
        check_repo(
            &RULE,
            "
//- .gitignore
!.env.example
^^^^^^^^^^^^^ [low] the last matching line wins, and line 2
.env*
~~~~~ this later line wins
",
        );
        check_fix_repo(
            &RULE,
            "//- .gitignore\n!.env.example\n.env*\ndist\n",
            "//- .gitignore\n.env*\n!.env.example\ndist\n",
        );
        check_fix_repo(
            &RULE,
            "//- .gitignore\n!.env.example\n.env*",
            "//- .gitignore\n.env*\n!.env.example",
        );
    }

    #[test]
    fn opens_a_directory_that_hides_a_template() {
        check_fix_repo(
            &RULE,
            "//- .gitignore\nconfig/\n!config/.env.example\n",
            "//- .gitignore\nconfig/*\n!config/.env.example\n",
        );
    }
}
