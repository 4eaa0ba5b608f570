//! `gitignore-secret-artifacts`

use std::collections::{BTreeMap, HashSet};

use seaworthy_analysis::names::secret_kind;
use seaworthy_analysis::roles::{is_env_file_name, is_vendored};
use seaworthy_analysis::{Artifact, Check, Context, Document, DocumentKind, GitState, NativeRule, Snapshot};
use seaworthy_model::{ArtifactPath, Group, Precision, Region, Rule, Severity};

use super::content::list;
use super::env_paths::{is_read_me, scripts};
use super::ignore_edit::{Wanted, append, has_root_rules, literal, nearest, relative};
use super::tracked::{file_name, is_docs_directory, is_test_directory, join, parent};

pub(crate) static RULE: NativeRule = NativeRule {
    rule: Rule {
        id: "gitignore-secret-artifacts",
        group: Group::GitHygiene,
        summary: "a secret file that the repository produces is not ignored by git",
        help: include_str!("gitignore_secret_artifacts.md"),
        severity: Severity::Medium,
        precision: Precision::High,
        cwe: &[538],
        ..Rule::DEFAULT
    },
    // Read-mes are read along with scripts, and passed over.
    check: Check::Searching(check, |_, _, _| 0),
};

/// How many written files are told.
const MOST: usize = 100;

fn check(cx: &mut Context<'_>) {
    let snapshot = cx.snapshot();
    let Some(git) = snapshot.git() else { return };
    // Without any ignore file `gitignore-missing` speaks.
    if !has_root_rules(snapshot, git) && snapshot.of_kind(DocumentKind::Ignore).next().is_none() {
        return;
    }
    terraform(cx, git);
    written(cx, git);
}

/// State and variables that Terraform will leave in its directories.
fn terraform(cx: &mut Context<'_>, git: &GitState) {
    let snapshot = cx.snapshot();
    let mut open: Vec<(String, &ArtifactPath)> = Vec::new();
    for (directory, module) in modules(snapshot) {
        let mut names: Vec<&str> = Vec::new();
        if module.local_state {
            names.extend(["terraform.tfstate", "terraform.tfstate.backup"]);
        }
        if module.secret_variables {
            names.push("terraform.tfvars");
        }
        for name in names {
            let path = join(&directory, name);
            let verdict = git.verdict(&path, false);
            // A tracked one is told by `tfstate-tracked`.
            if !verdict.ignored && !verdict.undecided && !git.is_tracked(&path) {
                open.push((path, module.file));
            }
        }
    }
    let Some((_, first)) = open.first() else { return };
    let paths: Vec<String> = open.iter().map(|(path, _)| path.clone()).collect();
    let shown: Vec<&str> = paths.iter().map(String::as_str).collect();
    let mut lines: Vec<String> = Vec::new();
    for path in &paths {
        for line in match file_name(path) {
            "terraform.tfvars" => &["terraform.tfvars"][..],
            _ => &["*.tfstate", "*.tfstate.*"][..],
        } {
            if !lines.iter().any(|known| known == line) {
                lines.push((*line).to_owned());
            }
        }
    }
    let message = format!(
        "Terraform leaves secrets in {}, which git does not ignore. State holds every password and \
         key of the resources in plain text; add `{}` to .gitignore.",
        list(&shown),
        lines.join("`, `")
    );
    let root = snapshot.artifact(".gitignore").map(|artifact| artifact.path().clone());
    let ignore = root.or_else(|| nearest(snapshot, &paths[0]).cloned());
    let wanted = Wanted { ignored: &paths, kept: &[] };
    let edit = ignore.as_ref().and_then(|ignore| append(cx, ignore, &lines, wanted));
    let place = ignore.as_ref().unwrap_or(first).clone();
    let draft = cx.report_in(&place, Region::empty(0), message);
    draft.evidence(format!("terraform {}", shown.join(" ")));
    let mut files: Vec<&ArtifactPath> = open.iter().map(|(_, file)| *file).collect();
    files.dedup();
    for file in files.into_iter().take(10) {
        draft.related(file, Region::empty(0), "Terraform runs in this directory");
    }
    if let Some(edit) = edit {
        draft.fix(edit);
    }
}

/// What a directory with Terraform files will hold once Terraform has run.
struct Module<'s> {
    file: &'s ArtifactPath,
    runs: bool,
    local_state: bool,
    secret_variables: bool,
}

/// The directories in which Terraform is run: not those of modules that others
/// call.
fn modules(snapshot: &Snapshot) -> BTreeMap<String, Module<'_>> {
    let mut modules: BTreeMap<String, Module<'_>> = BTreeMap::new();
    let is_module = |artifact: &Artifact| {
        let path = artifact.path();
        path.file_name().ends_with(".tf")
            && !is_vendored(path.as_str())
            && !is_test_directory(path.parent())
            && !is_docs_directory(path.parent())
            && !path.parent().split('/').any(|part| matches!(part, "modules" | "module"))
    };
    for artifact in snapshot.chosen(is_module).into_iter().take(500) {
        let Some(text) = snapshot.text(artifact) else { continue };
        let module = modules.entry(artifact.path().parent().to_owned()).or_insert(Module {
            file: artifact.path(),
            runs: false,
            local_state: true,
            secret_variables: false,
        });
        for line in text.lines().map(str::trim) {
            if line.starts_with("provider \"") || line.starts_with("backend \"") {
                module.runs = true;
            }
            module.runs |= line.starts_with("resource \"");
            let remote = line.starts_with("backend \"") && !line.starts_with("backend \"local\"");
            if remote || line.starts_with("cloud {") {
                module.local_state = false;
            }
            let name = line.strip_prefix("variable \"").and_then(|rest| rest.split('"').next());
            module.secret_variables |= name.is_some_and(|name| secret_kind(name).is_some());
        }
    }
    modules.retain(|_, module| module.runs);
    modules
}

/// Secret files that scripts write.
fn written(cx: &mut Context<'_>, git: &GitState) {
    let snapshot = cx.snapshot();
    // The path, to where it is written.
    let mut open: BTreeMap<String, (ArtifactPath, Region)> = BTreeMap::new();
    for (script, text) in scripts(snapshot) {
        let name = file_name(script.as_str());
        // In a Dockerfile paths are those of the image, in prose anything goes.
        if is_read_me(name) || name.starts_with("Dockerfile") {
            continue;
        }
        for (path, region) in outputs(text) {
            place(snapshot, git, script, path, region, &mut open);
        }
    }
    for package in snapshot.joined().packages().all() {
        let Some(artifact) = snapshot.artifact(package.manifest.as_str()) else { continue };
        let Some(Document::PackageJson(manifest)) = snapshot.document(artifact) else { continue };
        for script in &manifest.scripts {
            for (path, _) in outputs(&script.text) {
                place(snapshot, git, &package.manifest, path, script.region, &mut open);
            }
        }
    }
    let names: HashSet<&str> = git.tracked().map(file_name).collect();
    for (path, (script, region)) in open.into_iter().take(MOST) {
        let ignore = snapshot
            .artifact(".gitignore")
            .map(|artifact| artifact.path())
            .or_else(|| nearest(snapshot, &path))
            .cloned();
        // By its name, wherever the script is run, unless a file of that name
        // is tracked.
        let name = file_name(&path);
        let line = match &ignore {
            Some(ignore) if names.contains(name) => format!("/{}", literal(relative(ignore, &path))),
            _ => literal(name),
        };
        let wanted = Wanted { ignored: std::slice::from_ref(&path), kept: &[] };
        let edit = ignore
            .and_then(|ignore| append(cx, &ignore, std::slice::from_ref(&line), wanted));
        let message = format!(
            "This writes {path}, which holds a secret by its name and is not ignored by git. \
             Whoever runs the script and then `git add .` commits it; add `{line}` to .gitignore."
        );
        let draft = cx.report_in(&script, region, message);
        draft.evidence(path.as_str());
        if let Some(edit) = edit {
            draft.fix(edit);
        }
    }
}

/// Notes an output that git would take in.
fn place(
    snapshot: &Snapshot,
    git: &GitState,
    script: &ArtifactPath,
    path: &str,
    region: Region,
    open: &mut BTreeMap<String, (ArtifactPath, Region)>,
) {
    if !is_secret_output(file_name(path)) || path.starts_with(['/', '~']) {
        return;
    }
    // What stands before a variable part is not known.
    let (path, unknown) = match path.rsplit_once('/') {
        Some((directory, name)) if directory.contains(['$', '`', '}', ')']) => (name, true),
        _ => (path, false),
    };
    if path.contains(['$', '`', '*', '{', '<', '"']) {
        return;
    }
    let bases = [parent(script.as_str()), ""];
    let places: Vec<String> = bases
        .iter()
        .filter_map(|base| ArtifactPath::resolve(base, path))
        .map(|path| path.as_str().to_owned())
        .collect();
    let is_open = |path: &String| {
        let verdict = git.verdict(path, false);
        !verdict.ignored && !verdict.undecided && !git.is_tracked(path)
    };
    // Where a script is run is not known either: all places must be open.
    if places.is_empty() || !places.iter().all(is_open) {
        return;
    }
    let root = places.last().expect("the list was just found not to be empty");
    let there = |path: &String| snapshot.contains_directory(parent(path));
    let chosen = if unknown || !there(root) && there(&places[0]) { &places[0] } else { root };
    open.entry(chosen.clone()).or_insert_with(|| (script.clone(), region));
}

/// The paths that a script writes to: redirections, `tee`, and options of
/// programs that make keys.
fn outputs(text: &str) -> Vec<(&str, Region)> {
    let mut found = Vec::new();
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let trimmed = line.trim_start();
        if !trimmed.starts_with('#') && !trimmed.starts_with('@') || trimmed.starts_with("@openssl") {
            outputs_of_line(line, start, &mut found);
        }
        start += line.len();
        if found.len() >= 200 {
            break;
        }
    }
    found
}

fn outputs_of_line<'t>(line: &'t str, start: usize, found: &mut Vec<(&'t str, Region)>) {
    let mut previous = "";
    let makes_keys = ["openssl ", "ssh-keygen", "keytool", "mkcert", "gpg ", "wg genkey"]
        .iter()
        .any(|program| line.contains(program));
    let offset_of = |word: &str| word.as_ptr() as usize - line.as_ptr() as usize;
    for word in line.split_whitespace() {
        let redirected = word
            .strip_prefix("1>>")
            .or_else(|| word.strip_prefix("1>"))
            .or_else(|| word.strip_prefix(">>"))
            .or_else(|| word.strip_prefix('>'))
            .filter(|rest| !rest.starts_with(['&', '(']));
        let option = match previous {
            ">" | ">>" | "1>" | "tee" => true,
            "-a" if line.contains("tee -a") => true,
            "-out" | "-keyout" | "-keystore" | "-key-file" | "-f" | "-o" | "--output" => makes_keys,
            _ => false,
        };
        let path = match redirected {
            Some("") => None,
            Some(rest) => Some(rest),
            None if option && !word.starts_with('-') => Some(word),
            None => None,
        };
        if let Some(path) = path {
            let path = path.trim_matches(['"', '\'', ';', ')', '`', '&', '|']);
            let path = path.strip_prefix("./").unwrap_or(path);
            let at = start + offset_of(path);
            found.push((path, Region::new(at, at + path.len())));
        }
        previous = word;
    }
}

/// Whether a file of this name holds a secret. Env files have a rule of their
/// own, and public halves are public.
fn is_secret_output(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    let words: Vec<&str> = lower.split(['.', '-', '_']).filter(|word| !word.is_empty()).collect();
    let any = |known: &[&str]| words.iter().any(|word| known.contains(word));
    if is_env_file_name(name).is_some()
        || any(&["pub", "public", "cert", "certificate", "fullchain", "chain", "ca", "csr", "example", "sample", "template", "sh"])
    {
        return false;
    }
    let key_end = [".pem", ".key", ".p12", ".pfx", ".jks", ".keystore", ".kdbx", ".p8"];
    key_end.iter().any(|end| lower.ends_with(end) && lower.len() > end.len())
        || matches!(lower.as_str(), "id_rsa" | "id_ed25519" | "id_ecdsa" | ".netrc" | ".pgpass" | ".htpasswd")
        || (any(&["secret", "secrets", "credential", "credentials", "passwords", "serviceaccount"])
            && [".json", ".txt", ".yml", ".yaml", ".env", ".csv", ".ini", ".conf", ".toml"]
                .iter()
                .any(|end| lower.ends_with(end)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use seaworthy_testkit::{check_fix_repo, check_repo};

    #[test]
    fn outputs_are_read_off_scripts() {
        let cases: &[(&str, &[&str])] = &[
            ("openssl genrsa -out keys/jwt.pem 4096", &["keys/jwt.pem"]),
            ("echo x > secrets.json", &["secrets.json"]),
            ("echo x >>\"./secrets.txt\"", &["secrets.txt"]),
            ("cat a | tee -a credentials.json", &["credentials.json"]),
            ("ssh-keygen -t ed25519 -f id_ed25519 -N ''", &["id_ed25519"]),
            ("cp -f a.pem b.pem", &[]),
            ("x 2>&1 >&2", &[]),
            ("# echo > secrets.json", &[]),
            ("echo > ", &[]),
        ];
        for (text, want) in cases {
            let got: Vec<&str> = outputs(text).iter().map(|(path, _)| *path).collect();
            assert_eq!(got, *want, "{text}");
            assert!(outputs(text).iter().all(|(path, region)| region.of(text) == *path), "{text}");
        }
    }

    #[test]
    fn names_tell_secret_files() {
        let cases = [
            ("jwt.pem", true),
            ("server.key", true),
            ("gcp-credentials.json", true),
            ("generated_secrets.txt", true),
            ("id_rsa", true),
            ("id_rsa.pub", false),
            ("public.pem", false),
            ("cert.pem", false),
            (".env.local", false),
            ("secrets.example.json", false),
            ("secrets.ts", false),
            ("monkey.json", false),
        ];
        for (name, want) in cases {
            assert_eq!(is_secret_output(name), want, "{name}");
        }
    }

    #[test]
    fn flags_what_scripts_write_and_terraform_leaves() {
        check_repo(
            &RULE,
            r#"
//- .gitignore
infra/terraform/**/*.tfstate*
^ [medium] secrets in infra/aws/terraform.tfstate, infra/aws/terraform.tfstate.backup and infra/aws/terraform.tfvars
//- infra/aws/main.tf
provider "aws" {}
~ Terraform runs in this directory
variable "db_password" {}
//- infra/terraform/main.tf
provider "aws" {}
//- scripts/keys.sh
openssl genrsa -out keys/jwt.pem 4096
                    ^^^^^^^^^^^^ [medium] This writes keys/jwt.pem
echo "$S" > generated_secrets.json
            ^^^^^^^^^^^^^^^^^^^^^^ generated_secrets.json
"#,
        );
    }

    #[test]
    fn passes_remote_state_modules_and_ignored_outputs() {
        check_repo(
            &RULE,
            r#"
//- .gitignore
*.pem
generated_*
//- infra/main.tf
terraform {
  backend "s3" {}
}
provider "aws" {}
//- infra/modules/vpc/main.tf
resource "aws_vpc" "a" {}
//- infra/shared/variables.tf
variable "db_password" {}
//- scripts/keys.sh
openssl genrsa -out "$DIR/jwt.pem" 4096
echo x > generated_secrets.json
echo x > /etc/ssl/private/server.key
echo x > ~/.netrc
echo x > "$OUT_FILE"
//- Dockerfile
RUN echo x > secrets.json
"#,
        );
    }

    #[test]
    fn adds_the_lines() {
        check_fix_repo(
            &RULE,
            "//- .gitignore\ndist\n//- main.tf\nprovider \"aws\" {}\n",
            "//- .gitignore\ndist\n*.tfstate\n*.tfstate.*\n//- main.tf\nprovider \"aws\" {}\n",
        );
        check_fix_repo(
            &RULE,
            "//- .gitignore\ndist\n//- setup.sh\necho x > app.key\n",
            "//- .gitignore\ndist\napp.key\n//- setup.sh\necho x > app.key\n",
        );
    }
}
