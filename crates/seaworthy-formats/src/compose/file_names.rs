//! Which files are Compose files by their name, and which belong together.

use std::collections::{BTreeMap, HashSet};

use seaworthy_model::ArtifactPath;

use super::ComposeFile;

/// What a Compose file's name says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileName {
    /// What stands beside `compose` (`prod`, `override`, `dev.local`), in lower
    /// case.
    pub environment: Option<String>,
    default_rank: Option<usize>,
    override_rank: Option<usize>,
}

/// The files that `docker compose` takes by itself, the first that exists.
const DEFAULTS: [&str; 4] =
    ["compose.yaml", "compose.yml", "docker-compose.yml", "docker-compose.yaml"];

/// The files that it lays over them by itself, the first that exists.
const OVERRIDES: [&str; 4] = [
    "compose.override.yml",
    "compose.override.yaml",
    "docker-compose.override.yml",
    "docker-compose.override.yaml",
];

/// Endings of copies that are to be filled in.
const TEMPLATES: [&str; 7] = [".example", ".sample", ".template", ".tmpl", ".tpl", ".dist", ".j2"];

/// What names of Compose files hold; the longer first.
const STEMS: [&str; 6] = [
    "docker-compose",
    "docker_compose",
    "dockercompose",
    "podman-compose",
    "compose",
    "docker-stack",
];

impl FileName {
    /// Reads the name of a file, without its directory. `None` when it is not
    /// that of a Compose file. Names like `x-compose.yml` may mislead: look at
    /// the shape as well.
    #[must_use]
    pub fn read(name: &str) -> Option<FileName> {
        let lower = name.to_ascii_lowercase();
        let (rest, template) = TEMPLATES
            .iter()
            .find_map(|ending| Some((lower.strip_suffix(ending)?, Some(&ending[1..]))))
            .unwrap_or((&lower, None));
        let stem = rest.strip_suffix(".yml").or_else(|| rest.strip_suffix(".yaml"))?;
        let environment = STEMS.iter().find_map(|word| beside(stem, word))?;
        let environment = match (environment, template) {
            ("", None) => None,
            ("", Some(template)) => Some(template.to_owned()),
            (environment, None) => Some(environment.to_owned()),
            (environment, Some(template)) => Some(format!("{environment}.{template}")),
        };
        Some(FileName {
            environment,
            default_rank: DEFAULTS.iter().position(|default| *default == name),
            override_rank: OVERRIDES.iter().position(|default| *default == name),
        })
    }

    /// Whether `docker compose` takes it without being told.
    #[must_use]
    pub fn is_default(&self) -> bool {
        self.default_rank.is_some()
    }

    /// Whether `docker compose` lays it over the default file without being
    /// told.
    #[must_use]
    pub fn is_default_override(&self) -> bool {
        self.override_rank.is_some()
    }

    /// Whether a word of the name is one of `words`.
    #[must_use]
    pub fn says(&self, words: &[&str]) -> bool {
        self.environment
            .as_deref()
            .is_some_and(|name| name.split(['.', '-', '_']).any(|word| words.contains(&word)))
    }

    /// Whether it is a copy that is to be filled in.
    #[must_use]
    pub fn is_template(&self) -> bool {
        self.says(&["example", "sample", "template", "tmpl", "tpl", "dist", "j2"])
    }
}

/// What stands before or after `word` in `stem`, parted from it by a sign.
fn beside<'a>(stem: &'a str, word: &str) -> Option<&'a str> {
    const SIGNS: [char; 3] = ['.', '-', '_'];
    if stem == word {
        return Some("");
    }
    if let Some(after) = stem.strip_prefix(word) {
        return after.strip_prefix(SIGNS).filter(|rest| !rest.is_empty());
    }
    let before = stem.strip_suffix(word)?;
    before.strip_suffix(SIGNS).filter(|rest| !rest.is_empty())
}

/// The combinations of files that are run, as indices into `files`, the base
/// first: in each directory the default file with its default override, and
/// every other file by itself when each of its services says what to run, else
/// laid over the file that says it.
#[must_use]
pub fn projects(files: &[(ArtifactPath, &ComposeFile)]) -> Vec<Vec<usize>> {
    let mut directories: BTreeMap<&str, Vec<(usize, FileName)>> = BTreeMap::new();
    for (index, (path, _)) in files.iter().enumerate() {
        // A file that is known by its shape alone stands for itself.
        let name = FileName::read(path.file_name()).unwrap_or(FileName {
            environment: None,
            default_rank: None,
            override_rank: None,
        });
        directories.entry(path.parent()).or_default().push((index, name));
    }
    let names: Vec<Names<'_>> = files
        .iter()
        .map(|(_, file)| Names {
            services: file.service_names().into_iter().collect(),
            standalone: file.is_standalone(),
        })
        .collect();
    let mut projects = Vec::new();
    for members in directories.values() {
        let first = |rank: fn(&FileName) -> Option<usize>| {
            let ranked = members.iter().filter_map(|(index, name)| Some((rank(name)?, *index)));
            ranked.min().map(|(_, index)| index)
        };
        let base = first(|name| name.default_rank);
        let over = first(|name| name.override_rank);
        if let Some(base) = base {
            projects.push([Some(base), over].into_iter().flatten().collect());
        }
        for (index, name) in members {
            if Some(*index) == base || (base.is_some() && Some(*index) == over) {
                continue;
            }
            let file = files[*index].1;
            if names[*index].standalone || file.has_include() {
                projects.push(vec![*index]);
                continue;
            }
            let below = base_of(*index, name, members, &names, base);
            projects.push(below.into_iter().chain([*index]).collect());
        }
    }
    projects
}

/// What a file's services say about what it can be laid over.
struct Names<'f> {
    services: HashSet<&'f str>,
    standalone: bool,
}

/// The file of the same directory that an overlay is meant for: one whose name
/// it extends, else the default file, else one that has all its services.
fn base_of(
    overlay: usize,
    name: &FileName,
    members: &[(usize, FileName)],
    names: &[Names<'_>],
    default: Option<usize>,
) -> Option<usize> {
    let wanted = &names[overlay].services;
    let has_all = |index: usize| {
        let other = &names[index];
        other.standalone && !wanted.is_empty() && wanted.is_subset(&other.services)
    };
    let extended = members.iter().filter(|(index, other)| {
        let (Some(long), Some(short)) = (&name.environment, &other.environment) else {
            return false;
        };
        let rest = long.strip_prefix(short.as_str());
        *index != overlay
            && rest.is_some_and(|rest| rest.starts_with(['.', '-', '_']))
            && has_all(*index)
    });
    let extended = extended
        .max_by_key(|(_, other)| other.environment.as_ref().map_or(0, String::len))
        .map(|(index, _)| *index);
    extended.or(default).or_else(|| {
        let other = members.iter().find(|(index, _)| *index != overlay && has_all(*index));
        other.map(|(index, _)| *index)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn compose_files_are_known_by_name() {
        let cases = [
            ("docker-compose.yml", Some(None)),
            ("compose.yaml", Some(None)),
            ("docker-compose.prod.yml", Some(Some("prod"))),
            ("docker-compose-dev.yaml", Some(Some("dev"))),
            ("docker_compose.yml", Some(None)),
            ("compose.prod.eu.yaml", Some(Some("prod.eu"))),
            ("prod.compose.yml", Some(Some("prod"))),
            ("local.docker-compose.yml", Some(Some("local"))),
            ("docker-compose.yml.example", Some(Some("example"))),
            ("compose.override.yml", Some(Some("override"))),
            ("decompose.yml", None),
            ("composer.yml", None),
            ("compose.json", None),
            ("docker-compose..yml", None),
        ];
        for (name, want) in cases {
            let got = FileName::read(name).map(|name| name.environment);
            assert_eq!(
                got,
                want.map(|environment: Option<&str>| environment.map(str::to_owned)),
                "{name}"
            );
        }
    }

    fn grouped(files: &[(&str, &str)]) -> Vec<Vec<usize>> {
        let files: Vec<_> = files
            .iter()
            .map(|(path, services)| {
                let mut text = String::from("services:\n");
                for service in services.split_whitespace() {
                    let (name, body) =
                        service.split_once('=').unwrap_or((service, "restart: always"));
                    let body = if body == "i" { "image: x" } else { body };
                    text.push_str(&format!("  {name}: {{ {body} }}\n"));
                }
                (ArtifactPath::new(path), ComposeFile::parse(&text))
            })
            .collect();
        let files: Vec<_> = files.iter().map(|(path, file)| (path.clone(), file)).collect();
        projects(&files)
    }

    #[test]
    fn files_group_into_the_projects_that_are_run() {
        assert_eq!(
            grouped(&[
                ("docker-compose.yml", "a=i b=i"),
                ("docker-compose.override.yml", "a"),
                ("docker-compose.prod.yml", "a=i b=i")
            ]),
            [vec![0, 1], vec![2]],
            "a prod file whose services all have images stands alone"
        );
        assert_eq!(
            grouped(&[("docker-compose.prod.yml", "a"), ("docker-compose.yml", "a=i")]),
            [vec![1], vec![1, 0]],
            "an overlay is laid over the default file"
        );
        assert_eq!(
            grouped(&[
                ("x/compose.prod.yml", "a=i"),
                ("x/compose.prod.eu.yml", "a"),
                ("compose.yml", "a=i")
            ]),
            [vec![2], vec![0], vec![0, 1]],
            "an overlay is laid over the file whose name it extends"
        );
        assert_eq!(
            grouped(&[("compose.override.yml", "a"), ("docker-compose.test.yml", "b")]),
            [vec![0], vec![1]],
            "without a base each is judged as it is"
        );
        assert_eq!(
            grouped(&[("docker-compose.dev.yml", "a"), ("docker-compose.prod.yml", "a")]),
            [vec![0], vec![1]],
            "overlays are no base for one another"
        );
        assert_eq!(
            grouped(&[("compose.yaml", "a=i"), ("docker-compose.yml", "a=i")]),
            [vec![0], vec![1]],
            "of two default files the first has the override"
        );
    }
}
