//! A project: what Compose makes of a set of files.

use seaworthy_model::ArtifactPath;

use super::ComposeFile;
use super::load::{FileLookup, Loader, Problem, ProblemKind};
use super::service::Service;
use super::text::{Origin, Text};
use super::value::Value;

use std::collections::HashMap;

/// A project, its files merged.
#[derive(Clone, Debug)]
pub struct Project {
    /// Every file that contributes: the given ones first to last, those they
    /// extend or include where they come in.
    pub files: Vec<ArtifactPath>,
    /// The project's `name`.
    pub name: Option<Text>,
    /// The services, whatever their profiles.
    pub services: Vec<Service>,
    /// The declared networks.
    pub networks: Vec<Declared>,
    /// The declared volumes.
    pub volumes: Vec<Declared>,
    /// The declared secrets.
    pub secrets: Vec<Declared>,
    /// The declared configs.
    pub configs: Vec<Declared>,
    /// What `include` asks for, nested ones too.
    pub includes: Vec<Include>,
    /// What could not be put together as Compose would.
    pub problems: Vec<Problem>,
    raw: Value,
    uncertain: bool,
    bases: HashMap<ArtifactPath, String>,
}

/// A top-level network, volume, secret or config.
#[derive(Clone, Debug)]
pub struct Declared {
    /// The key that services use, with its place.
    pub name: Text,
    /// What is declared; null is the default.
    pub value: Value,
}

impl Declared {
    /// Whether it is made elsewhere (`external: true` or the older mapping).
    #[must_use]
    pub fn is_external(&self) -> bool {
        self.value.get("external").is_some_and(|external| match external {
            Value::Scalar(text) => is_true(text),
            Value::Mapping(..) => true,
            _ => false,
        })
    }
}

/// Whether a scalar is true for Compose, defaults of variables included.
pub(super) fn is_true(text: &Text) -> bool {
    text.with_defaults().is_some_and(|text| {
        ["true", "yes", "on", "y", "1"].iter().any(|yes| text.eq_ignore_ascii_case(yes))
    })
}

/// An item of `include`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Include {
    /// The file, and files that override it.
    pub paths: Vec<Text>,
    /// The directory that relative paths in it start from, if it is not the
    /// file's own.
    pub project_directory: Option<Text>,
    /// Env files for the variables in it.
    pub env_file: Vec<Text>,
    /// Where the item is written.
    pub origin: Origin,
}

impl Include {
    pub(super) fn read(item: &Value) -> Include {
        let list = |value: Option<&Value>| -> Vec<Text> {
            let Some(value) = value else { return Vec::new() };
            match value {
                Value::Scalar(text) => vec![text.clone()],
                value => value.items().iter().filter_map(Value::text).cloned().collect(),
            }
        };
        let paths = match item {
            Value::Scalar(text) => vec![text.clone()],
            item => list(item.get("path")),
        };
        Include {
            paths,
            project_directory: item.get("project_directory").and_then(Value::text).cloned(),
            env_file: list(item.get("env_file")),
            origin: item.origin().clone(),
        }
    }
}

impl Project {
    /// Puts the files together, the base first and then what overrides it.
    /// Files they extend or include come from `lookup`. Never fails: what does
    /// not fit is in [`Project::problems`].
    #[must_use]
    pub fn load(files: &[(ArtifactPath, &ComposeFile)], lookup: &FileLookup<'_>) -> Project {
        let mut loader = Loader::new(lookup);
        let base = files.first().map_or("", |(path, _)| path.parent());
        let raw = loader.load(files, base, &[]);
        let mut problems = std::mem::take(&mut loader.problems);
        if loader.is_exhausted() {
            problems.push(Problem {
                kind: ProblemKind::TooMuch,
                origin: raw.origin().clone(),
                message: "the project is too large or too deep to be read whole".to_owned(),
            });
        }
        let declared = |section: &str| -> Vec<Declared> {
            let members = raw.get(section).map_or(&[][..], Value::members);
            members
                .iter()
                .map(|member| Declared { name: member.key.clone(), value: member.value.clone() })
                .collect()
        };
        let services = raw.get("services").map_or(&[][..], Value::members);
        Project {
            files: std::mem::take(&mut loader.files),
            name: raw.get("name").and_then(Value::text).cloned(),
            services: services.iter().map(Service::read).collect(),
            networks: declared("networks"),
            volumes: declared("volumes"),
            secrets: declared("secrets"),
            configs: declared("configs"),
            includes: std::mem::take(&mut loader.includes),
            problems,
            uncertain: loader.uncertain,
            bases: std::mem::take(&mut loader.bases),
            raw,
        }
    }

    /// A project of one file that needs no other.
    #[must_use]
    pub fn single(artifact: ArtifactPath, file: &ComposeFile) -> Project {
        Self::load(&[(artifact, file)], &|_| None)
    }

    /// Whether a file of it was broken and read by guess: what is there is
    /// likely, what is absent is unknown.
    #[must_use]
    pub fn is_uncertain(&self) -> bool {
        self.uncertain
    }

    /// Whether parts are missing (a remote or absent file, too much), so that
    /// the absence of something proves nothing.
    #[must_use]
    pub fn is_partial(&self) -> bool {
        self.uncertain
            || self.problems.iter().any(|problem| {
                !matches!(
                    problem.kind,
                    ProblemKind::Conflict | ProblemKind::Cycle | ProblemKind::Malformed
                )
            })
    }

    /// The merged model as it is, for attributes without a field here.
    #[must_use]
    pub fn raw(&self) -> &Value {
        &self.raw
    }

    /// The service of this name.
    #[must_use]
    pub fn service(&self, name: &str) -> Option<&Service> {
        self.services.iter().find(|service| service.name.raw() == name)
    }

    /// The artifact that a relative path written at `origin` means: it starts
    /// from the project's directory, or from that of the included or extended
    /// file. `None` when it is absolute or leaves the root.
    #[must_use]
    pub fn resolve(&self, origin: &Origin, path: &str) -> Option<ArtifactPath> {
        let base = self.bases.get(&origin.artifact).map_or("", String::as_str);
        ArtifactPath::resolve(base, path)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;
    use std::sync::Arc;

    use seaworthy_model::Region;

    use super::super::{Condition, HostIp, ProblemKind, Published, VolumeKind};
    use super::*;

    /// A small repository; the first `mains` files are given, the others looked
    /// up.
    struct Repository {
        files: Vec<(ArtifactPath, Arc<ComposeFile>)>,
    }

    impl Repository {
        fn new(files: &[(&str, &str)]) -> Self {
            let files = files
                .iter()
                .map(|(path, text)| (ArtifactPath::new(path), Arc::new(ComposeFile::parse(text))))
                .collect();
            Self { files }
        }

        fn load(&self, mains: usize) -> Project {
            let by_path: HashMap<_, _> = self.files.iter().cloned().collect();
            let mains: Vec<_> =
                self.files[..mains].iter().map(|(path, file)| (path.clone(), &**file)).collect();
            Project::load(&mains, &|path| by_path.get(path).cloned())
        }

        /// What is written at an origin, after the file it is in.
        fn written(&self, origin: &Origin) -> String {
            self.at(&origin.artifact, origin.region)
        }

        fn at(&self, artifact: &ArtifactPath, region: Region) -> String {
            let file = self.files.iter().find(|(path, _)| path == artifact);
            let (path, file) = file.expect("origins name files of the repository");
            format!("{path}: {}", region.of(file.text()))
        }
    }

    fn env(project: &Project, service: &str) -> Vec<String> {
        let service = project.service(service).expect("the case has the service");
        let shown = |variable: &super::super::EnvVar| match &variable.value {
            Some(value) => format!("{}={}", variable.key.raw(), value.raw()),
            None => variable.key.raw().to_owned(),
        };
        service.environment.iter().map(shown).collect()
    }

    #[test]
    fn list_and_map_forms_read_alike() {
        let maps = "services:\n  a:\n    environment:\n      A: 1\n      B:\n      C: ''\n    depends_on:\n      db:\n        condition: service_healthy\n    env_file:\n      - path: x.env\n        required: false\n    networks: { n: { aliases: [x] } }\n";
        let lists = "services:\n  a:\n    environment:\n      - A=1\n      - B\n      - C=\n    depends_on: [db]\n    env_file: x.env\n    networks: [n]\n";
        for (text, condition, required) in
            [(maps, Condition::Healthy, false), (lists, Condition::Started, true)]
        {
            let project = Repository::new(&[("compose.yml", text)]).load(1);
            assert_eq!(env(&project, "a"), ["A=1", "B", "C="]);
            let service = &project.services[0];
            assert_eq!(service.depends_on[0].service.raw(), "db");
            assert_eq!(service.depends_on[0].condition, condition);
            assert_eq!(service.env_file[0].path.raw(), "x.env");
            assert_eq!(service.env_file[0].required, required);
            assert_eq!(service.networks[0].name.raw(), "n");
            assert_eq!(project.problems, []);
        }
    }

    #[test]
    fn values_point_at_the_file_and_bytes_that_decide() {
        let repository = Repository::new(&[
            (
                "compose.yml",
                "services:\n  db:\n    image: 'postgres:16'\n    privileged: true\n    environment:\n      - POSTGRES_PASSWORD=${PW:-hunter2}\n      - TZ=UTC\n",
            ),
            (
                "compose.override.yml",
                "services:\n  db:\n    privileged: false\n    environment:\n      TZ: CET\n",
            ),
        ]);
        let project = repository.load(2);
        let db = project.service("db").expect("the case has it");
        let written = |text: &Text| repository.written(text.origin());
        assert_eq!(written(db.image.as_ref().expect("set")), "compose.yml: postgres:16");
        assert_eq!(written(db.privileged.as_ref().expect("set")), "compose.override.yml: false");
        assert!(!db.is_privileged());
        assert_eq!(repository.written(db.origin()), "compose.yml: db");
        assert_eq!(
            repository.written(&db.env("TZ").expect("set").origin),
            "compose.override.yml: CET"
        );
        let password = db.env("POSTGRES_PASSWORD").expect("set");
        assert_eq!(written(&password.key), "compose.yml: POSTGRES_PASSWORD");
        let value = password.value.as_ref().expect("set");
        assert_eq!(written(value), "compose.yml: ${PW:-hunter2}");
        let used = &value.variables()[0];
        assert_eq!(used.name, "PW");
        let region = used.default().map(Text::region).expect("it has one");
        assert_eq!(repository.at(&value.origin().artifact, region), "compose.yml: hunter2");
    }

    #[test]
    fn anchors_and_merge_keys_give_the_definition_and_the_use() {
        let text = "x-env: &env\n  SECRET: abc\nservices:\n  a:\n    environment:\n      <<: *env\n  b:\n    environment: *env\n";
        let repository = Repository::new(&[("compose.yml", text)]);
        let project = repository.load(1);
        for name in ["a", "b"] {
            let variable = project.service(name).and_then(|s| s.env("SECRET")).expect("set");
            assert_eq!(repository.written(&variable.origin), "compose.yml: abc");
            let used = variable.origin.used_at.expect("it is used elsewhere");
            assert_eq!(used.of(text), "*env", "{name}");
        }
    }

    #[test]
    fn reset_and_override_undo_the_base() {
        let base = "services:\n  a:\n    image: x\n    ports: ['80:80']\n    volumes: ['./a:/a']\n    environment: { A: 1, B: 2 }\n";
        let over = "services:\n  a:\n    ports: !override ['81:81']\n    volumes: !reset []\n    environment: { A: !reset null, C: 3 }\n";
        let project = Repository::new(&[("compose.yml", base), ("o.yml", over)]).load(2);
        let a = &project.services[0];
        assert_eq!(a.ports.len(), 1);
        assert_eq!(a.ports[0].value.text().map(Text::raw), Some("81:81"));
        assert!(a.volumes.is_empty());
        assert_eq!(env(&project, "a"), ["B=2", "C=3"]);
    }

    #[test]
    fn an_empty_value_leaves_the_base_but_frees_a_variable() {
        let base = "services:\n  a:\n    image: x\n    ports: ['80:80']\n    environment: { A: 1, B: 2 }\n";
        let over = "services:\n  a:\n    image:\n    ports:\n    environment: { A: }\n";
        let project = Repository::new(&[("compose.yml", base), ("o.yml", over)]).load(2);
        let a = &project.services[0];
        assert_eq!(a.image.as_ref().map(Text::raw), Some("x"));
        assert_eq!(a.ports.len(), 1);
        assert_eq!(env(&project, "a"), ["A", "B=2"]);
    }

    #[test]
    fn merge_goes_item_by_item() {
        let base = "services:\n  a:\n    security_opt: [one, two, three]\n";
        let over = "services:\n  a:\n    security_opt: !merge [{}, deux]\n";
        let project = Repository::new(&[("compose.yml", base), ("o.yml", over)]).load(2);
        let options: Vec<_> = project.services[0].security_opt.iter().map(Text::raw).collect();
        assert_eq!(options, ["one", "deux", "three"]);
    }

    #[test]
    fn short_dependencies_undo_a_condition_of_the_base() {
        let base = "services: { a: { depends_on: { db: { condition: service_healthy } } } }";
        let over = "services: { a: { depends_on: [db, cache] } }";
        let project = Repository::new(&[("compose.yml", base), ("o.yml", over)]).load(2);
        let dependencies = &project.services[0].depends_on;
        assert_eq!(dependencies.len(), 2);
        assert_eq!(dependencies[0].condition, Condition::Started);
        assert_eq!(dependencies[0].condition_origin.artifact.as_str(), "o.yml");
    }

    #[test]
    fn ports_append_unless_they_are_the_same() {
        let base = "services:\n  a:\n    ports: ['5432:5432', '80:80']\n";
        let over =
            "services:\n  a:\n    ports: ['127.0.0.1:5432:5432', '${P:-80}:80', '0.0.0.0:80:80']\n";
        let project = Repository::new(&[("compose.yml", base), ("o.yml", over)]).load(2);
        let ports: Vec<_> = project.services[0]
            .ports
            .iter()
            .filter_map(|p| p.value.text())
            .map(Text::raw)
            .collect();
        assert_eq!(ports, ["5432:5432", "0.0.0.0:80:80", "127.0.0.1:5432:5432"]);
    }

    #[test]
    fn ports_resolve_as_far_as_variables_are_known() {
        let all = HostIp::All;
        let local = HostIp::Address(std::net::Ipv4Addr::LOCALHOST.into());
        let cases = [
            ("'8080:80'", all, Some(8080), Some(80)),
            ("'${P:-8080}:80'", all, Some(8080), Some(80)),
            ("'${P}:80'", all, None, Some(80)),
            ("'127.0.0.1:${P}:80'", local, None, Some(80)),
            ("'${IP}:8080:80'", HostIp::Unknown, Some(8080), Some(80)),
            ("'${BIND}8080:80'", HostIp::Unknown, None, Some(80)),
            ("'${P}:${Q}'", all, None, None),
            ("{ target: 80, published: '8080', host_ip: 127.0.0.1 }", local, Some(8080), Some(80)),
            ("{ target: 80, published: 8080 }", all, Some(8080), Some(80)),
        ];
        for (port, host_ip, published, target) in cases {
            let text = format!("services:\n  a:\n    ports:\n      - {port}\n");
            let project = Repository::new(&[("compose.yml", &text)]).load(1);
            let got = project.services[0].ports[0].resolve(&|_| None).expect("the case is valid");
            let shown = match got.published {
                Published::Ports(range) => Some(range.first),
                Published::Random | Published::Unknown => None,
            };
            let wanted = (host_ip, published, target);
            assert_eq!((got.host_ip, shown, got.target.map(|t| t.first)), wanted, "{port}");
        }
    }

    #[test]
    fn volumes_resolve_in_both_forms() {
        let cases = [
            ("'./a:/b:ro'", VolumeKind::Bind, Some("./a"), true),
            ("'${D:-/etc}:/b'", VolumeKind::Bind, Some("/etc"), false),
            ("'${D}:/b'", VolumeKind::Unknown, Some("${}"), false),
            ("'data:/b'", VolumeKind::Volume, Some("data"), false),
            (
                "{ type: bind, source: /x, target: /b, read_only: true }",
                VolumeKind::Bind,
                Some("/x"),
                true,
            ),
            ("{ type: tmpfs, target: /b }", VolumeKind::Tmpfs, None, false),
        ];
        for (volume, kind, source, read_only) in cases {
            let text = format!("services:\n  a:\n    volumes:\n      - {volume}\n");
            let project = Repository::new(&[("compose.yml", &text)]).load(1);
            let got = project.services[0].volumes[0].resolve(&|_| None).expect("the case is valid");
            assert_eq!(
                (got.kind, got.source.as_deref(), got.read_only),
                (kind, source, read_only),
                "{volume}"
            );
        }
    }

    #[test]
    fn services_extend_others_of_this_and_other_files() {
        let repository = Repository::new(&[
            (
                "app/compose.yml",
                "services:\n  web:\n    extends: { file: ../common/base.yml, service: node }\n    environment: { B: 2 }\n    ports: !override ['1:1']\n  worker:\n    extends: web\n    environment: { C: 3 }\n",
            ),
            (
                "common/base.yml",
                "services:\n  root: { image: node, env_file: .env }\n  node:\n    extends: root\n    environment: { A: 1, B: 1 }\n    ports: ['9:9']\n",
            ),
        ]);
        let project = repository.load(1);
        assert_eq!(project.problems, []);
        assert_eq!(env(&project, "web"), ["A=1", "B=2"]);
        assert_eq!(env(&project, "worker"), ["A=1", "B=2", "C=3"]);
        let worker = project.service("worker").expect("the case has it");
        assert_eq!(worker.ports.len(), 1);
        assert_eq!(worker.image.as_ref().map(Text::raw), Some("node"));
        let env_file = &worker.env_file[0];
        let path = project.resolve(env_file.path.origin(), env_file.path.raw());
        assert_eq!(path.as_ref().map(ArtifactPath::as_str), Some("common/.env"));
        assert_eq!(project.files.len(), 2);
    }

    #[test]
    fn included_files_bring_their_services() {
        let repository = Repository::new(&[
            (
                "compose.yml",
                "include:\n  - db/compose.yml\n  - path: [x/a.yml, x/b.yml]\n    project_directory: .\n    env_file: x.env\nservices:\n  web: { image: w }\n",
            ),
            (
                "db/compose.yml",
                "services:\n  db: { image: postgres, build: { context: ./img } }\nvolumes: { data: }\n",
            ),
            ("x/a.yml", "services:\n  x: { image: x, build: . }\n"),
            ("x/b.yml", "services:\n  x: { privileged: true }\n"),
        ]);
        let project = repository.load(1);
        assert_eq!(project.problems, []);
        let names: Vec<_> = project.services.iter().map(|service| service.name.raw()).collect();
        assert_eq!(names, ["web", "db", "x"]);
        assert!(project.services[2].is_privileged());
        assert_eq!(project.volumes[0].name.raw(), "data");
        assert_eq!(project.includes[1].env_file[0].raw(), "x.env");
        let context = |service: usize| {
            let build = project.services[service].build.as_ref().expect("it has one");
            let context = build.context.as_ref().expect("it has one");
            project
                .resolve(context.origin(), context.raw())
                .expect("it is inside")
                .as_str()
                .to_owned()
        };
        assert_eq!(context(1), "db/img");
        assert_eq!(context(2), "");
    }

    #[test]
    fn what_cannot_be_followed_is_a_problem() {
        let cases = [
            ("services: { a: { extends: b } }", ProblemKind::ServiceMissing),
            (
                "services: { a: { extends: { file: no.yml, service: b } } }",
                ProblemKind::FileMissing,
            ),
            (
                "services: { a: { extends: { file: ../x.yml, service: b } } }",
                ProblemKind::OutsideRoot,
            ),
            (
                "services: { a: { extends: { file: /etc/x.yml, service: b } } }",
                ProblemKind::OutsideRoot,
            ),
            (
                "services: { a: { extends: { file: '${F}', service: b } } }",
                ProblemKind::UnknownPath,
            ),
            ("services: { a: { extends: { file: compose.yml } } }", ProblemKind::Malformed),
            ("services: { a: { extends: b }, b: { extends: a } }", ProblemKind::Cycle),
            ("services: { a: { extends: { file: compose.yml, service: a } } }", ProblemKind::Cycle),
            ("include: [compose.yml]", ProblemKind::Cycle),
            ("include: ['https://example.com/x.git']", ProblemKind::Remote),
            ("include: [{ env_file: x }]", ProblemKind::Malformed),
            ("- a", ProblemKind::Malformed),
        ];
        for (text, kind) in cases {
            let project = Repository::new(&[("compose.yml", text)]).load(1);
            let kinds: Vec<_> = project.problems.iter().map(|problem| problem.kind).collect();
            assert!(kinds.contains(&kind), "{text}: {kinds:?}");
        }
    }

    #[test]
    fn an_override_of_another_shape_is_a_problem_and_counts() {
        let base = "services: { a: { ports: ['1:1'] } }";
        let over = "services: { a: { ports: 80 } }";
        let project = Repository::new(&[("a.yml", base), ("b.yml", over)]).load(2);
        assert_eq!(project.problems[0].kind, ProblemKind::Unmergeable);
        assert!(project.services[0].ports.is_empty());
    }

    #[test]
    fn health_checks_can_be_switched_off() {
        let cases = [
            ("{ test: [CMD, x] }", false),
            ("{ test: NONE }", true),
            ("{ test: [NONE] }", true),
            ("{ disable: true }", true),
            ("{ test: x, disable: false }", false),
        ];
        for (check, disabled) in cases {
            let text = format!("services:\n  a:\n    healthcheck: {check}\n");
            let project = Repository::new(&[("compose.yml", &text)]).load(1);
            let check = project.services[0].healthcheck.as_ref().expect("it has one");
            assert_eq!(check.disabled, disabled, "{text}");
        }
    }

    #[test]
    fn hostile_files_stay_small() {
        let mut laughs = String::from("x-0: &a0 [l, l, l, l, l, l, l, l, l]\n");
        for level in 1..12 {
            let last = level - 1;
            let items = vec![format!("*a{last}"); 9].join(", ");
            laughs.push_str(&format!("x-{level}: &a{level} [{items}]\n"));
        }
        laughs.push_str("services: { a: { image: x, command: *a11 } }\n");
        let mut chain = String::from("services:\n  s0: { image: x }\n");
        for index in 1..2000 {
            chain.push_str(&format!("  s{index}: {{ extends: s{} }}\n", index - 1));
        }
        let big: String = (0..2000).map(|index| format!("K{index}: v, ")).collect();
        let mut wide = format!("x-big: &big {{ {big} }}\nservices:\n");
        for index in 0..2000 {
            wide.push_str(&format!("  s{index}: {{ image: x, environment: {{ <<: *big }} }}\n"));
        }
        for text in [laughs, chain, wide] {
            let project = Repository::new(&[("compose.yml", &text)]).load(1);
            assert!(!project.problems.is_empty(), "what is left out is said");
            assert!(project.is_partial() || !project.services.is_empty());
        }
    }

    #[test]
    fn a_broken_file_is_read_by_guess_and_says_so() {
        let text = "services:\n  db:\n    image: postgres:16\n    ports:\n      - \"5432:5432\"\n    environment:\n      - A=1\n{% if x %}\n  web:\n    image: {{ image }}\n{% endif %}\n";
        let project = Repository::new(&[("compose.yml", text)]).load(1);
        assert!(project.is_uncertain() && project.is_partial());
        let db = project.service("db").expect("it is there");
        assert_eq!(db.ports.len(), 1);
        assert_eq!(env(&project, "db"), ["A=1"]);
    }

    #[test]
    fn broken_texts_give_regions_within_the_text() {
        let whole = "x-e: &e { A: \"q\\\"${P:-d}é\", B: 'it''s' }\nservices:\n  a:\n    extends: b\n    environment:\n      <<: *e\n    command: |\n      run ${X:-y}\n      now\n    ports: ['${P:-1}:1', {target: 2}]\n    volumes: !reset [./x:/y]\n  b:\n    image: c:1\n    env_file: [.env, {path: z}]\n    depends_on: [a]\n    healthcheck: {test: [CMD, 'é']}\n";
        let mut seed = 0x2545_f491_4f6c_dd1d_u64;
        let mut random = |below: usize| {
            seed ^= seed << 13;
            seed ^= seed >> 7;
            seed ^= seed << 17;
            usize::try_from(seed % u64::try_from(below.max(1)).unwrap_or(1)).unwrap_or(0)
        };
        for _ in 0..1500 {
            let mut bytes = whole.as_bytes().to_vec();
            for _ in 0..=random(4) {
                let at = random(bytes.len());
                match random(3) {
                    0 => drop(bytes.drain(at..(at + random(9)).min(bytes.len()))),
                    1 => bytes[at] = b"{}[]:-$&*'\"\\\n #|"[random(16)],
                    _ => {
                        let piece = bytes[at..(at + random(20)).min(bytes.len())].to_vec();
                        let into = random(bytes.len());
                        bytes.splice(into..into, piece);
                    }
                }
            }
            let text = String::from_utf8_lossy(&bytes).into_owned();
            let repository = Repository::new(&[("compose.yml", &text), ("o.yml", whole)]);
            let project = repository.load(2);
            project.raw().walk(&mut |path, scalar| {
                for text in path.iter().copied().chain([scalar]) {
                    let all = text.region_of(0..text.raw().len());
                    let Some(region) = all else { continue };
                    let written = repository.at(&text.origin().artifact, region);
                    let content = written.split_once(": ").map_or("", |(_, content)| content);
                    assert_eq!(content, text.raw());
                }
            });
            for service in &project.services {
                let _ = service.kind();
                for port in &service.ports {
                    let _ = port.resolve(&|_| None);
                }
                for volume in &service.volumes {
                    let _ = volume.resolve(&|_| None);
                }
            }
        }
    }
}
