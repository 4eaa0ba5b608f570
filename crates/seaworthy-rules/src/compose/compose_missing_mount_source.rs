//! `compose-missing-mount-source`

use seaworthy_analysis::{Check, Context, NativeRule, Snapshot, DocumentKind, is_named_in};
use seaworthy_formats::compose::{Service, UNKNOWN, Volume, VolumeKind, VolumeRef};
use seaworthy_model::{ArtifactPath, Group, Precision, Rule, Severity};

use super::standing::{Judged, Once, Standing, judged};

pub(crate) static RULE: NativeRule = NativeRule {
    rule: Rule {
        id: "compose-missing-mount-source",
        group: Group::Compose,
        summary: "mounted configuration file that does not exist",
        help: include_str!("compose_missing_mount_source.md"),
        severity: Severity::Medium,
        precision: Precision::High,
        cwe: &[1188],
        ..Rule::DEFAULT
    },
    check: Check::Searching(check, sees),
};

fn sees(snapshot: &Snapshot, path: &str, text: Option<&str>) -> u64 {
    u64::from(text.is_some() && is_named_in(&[DocumentKind::Compose], snapshot, path))
}

fn check(cx: &mut Context<'_>) {
    let mut once = Once::default();
    let mut missing = Vec::new();
    for judged in judged(cx) {
        for service in &judged.stack.project().services {
            let standing = judged.at(Some(service), service.origin());
            if standing > Standing::Development {
                continue;
            }
            for reference in &service.volumes {
                if let Some(path) = missing_source(cx, &judged, reference) {
                    missing.push((judged, standing, service, reference, path));
                }
            }
        }
    }
    if missing.is_empty() {
        return;
    }
    // Only now the scripts are read.
    let made = Made::new(cx);
    for (judged, standing, service, reference, path) in missing {
        let origin = reference.origin();
        if !once.first(&origin.artifact, origin.region) || made.mentions(&path) {
            continue;
        }
        report(cx, &judged, standing, service, reference, &path);
    }
}

/// The file or directory of the repository that a mount wants and that is not
/// there, if it is one that people write.
fn missing_source(
    cx: &Context<'_>,
    judged: &Judged<'_>,
    reference: &VolumeRef,
) -> Option<ArtifactPath> {
    let volume = reference.resolve(&|name| judged.variable(name)).ok()?;
    let source = volume.source.as_deref().filter(|source| source.starts_with('.'))?;
    if volume.kind != VolumeKind::Bind || source.contains(UNKNOWN) {
        return None;
    }
    let path = judged.stack.project().resolve(reference.origin(), source)?;
    let text = path.as_str();
    if text.is_empty() || !is_configuration(&volume, text) {
        return None;
    }
    let snapshot = cx.snapshot();
    let there = snapshot.contains(text)
        || snapshot.contains_directory(text)
        || snapshot.git().is_some_and(|git| git.is_tracked(text) || git.tracks_below(text));
    // What git ignores is made on the host.
    let ignored = snapshot
        .git()
        .is_some_and(|git| git.verdict(text, false).ignored || git.verdict(text, true).ignored);
    // Another repository may bring it.
    let foreign = snapshot.artifact(".gitmodules").and_then(|artifact| snapshot.text(artifact));
    let first = text.split('/').next().unwrap_or(text);
    let foreign = foreign.is_some_and(|modules| modules.contains(first));
    (!there && !ignored && !foreign && !has_template(cx, text)).then_some(path)
}

/// Endings of files that people write and commit.
const WRITTEN: &[&str] = &[
    "conf",
    "cnf",
    "cfg",
    "ini",
    "toml",
    "yml",
    "yaml",
    "json",
    "xml",
    "properties",
    "sql",
    "sh",
    "template",
    "tmpl",
    "vcl",
    "hcl",
    "rules",
    "lua",
    "js",
    "py",
];

/// Words of paths whose content comes into being on the host.
const MADE: &[&str] = &[
    "data",
    "cert",
    "certs",
    "certificates",
    "certbot",
    "letsencrypt",
    "ssl",
    "tls",
    "acme",
    "log",
    "logs",
    "backup",
    "backups",
    "upload",
    "uploads",
    "secret",
    "secrets",
    "cache",
    "tmp",
    "temp",
    "storage",
    "media",
    "dist",
    "build",
    "out",
    "generated",
    "keys",
    "dump",
    "dumps",
    "state",
    "target",
    "node_modules",
    "volumes",
    "db_data",
    "pgdata",
    "wallet",
    "credentials",
];

/// Where programs look for directories of what people write.
const READ_FROM: &[&str] = &[
    "/etc/nginx",
    "/etc/grafana",
    "/etc/prometheus",
    "/etc/alertmanager",
    "/etc/traefik",
    "/etc/caddy",
    "/etc/haproxy",
    "/usr/share/nginx/",
    "/usr/share/caddy/",
];

/// Whether the mount brings something that the repository is to hold: a file
/// with the ending of one, or a directory that goes where configuration is.
fn is_configuration(volume: &Volume, source: &str) -> bool {
    let made = source
        .split(['/', '.', '-', '_'])
        .any(|word| MADE.iter().any(|made| word.eq_ignore_ascii_case(made)));
    if made {
        return false;
    }
    let name = source.rsplit('/').next().unwrap_or(source);
    let ending = |name: &str| {
        name.rsplit_once('.').is_some_and(|(stem, ending)| {
            !stem.is_empty() && WRITTEN.iter().any(|known| ending.eq_ignore_ascii_case(known))
        })
    };
    let target = volume.target.trim_end_matches('/');
    let target_name = target.rsplit('/').next().unwrap_or(target);
    // Both sides are files, or the source is one by its ending.
    let file = ending(name) && (ending(target_name) || target.starts_with("/etc/"))
        || matches!(name, "Caddyfile" | "Corefile" | "Procfile");
    let directory = !name.contains('.')
        && (target == "/docker-entrypoint-initdb.d"
            || volume.read_only && READ_FROM.iter().any(|place| target.starts_with(place)));
    file || directory
}

/// Whether a template of the file stands beside where it would be.
fn has_template(cx: &Context<'_>, path: &str) -> bool {
    let (stem, ending) = path.rsplit_once('.').unwrap_or((path, ""));
    ["example", "sample", "template", "dist", "tmpl", "tpl", "j2", "default"].iter().any(|word| {
        cx.snapshot().contains(&format!("{path}.{word}"))
            || cx.snapshot().contains(&format!("{stem}.{word}.{ending}"))
            || cx.snapshot().contains(&format!("{stem}-{word}.{ending}"))
    })
}

/// The texts of what makes files: scripts, workflows, tasks.
struct Made<'s>(Vec<&'s str>);

/// How many such files are read.
const MOST_SCRIPTS: usize = 300;

impl<'s> Made<'s> {
    fn new(cx: &Context<'s>) -> Self {
        let snapshot = cx.snapshot();
        let texts = snapshot
            .chosen(|artifact| {
                let path = artifact.path();
                let name = path.file_name();
                name.ends_with(".sh")
                    || name.ends_with(".bash")
                    || name.ends_with(".mk")
                    || name.ends_with(".ps1")
                    || matches!(
                        name,
                        "Makefile"
                            | "makefile"
                            | "justfile"
                            | "Justfile"
                            | "Taskfile.yml"
                            | "package.json"
                            | ".gitlab-ci.yml"
                            | "Vagrantfile"
                    )
                    || path.as_str().starts_with(".github/workflows/")
                    || path.as_str().contains("ansible/")
            })
            .into_iter()
            .take(MOST_SCRIPTS);
        Self(texts.filter_map(|artifact| snapshot.text(artifact)).collect())
    }

    /// Whether one of them speaks of a file of this name.
    fn mentions(&self, path: &ArtifactPath) -> bool {
        self.0.iter().any(|text| text.contains(path.file_name()))
    }
}

fn report(
    cx: &mut Context<'_>,
    judged: &Judged<'_>,
    standing: Standing,
    service: &Service,
    reference: &VolumeRef,
    path: &ArtifactPath,
) {
    let origin = reference.origin();
    let source = reference.value.get("source").and_then(|source| source.text());
    let region = source.map_or(origin.region, |text| text.region());
    let severity = if standing.may_be_production() { Severity::Medium } else { Severity::Low };
    let name = service.name.raw();
    let draft = cx.report_in(
        &origin.artifact,
        region,
        format!(
            "Service {name} mounts {path}, which is not in the repository. Docker makes an empty \
             directory of that name instead, and the program fails on it or runs with its \
             defaults. Add the file, or mend the path: it starts from the directory of the first \
             Compose file."
        ),
    );
    draft.severity(severity).evidence(format!("{name}:{path}"));
    judged.explain(draft, origin);
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use seaworthy_testkit::{check, check_repo};

    #[test]
    fn flags_configuration_that_is_not_there() {
        check_repo(
            &RULE,
            "
//- docker-compose.prod.yml
services:
  proxy:
    image: nginx:1.27
    volumes:
      - ./nginx/nginx.conf:/etc/nginx/nginx.conf:ro
        ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ [medium] mounts nginx/nginx.conf, which is not in
      - ./nginx/conf.d:/etc/nginx/conf.d:ro
      - ./nginx/sorry:/usr/share/nginx/sorry:ro
        ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ [medium] nginx/sorry
      - ../shared/mime.types:/etc/nginx/mime.types:ro
  db:
    image: postgres:16
    volumes:
      - type: bind
        source: ./init.sql
                ^^^^^^^^^^ [medium] init.sql
        target: /docker-entrypoint-initdb.d/init.sql
  front:
    image: caddy:2
    volumes: ['./Caddyfile:/etc/caddy/Caddyfile']
               ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ [medium] mounts Caddyfile
//- nginx/conf.d/app.conf
server { listen 80; }
",
        );
    }

    #[test]
    fn passes_what_is_there_ignored_made_or_data() {
        check_repo(
            &RULE,
            "
//- docker-compose.prod.yml
services:
  a:
    image: x
    volumes:
      - ./a.conf:/etc/a.conf
      - ./ignored.conf:/etc/ignored.conf
      - ./made.json:/app/made.json
      - ./filled.yml:/etc/filled.yml
      - ./certs/site.conf:/etc/ssl/site.conf
      - ./data:/var/lib/x
      - ./pg:/var/lib/postgresql/data
      - ./app.db:/app/app.db
      - ${CONF:-./other.conf}:/etc/other.conf
      - ${DIR}/x.conf:/etc/x.conf
      - /etc/hosts.conf:/etc/hosts.conf
      - named:/etc/nginx
      - ./src:/app/src
      - ./var/run/x.sock:/x.sock
//- a.conf
x
//- other.conf
x
//- .gitignore
ignored.conf
//- scripts/setup.sh
cat > made.json
//- filled.example.yml
x: 1
",
        );
        check(
            &RULE,
            "docker-compose.test.yml",
            "services:\n  a:\n    image: x\n    volumes: ['./a.conf:/etc/a.conf']\n",
        );
    }
}
