//! A service of a project, attribute by attribute.

use super::entries::{PortRef, VolumeRef};
use super::kind::ServiceKind;
use super::project::is_true;
use super::text::{Origin, Text};
use super::value::{Member, Value};

/// A service, everything that files and `extends` add merged in.
#[derive(Clone, Debug)]
pub struct Service {
    /// Its name: the key, with the place that declares it first.
    pub name: Text,
    /// The image.
    pub image: Option<Text>,
    /// How the image is built.
    pub build: Option<Build>,
    /// What it runs.
    pub command: Option<Command>,
    /// What its command is given to.
    pub entrypoint: Option<Command>,
    /// Its environment, of a key written twice the one that counts.
    pub environment: Vec<EnvVar>,
    /// The files its environment is read from.
    pub env_file: Vec<EnvFileRef>,
    /// What it publishes.
    pub ports: Vec<PortRef>,
    /// What it offers to other services.
    pub expose: Vec<Text>,
    /// Its mounts.
    pub volumes: Vec<VolumeRef>,
    /// The networks it joins; empty means the default one.
    pub networks: Vec<NetworkRef>,
    /// The services it waits for.
    pub depends_on: Vec<DependsOn>,
    /// Its health check.
    pub healthcheck: Option<Healthcheck>,
    /// `privileged` as written; see [`Service::is_privileged`].
    pub privileged: Option<Text>,
    /// The user it runs as.
    pub user: Option<Text>,
    /// `network_mode`.
    pub network_mode: Option<Text>,
    /// `pid`.
    pub pid: Option<Text>,
    /// `ipc`.
    pub ipc: Option<Text>,
    /// Capabilities added.
    pub cap_add: Vec<Text>,
    /// Capabilities dropped.
    pub cap_drop: Vec<Text>,
    /// Security options.
    pub security_opt: Vec<Text>,
    /// When it is restarted.
    pub restart: Option<Text>,
    /// `container_name`.
    pub container_name: Option<Text>,
    /// The profiles without which it does not start.
    pub profiles: Vec<Text>,
    /// The secrets it is given.
    pub secrets: Vec<MountRef>,
    /// The configs it is given.
    pub configs: Vec<MountRef>,
    /// Its labels.
    pub labels: Vec<EnvVar>,
    /// `deploy`, raw.
    pub deploy: Option<Value>,
    /// Whether it has a terminal.
    pub tty: Option<Text>,
    /// Whether its input stays open.
    pub stdin_open: Option<Text>,
    raw: Value,
}

/// How an image is built.
#[derive(Clone, Debug)]
pub struct Build {
    /// The directory or repository.
    pub context: Option<Text>,
    /// The Dockerfile, seen from the context.
    pub dockerfile: Option<Text>,
    /// The stage.
    pub target: Option<Text>,
    /// The arguments; without a value they come from the environment.
    pub args: Vec<EnvVar>,
    /// Where it is written.
    pub origin: Origin,
}

/// A command, in words or as one line.
#[derive(Clone, Debug)]
pub struct Command {
    /// What is run.
    pub words: Words,
    /// Where it is written.
    pub origin: Origin,
}

/// The two forms of a command.
#[derive(Clone, Debug)]
pub enum Words {
    /// One line, split as a shell would but run without one.
    Line(Text),
    /// Words as they are.
    List(Vec<Text>),
}

impl Command {
    fn read(value: &Value) -> Option<Command> {
        let words = match value {
            Value::Scalar(text) => Words::Line(text.clone()),
            Value::Sequence(items, _) => {
                Words::List(items.iter().filter_map(Value::text).cloned().collect())
            }
            _ => return None,
        };
        Some(Command { words, origin: value.origin().clone() })
    }

    /// The words or the line.
    #[must_use]
    pub fn texts(&self) -> &[Text] {
        match &self.words {
            Words::Line(line) => std::slice::from_ref(line),
            Words::List(words) => words,
        }
    }

    /// Everything in one line, unexpanded.
    #[must_use]
    pub fn line(&self) -> String {
        self.texts().iter().map(Text::raw).collect::<Vec<_>>().join(" ")
    }
}

/// An entry of `environment`, `labels` or `args`.
#[derive(Clone, Debug)]
pub struct EnvVar {
    /// The name, with its place.
    pub key: Text,
    /// The value; `None` when the environment of Compose is to supply it.
    pub value: Option<Text>,
    /// Where the value is written; where the key is, when there is none.
    pub origin: Origin,
}

/// An entry of `env_file`.
#[derive(Clone, Debug)]
pub struct EnvFileRef {
    /// The path, seen from the directory of the file that names it.
    pub path: Text,
    /// Whether Compose stops when it does not exist.
    pub required: bool,
    /// `raw` when values are not interpolated.
    pub format: Option<Text>,
    /// Where it is written.
    pub origin: Origin,
}

/// An entry of `depends_on`.
#[derive(Clone, Debug)]
pub struct DependsOn {
    /// The service waited for.
    pub service: Text,
    /// What it waits for.
    pub condition: Condition,
    /// Where the condition is written, or the name when it is not.
    pub condition_origin: Origin,
    /// Whether it must exist.
    pub required: bool,
    /// Where it is written.
    pub origin: Origin,
}

/// What `depends_on` waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Condition {
    /// The container runs: also the meaning of the short form.
    Started,
    /// Its health check passes.
    Healthy,
    /// It has ended well.
    Completed,
    /// None of these.
    Unknown,
}

/// A health check.
#[derive(Clone, Debug)]
pub struct Healthcheck {
    /// The probe.
    pub test: Option<Command>,
    /// Whether the image's check is switched off (`disable`, `NONE`).
    pub disabled: bool,
    /// The time between probes.
    pub interval: Option<Text>,
    /// The time a probe may take.
    pub timeout: Option<Text>,
    /// How many may fail.
    pub retries: Option<Text>,
    /// The time in which failures do not count.
    pub start_period: Option<Text>,
    /// Where it is written.
    pub origin: Origin,
}

/// A network that a service joins.
#[derive(Clone, Debug)]
pub struct NetworkRef {
    /// The key of the network.
    pub name: Text,
    /// Aliases and the like.
    pub value: Value,
}

/// A secret or config given to a service.
#[derive(Clone, Debug)]
pub struct MountRef {
    /// The key of the secret or config.
    pub source: Text,
    /// The path in the container, if one is given.
    pub target: Option<Text>,
    /// Where it is written.
    pub origin: Origin,
}

impl Service {
    pub(super) fn read(member: &Member) -> Service {
        let raw = member.value.clone();
        let text = |key: &str| raw.get(key).and_then(Value::text).cloned();
        let texts = |key: &str| -> Vec<Text> {
            match raw.get(key) {
                Some(Value::Scalar(text)) => vec![text.clone()],
                Some(value) => value.items().iter().filter_map(Value::text).cloned().collect(),
                None => Vec::new(),
            }
        };
        let items = |key: &str| raw.get(key).map_or(&[][..], Value::items);
        let members = |key: &str| raw.get(key).map_or(&[][..], Value::members);
        Service {
            name: member.key.clone(),
            image: text("image"),
            build: raw.get("build").and_then(build),
            command: raw.get("command").and_then(Command::read),
            entrypoint: raw.get("entrypoint").and_then(Command::read),
            environment: variables(raw.get("environment")),
            env_file: items("env_file").iter().filter_map(env_file).collect(),
            ports: items("ports")
                .iter()
                .filter(|value| !value.is_null())
                .map(|value| PortRef { value: value.clone() })
                .collect(),
            expose: texts("expose"),
            volumes: items("volumes")
                .iter()
                .filter(|value| !value.is_null())
                .map(|value| VolumeRef { value: value.clone() })
                .collect(),
            networks: members("networks")
                .iter()
                .map(|member| NetworkRef { name: member.key.clone(), value: member.value.clone() })
                .collect(),
            depends_on: members("depends_on").iter().map(dependency).collect(),
            healthcheck: raw.get("healthcheck").and_then(healthcheck),
            privileged: text("privileged"),
            user: text("user"),
            network_mode: text("network_mode"),
            pid: text("pid"),
            ipc: text("ipc"),
            cap_add: texts("cap_add"),
            cap_drop: texts("cap_drop"),
            security_opt: texts("security_opt"),
            restart: text("restart"),
            container_name: text("container_name"),
            profiles: texts("profiles"),
            secrets: items("secrets").iter().filter_map(mount).collect(),
            configs: items("configs").iter().filter_map(mount).collect(),
            labels: variables(raw.get("labels")),
            deploy: raw.get("deploy").cloned(),
            tty: text("tty"),
            stdin_open: text("stdin_open"),
            raw,
        }
    }

    /// Where the service's name is written.
    #[must_use]
    pub fn origin(&self) -> &Origin {
        self.name.origin()
    }

    /// The merged attribute under `key`, for those without a field here.
    #[must_use]
    pub fn extra(&self, key: &str) -> Option<&Value> {
        self.raw.get(key)
    }

    /// All its attributes, merged.
    #[must_use]
    pub fn raw(&self) -> &Value {
        &self.raw
    }

    /// The entry of `environment` under `key`.
    #[must_use]
    pub fn env(&self, key: &str) -> Option<&EnvVar> {
        self.environment.iter().find(|variable| variable.key.raw() == key)
    }

    /// Whether it runs privileged, defaults of variables included.
    #[must_use]
    pub fn is_privileged(&self) -> bool {
        self.privileged.as_ref().is_some_and(is_true)
    }

    /// Whether the attribute under `key` is true, defaults of variables
    /// included.
    #[must_use]
    pub fn flag(&self, key: &str) -> bool {
        self.raw.get(key).and_then(Value::text).is_some_and(is_true)
    }

    /// What kind of service it is.
    #[must_use]
    pub fn kind(&self) -> ServiceKind {
        ServiceKind::of(self)
    }
}

fn variables(value: Option<&Value>) -> Vec<EnvVar> {
    let members = value.map_or(&[][..], Value::members);
    // A list or mapping in place of a value is an error, not a missing value.
    let sound = |member: &&Member| matches!(member.value, Value::Scalar(_) | Value::Null(_));
    members
        .iter()
        .filter(sound)
        .map(|member| {
            let value = member.value.text().cloned();
            let origin = value.as_ref().map_or(member.key.origin(), Text::origin).clone();
            EnvVar { key: member.key.clone(), value, origin }
        })
        .collect()
}

fn build(value: &Value) -> Option<Build> {
    if value.members().is_empty() {
        return None;
    }
    let text = |key: &str| value.get(key).and_then(Value::text).cloned();
    Some(Build {
        context: text("context"),
        dockerfile: text("dockerfile"),
        target: text("target"),
        args: variables(value.get("args")),
        origin: value.origin().clone(),
    })
}

fn env_file(value: &Value) -> Option<EnvFileRef> {
    let field = |key: &str| value.get(key).and_then(Value::text).cloned();
    Some(EnvFileRef {
        path: value.text().cloned().or_else(|| field("path"))?,
        required: field("required").is_none_or(|required| is_true(&required)),
        format: field("format"),
        origin: value.origin().clone(),
    })
}

fn dependency(member: &Member) -> DependsOn {
    let field = |key: &str| member.value.get(key).and_then(Value::text);
    let condition = field("condition");
    DependsOn {
        service: member.key.clone(),
        condition: match condition.map(Text::raw) {
            None | Some("service_started") => Condition::Started,
            Some("service_healthy") => Condition::Healthy,
            Some("service_completed_successfully") => Condition::Completed,
            Some(_) => Condition::Unknown,
        },
        condition_origin: condition.map_or(member.key.origin(), Text::origin).clone(),
        required: field("required").is_none_or(is_true),
        origin: member.key.origin().clone(),
    }
}

fn healthcheck(value: &Value) -> Option<Healthcheck> {
    let Value::Mapping(..) = value else { return None };
    let text = |key: &str| value.get(key).and_then(Value::text).cloned();
    let test = value.get("test").and_then(Command::read);
    let none = test
        .as_ref()
        .is_some_and(|test| matches!(test.texts(), [only, ..] if only.raw() == "NONE"));
    Some(Healthcheck {
        disabled: none || text("disable").is_some_and(|disable| is_true(&disable)),
        test,
        interval: text("interval"),
        timeout: text("timeout"),
        retries: text("retries"),
        start_period: text("start_period"),
        origin: value.origin().clone(),
    })
}

fn mount(value: &Value) -> Option<MountRef> {
    let field = |key: &str| value.get(key).and_then(Value::text).cloned();
    Some(MountRef {
        source: value.text().cloned().or_else(|| field("source"))?,
        target: field("target"),
        origin: value.origin().clone(),
    })
}
