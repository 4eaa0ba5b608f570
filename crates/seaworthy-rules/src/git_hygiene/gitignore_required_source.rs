//! `gitignore-required-source`

use std::collections::BTreeMap;

use seaworthy_analysis::roles::{Role, is_env_file_name, is_vendored};
use seaworthy_analysis::{Check, Context, Document, GitState, NativeRule, Snapshot, DocumentKind, is_named_in};
use seaworthy_formats::compose::{Volume, VolumeKind};
use seaworthy_formats::gitignore::{Decision, IgnoreSource};
use seaworthy_formats::package_json::PackageJson;
use seaworthy_model::{ArtifactPath, Group, Precision, Region, Rule, Severity};

use super::ignore_edit::{Wanted, append, literal, relative};
use super::tracked::{file_name, join};

pub(crate) static RULE: NativeRule = NativeRule {
    rule: Rule {
        id: "gitignore-required-source",
        group: Group::GitHygiene,
        summary: "a file that the build or deployment needs is ignored by git",
        help: include_str!("gitignore_required_source.md"),
        severity: Severity::Low,
        precision: Precision::Medium,
        cwe: &[1068],
        ..Rule::DEFAULT
    },
    check: Check::Searching(check, sees),
};

/// A path that something needs, and where it says so.
struct Need {
    path: String,
    directory: bool,
    place: (ArtifactPath, Region),
    why: String,
}

fn sees(snapshot: &Snapshot, path: &str, text: Option<&str>) -> u64 {
    const NEEDING: &[DocumentKind] = &[DocumentKind::PackageJson, DocumentKind::Compose];
    u64::from(text.is_some() && is_named_in(NEEDING, snapshot, path))
}

fn check(cx: &mut Context<'_>) {
    let snapshot = cx.snapshot();
    let Some(git) = snapshot.git() else { return };
    let mut needs = Vec::new();
    static_directories(snapshot, &mut needs);
    package_scripts(snapshot, &mut needs);
    mounts(snapshot, &mut needs);
    // One finding for each ignore line.
    let mut by_line: BTreeMap<(ArtifactPath, Region), Vec<Need>> = BTreeMap::new();
    for need in needs {
        let Some(decision) = ignored(git, &need) else { continue };
        let IgnoreSource::File { artifact } = decision.source else { continue };
        by_line.entry((artifact, decision.region)).or_default().push(need);
    }
    for ((ignore, region), needs) in by_line {
        report(cx, &ignore, region, &needs);
    }
}

/// The line that ignores what is needed, if nothing of it is tracked.
fn ignored(git: &GitState, need: &Need) -> Option<Decision> {
    let tracked = if need.directory { git.tracks_below(&need.path) } else { git.is_tracked(&need.path) };
    // What a directory holds may be ignored without the directory itself.
    let verdict = git.verdict(&need.path, need.directory);
    (verdict.ignored && !tracked).then_some(verdict.decided_by).flatten()
}

fn report(cx: &mut Context<'_>, ignore: &ArtifactPath, region: Region, needs: &[Need]) {
    let Some(first) = needs.first() else { return };
    let more = match needs.len() {
        1 => String::new(),
        n => format!(" and {} more", n - 1),
    };
    let message = format!(
        "This pattern ignores {}{more}, which {}. It is not in the repository, so a fresh clone \
         cannot build or start; narrow the pattern or add an exception.",
        first.path, first.why
    );
    let negations: Vec<String> = needs
        .iter()
        .map(|need| {
            let end = if need.directory { "/" } else { "" };
            format!("!/{}{end}", literal(relative(ignore, &need.path)))
        })
        .collect();
    let kept: Vec<String> = needs
        .iter()
        .map(|need| if need.directory { join(&need.path, "favicon.svg") } else { need.path.clone() })
        .collect();
    let edit = append(cx, ignore, &negations, Wanted { ignored: &[], kept: &kept });
    let draft = cx.report_in(ignore, region, message);
    draft.evidence(needs.iter().map(|need| need.path.as_str()).collect::<Vec<_>>().join(" "));
    for need in needs.iter().take(10) {
        draft.related(&need.place.0, need.place.1, format!("needs {}", need.path));
    }
    if let Some(edit) = edit {
        draft.fix(edit);
    }
}

/// `public/`, from which some frameworks serve and others write.
fn static_directories(snapshot: &Snapshot, needs: &mut Vec<Need>) {
    const SERVING: &[(&str, &str)] = &[
        ("next", "Next.js serves files from"),
        ("vite", "Vite serves files from"),
        ("react-scripts", "Create React App builds from"),
        ("nuxt", "Nuxt serves files from"),
        ("astro", "Astro serves files from"),
    ];
    for package in snapshot.joined().packages().all() {
        let Some(manifest) = manifest(snapshot, &package.manifest) else { continue };
        // Gatsby, Hugo and Laravel write their output there.
        let writes = manifest.dependency("gatsby").is_some()
            || snapshot.contains(&join(&package.directory, "artisan"))
            || snapshot.contains(&join(&package.directory, "hugo.toml"));
        if writes {
            continue;
        }
        for (dependency, why) in SERVING {
            let Some(found) = manifest.dependency(dependency) else { continue };
            needs.push(Need {
                path: join(&package.directory, "public"),
                directory: true,
                place: (package.manifest.clone(), found.name_region),
                why: format!("{why} as its static directory"),
            });
            break;
        }
    }
}

fn manifest<'s>(snapshot: &'s Snapshot, path: &ArtifactPath) -> Option<&'s PackageJson> {
    match snapshot.document(snapshot.artifact(path.as_str())?)? {
        Document::PackageJson(manifest) => Some(manifest),
        _ => None,
    }
}

/// Files that package scripts run.
fn package_scripts(snapshot: &Snapshot, needs: &mut Vec<Need>) {
    const RUNNERS: &[&str] = &["node", "tsx", "ts-node", "bash", "sh", "bun", "python", "python3"];
    for package in snapshot.joined().packages().all() {
        let Some(manifest) = manifest(snapshot, &package.manifest) else { continue };
        let all: String =
            manifest.scripts.iter().map(|script| format!("{}\n", script.text)).collect();
        for script in &manifest.scripts {
            let words: Vec<&str> = script.text.split_whitespace().collect();
            for pair in words.windows(2) {
                let [runner, file] = pair else { continue };
                if !RUNNERS.contains(runner) || !is_source(file) {
                    continue;
                }
                let Some(path) = ArtifactPath::resolve(&package.directory, file) else { continue };
                // What another script writes is not to be committed.
                let written = [format!("> {file}"), format!("-o {file}"), format!("--outfile={file}")]
                    .iter()
                    .any(|made| all.contains(made.as_str()));
                if !written {
                    needs.push(Need {
                        path: path.as_str().to_owned(),
                        directory: false,
                        place: (package.manifest.clone(), script.region),
                        why: format!("the script `{}` runs", script.name),
                    });
                }
            }
        }
    }
}

/// Configuration that Compose mounts out of the repository.
fn mounts(snapshot: &Snapshot, needs: &mut Vec<Need>) {
    for stack in snapshot.joined().stacks() {
        if !matches!(stack.role().role, Role::Deployable) {
            continue;
        }
        for service in &stack.project().services {
            for volume in &service.volumes {
                let lookup = |name: &str| stack.variable(name).map(|v| v.reveal().to_owned());
                let Ok(Volume { kind: VolumeKind::Bind, source: Some(source), .. }) =
                    volume.resolve(&lookup)
                else {
                    continue;
                };
                let origin = volume.origin();
                let Some(path) = stack.project().resolve(origin, &source) else { continue };
                let place = (origin.artifact.clone(), origin.region);
                if is_source(path.as_str()) {
                    needs.push(Need {
                        path: path.as_str().to_owned(),
                        directory: false,
                        place,
                        why: format!("the service `{}` mounts", service.name.raw()),
                    });
                }
            }
        }
    }
}

/// Whether a path is a file that somebody wrote: no build output, no secret, no
/// data.
fn is_source(path: &str) -> bool {
    let name = file_name(path);
    let written = [
        ".js", ".mjs", ".cjs", ".ts", ".mts", ".sh", ".py", ".conf", ".yml", ".yaml", ".toml",
        ".sql", ".cfg", ".ini", ".template",
    ];
    let output = ["dist", "build", "out", "target", "lib", "bin", "generated", "tmp", ".cache", "data", "logs", "output", "compiled"];
    let secret = ["secret", "secrets", "credential", "credentials", "key", "keys", "password", "passwords", "local", "private"];
    written.iter().any(|end| name.ends_with(end))
        && !path.split('/').any(|part| output.contains(&part))
        && !name.to_ascii_lowercase().split(['.', '-', '_']).any(|word| secret.contains(&word))
        && !path.contains(['$', '*', '{', '~'])
        && is_env_file_name(name).is_none()
        && !is_vendored(path)
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use seaworthy_testkit::{check_fix_repo, check_repo};

    #[test]
    fn flags_patterns_that_take_what_is_needed() {
        check_repo(
            &RULE,
            r#"
//- .gitignore
public
^^^^^^ [low] Next.js serves files from
scripts/
^^^^^^^^ the script `postinstall` runs
*.conf
^^^^^^ the service `proxy` mounts
//- package.json
{"dependencies": {"next": "16.0.0"}, "scripts": {"postinstall": "node scripts/setup.js"}}
//- docker-compose.yml
services:
  proxy:
    image: nginx
    volumes: ["./nginx.conf:/etc/nginx/nginx.conf:ro"]
"#,
        );
    }

    #[test]
    fn passes_output_secrets_and_what_is_tracked() {
        check_repo(
            &RULE,
            r#"
//- .gitignore
public
dist
*.conf
certs
generated.js
//- package.json
{"dependencies": {"gatsby": "5.0.0"}, "scripts": {"start": "node dist/main.js", "gen": "make > generated.js", "run": "node generated.js"}}
//- nginx.conf
x
//- docker-compose.yml
services:
  proxy:
    image: nginx
    volumes:
      - ./nginx.conf:/etc/nginx/nginx.conf:ro
      - ./certs/site.key:/etc/site.key
      - ./data:/data
"#,
        );
        check_repo(
            &RULE,
            "//- .gitignore\npublic/sw.js\n//- package.json\n{\"dependencies\": {\"next\": \"16.0.0\"}}\n",
        );
        check_repo(
            &RULE,
            "//- .gitignore\npublic\n//- package.json\n{\"dependencies\": {\"next\": \"16.0.0\"}}\n//- public/a.svg\nx\n",
        );
    }

    #[test]
    fn adds_an_exception() {
        check_fix_repo(
            &RULE,
            "//- .gitignore\npublic\n//- package.json\n{\"dependencies\": {\"vite\": \"7.0.0\"}}\n",
            "//- .gitignore\npublic\n!/public/\n//- package.json\n{\"dependencies\": {\"vite\": \"7.0.0\"}}\n",
        );
    }
}
