//! Compose projects as merged.

use std::rc::Rc;

use seaworthy_analysis::joined::Stack;
use seaworthy_formats::compose::{
    Engine, HostIp, Origin, PortRange, PortRef, Published, ScalarKind, Service, ServiceKind, Text,
    Value, VolumeRef,
};

use super::answer::Answer;
use super::path::{Front, Path, below, below_item};
use super::region;
use crate::bindings::seaworthy::plugin::documents as wit;

/// The most values that a walk looks at.
const MAX_STEPS: usize = 1_000_000;

/// The services of a project.
pub(super) fn services(stack: &Stack) -> Answer<wit::ComposeService> {
    let mut answer = Answer::new();
    for service in &stack.project().services {
        let mut reader = Reader { stack, bytes: 0 };
        let service = reader.service(service);
        if !answer.push(service, reader.bytes) {
            break;
        }
    }
    answer
}

/// Reads the parts of a service, counting the bytes that it makes.
struct Reader<'s> {
    stack: &'s Stack,
    bytes: usize,
}

/// The bytes of a record without its texts: an entry of a list must cost something.
const RECORD: usize = 32;

impl Reader<'_> {
    fn service(&mut self, service: &Service) -> wit::ComposeService {
        let (kind, engine) = kind_names(service.kind());
        wit::ComposeService {
            name: self.raw(&service.name),
            origin: self.origin(service.origin()),
            kind: kind.to_owned(),
            engine: engine.map(str::to_owned),
            image: self.maybe(service.image.as_ref()),
            builds: service.build.is_some(),
            privileged: service.is_privileged(),
            user: self.maybe(service.user.as_ref()),
            network_mode: self.maybe(service.network_mode.as_ref()),
            networks: service.networks.iter().map(|network| self.raw(&network.name)).collect(),
            depends_on: service.depends_on.iter().map(|other| self.raw(&other.service)).collect(),
            profiles: service.profiles.iter().map(|profile| self.raw(profile)).collect(),
            capabilities_added: service.cap_add.iter().map(|text| self.text(text)).collect(),
            capabilities_dropped: service.cap_drop.iter().map(|text| self.text(text)).collect(),
            ports: service.ports.iter().filter_map(|port| self.port(port)).collect(),
            volumes: service.volumes.iter().filter_map(|volume| self.volume(volume)).collect(),
        }
    }

    fn raw(&mut self, text: &Text) -> String {
        self.bytes += text.raw().len() + RECORD;
        text.raw().to_owned()
    }

    fn origin(&mut self, origin: &Origin) -> wit::Origin {
        self.bytes += origin.artifact.as_str().len() + RECORD;
        origin_of(origin)
    }

    fn text(&mut self, text: &Text) -> wit::ComposeText {
        let value = expand(self.stack, text, &mut self.bytes);
        wit::ComposeText { raw: self.raw(text), value, origin: self.origin(text.origin()) }
    }

    fn maybe(&mut self, text: Option<&Text>) -> Option<wit::ComposeText> {
        text.map(|text| self.text(text))
    }

    /// A port; `None` for one that Compose refuses.
    fn port(&mut self, port: &PortRef) -> Option<wit::ComposePort> {
        let stack = self.stack;
        let lookup = |name: &str| stack.variable(name).map(|value| value.reveal().to_owned());
        let found = port.resolve(&lookup).ok()?;
        let range = |range: PortRange| wit::PortRange { first: range.first, last: range.last };
        Some(wit::ComposePort {
            host_ip: match found.host_ip {
                HostIp::Address(address) => Some(address.to_string()),
                HostIp::All | HostIp::Unknown => None,
            },
            published: match found.published {
                Published::Ports(ports) => Some(range(ports)),
                Published::Random | Published::Unknown => None,
            },
            target: found.target.map(range),
            protocol: found.protocol.name().to_owned(),
            exposed: found.is_exposed(),
            origin: self.origin(port.origin()),
        })
    }

    /// A mount; `None` for one that Compose refuses.
    fn volume(&mut self, volume: &VolumeRef) -> Option<wit::ComposeVolume> {
        let stack = self.stack;
        let lookup = |name: &str| stack.variable(name).map(|value| value.reveal().to_owned());
        let found = volume.resolve(&lookup).ok()?;
        self.bytes += found.source.as_ref().map_or(0, String::len) + found.target.len();
        Some(wit::ComposeVolume {
            kind: found.kind.name().to_owned(),
            source: found.source,
            target: found.target,
            read_only: found.read_only,
            origin: self.origin(volume.origin()),
        })
    }
}

/// A text with the variables that are known, counting what it took: a short text may
/// ask for a long value many times and come to nothing.
fn expand(stack: &Stack, text: &Text, bytes: &mut usize) -> Option<String> {
    if let Some(literal) = text.literal() {
        *bytes += literal.len();
        return Some(literal.to_owned());
    }
    let spent = std::cell::Cell::new(0_usize);
    let expanded = text.expand_known(&|name| {
        let value = stack.variable(name)?.reveal();
        spent.set(spent.get() + value.len());
        Some(value.to_owned())
    });
    *bytes += spent.get() + expanded.as_ref().map_or(0, String::len);
    expanded
}

/// An origin in the words of the contract.
pub(super) fn origin_of(origin: &Origin) -> wit::Origin {
    wit::Origin {
        path: origin.artifact.as_str().to_owned(),
        region: region(origin.region),
        used_at: origin.used_at.map(region),
    }
}

/// The nodes of the merged project that a path leads to.
pub(super) fn select(stack: &Stack, path: &Path) -> Answer<wit::MergedNode> {
    let mut answer = Answer::new();
    let mut steps = MAX_STEPS;
    let root = stack.project().raw();
    let mut open =
        vec![Open { value: root, base: "".into(), step: Step::Root, front: path.start() }];
    while let Some(here) = open.pop() {
        let listed = path.ends(here.front);
        let (members, items) = (here.value.members(), here.value.items());
        if !listed && members.is_empty() && items.is_empty() {
            continue;
        }
        let at = here.path();
        if listed {
            let mut bytes = at.len() + RECORD;
            let node = merged(stack, &here, &at, &mut bytes);
            answer.push(node, bytes);
        } else {
            answer.charge(at.len() / 8);
        }
        steps = steps.saturating_sub(members.len() + items.len());
        if steps == 0 {
            answer.cut();
        }
        if answer.is_cut() {
            break;
        }
        let start = open.len();
        let mut add = |value, step, front: Front| {
            if !front.is_dead() {
                open.push(Open { value, base: Rc::clone(&at), step, front });
            }
        };
        for member in members {
            let key = member.key.raw();
            add(&member.value, Step::Key(key), path.enter(here.front, Some(key)));
        }
        for (index, item) in items.iter().enumerate() {
            add(item, Step::Item(index), path.enter_item(here.front, index));
        }
        open[start..].reverse();
    }
    answer
}

/// A value that is still to be visited. Its path is made when it is.
struct Open<'v> {
    value: &'v Value,
    /// The path of the value around it.
    base: Rc<str>,
    step: Step<'v>,
    front: Front,
}

/// How a value hangs on the one around it.
#[derive(Clone, Copy)]
enum Step<'v> {
    Root,
    Key(&'v str),
    Item(usize),
}

impl Open<'_> {
    fn path(&self) -> Rc<str> {
        match self.step {
            Step::Root => Rc::clone(&self.base),
            Step::Key(key) => below(&self.base, Some(key)).into(),
            Step::Item(index) => below_item(&self.base, index).into(),
        }
    }
}

fn merged(stack: &Stack, here: &Open<'_>, path: &str, bytes: &mut usize) -> wit::MergedNode {
    let key = match here.step {
        Step::Key(key) => Some(key),
        Step::Root | Step::Item(_) => None,
    };
    let text = here.value.text();
    let kind = match here.value {
        Value::Null(_) => wit::NodeKind::Null,
        Value::Sequence(..) => wit::NodeKind::Sequence,
        Value::Mapping(..) => wit::NodeKind::Mapping,
        Value::Scalar(text) => match text.kind() {
            ScalarKind::Number => wit::NodeKind::Number,
            ScalarKind::Bool => wit::NodeKind::Boolean,
            ScalarKind::Plain | ScalarKind::Quoted => wit::NodeKind::Text,
        },
    };
    let expanded = text.and_then(|text| expand(stack, text, bytes));
    *bytes += text.map_or(0, |text| text.raw().len()) + key.map_or(0, str::len);
    wit::MergedNode {
        kind,
        path: path.to_owned(),
        key: key.map(str::to_owned),
        value: text.map(|text| text.raw().to_owned()),
        expanded,
        origin: origin_of(here.value.origin()),
    }
}

/// The kind of a service and its product.
const fn kind_names(kind: ServiceKind) -> (&'static str, Option<&'static str>) {
    match kind {
        ServiceKind::Database(engine) => ("database", engine_name(engine)),
        ServiceKind::Cache(engine) => ("cache", engine_name(engine)),
        ServiceKind::Queue(engine) => ("queue", engine_name(engine)),
        ServiceKind::Search(engine) => ("search", engine_name(engine)),
        ServiceKind::Storage => ("storage", None),
        ServiceKind::AdminUi => ("admin-ui", None),
        ServiceKind::Proxy => ("proxy", None),
        ServiceKind::Application => ("application", None),
        ServiceKind::Job => ("job", None),
        ServiceKind::Mail => ("mail", None),
        ServiceKind::Monitoring => ("monitoring", None),
        ServiceKind::Other => ("other", None),
    }
}

/// The product, where it is one.
const fn engine_name(engine: Engine) -> Option<&'static str> {
    Some(match engine {
        Engine::Postgres => "postgres",
        Engine::Mysql => "mysql",
        Engine::Mariadb => "mariadb",
        Engine::Mongo => "mongo",
        Engine::Redis => "redis",
        Engine::Memcached => "memcached",
        Engine::Mssql => "mssql",
        Engine::Oracle => "oracle",
        Engine::Clickhouse => "clickhouse",
        Engine::Neo4j => "neo4j",
        Engine::Cassandra => "cassandra",
        Engine::Influx => "influx",
        Engine::Couch => "couch",
        Engine::Cockroach => "cockroach",
        Engine::Elasticsearch => "elasticsearch",
        Engine::Opensearch => "opensearch",
        Engine::Meilisearch => "meilisearch",
        Engine::Rabbitmq => "rabbitmq",
        Engine::Kafka => "kafka",
        Engine::Nats => "nats",
        Engine::Vector | Engine::OtherDatabase | Engine::OtherSearch | Engine::OtherQueue => {
            return None;
        }
    })
}

#[cfg(test)]
mod tests {
    use seaworthy_analysis::Snapshot;

    use super::*;
    use crate::view::sample::snapshot;

    const BASE: &str = "x-log: &log { options: { size: '${SIZE:-1}' } }\nservices:\n  db:\n    image: postgres:${TAG}\n    privileged: true\n    user: '${WHO}'\n    ports: ['127.0.0.1:${PORT:-5432}:5432', '80', '${IP}:81:81/udp', 'nonsense:x']\n    volumes: ['./data:/var/lib:ro', 'cache:/c', '/anonymous']\n    cap_add: [NET_ADMIN]\n    networks: [back]\n    profiles: [full]\n    depends_on: [web]\n    logging: *log\n  web:\n    build: .\n";
    const OVER: &str = "services:\n  db:\n    user: root\n    environment: [A=1]\n";

    fn sample() -> Snapshot {
        snapshot(&[("compose.yml", BASE), ("compose.override.yml", OVER), (".env", "TAG=16\n")])
    }

    #[test]
    fn services_are_told_as_merged_and_expanded() {
        let snapshot = sample();
        let stack = &snapshot.joined().stacks()[0];
        let found = services(stack).told(&snapshot, None, "services");
        assert_eq!(found.iter().map(|s| s.name.as_str()).collect::<Vec<_>>(), ["db", "web"]);
        let db = &found[0];
        assert_eq!((db.kind.as_str(), db.engine.as_deref()), ("database", Some("postgres")));
        let image = db.image.as_ref().expect("an image");
        assert_eq!(
            (image.raw.as_str(), image.value.as_deref()),
            ("postgres:${TAG}", Some("postgres:16"))
        );
        let user = db.user.as_ref().expect("a user");
        assert_eq!(
            (user.raw.as_str(), user.origin.path.as_str()),
            ("root", "compose.override.yml")
        );
        assert!(db.privileged && !db.builds && found[1].builds);
        assert_eq!(
            (&db.networks[..], &db.profiles[..], &db.depends_on[..]),
            (&["back".to_owned()][..], &["full".to_owned()][..], &["web".to_owned()][..])
        );
        assert_eq!(db.capabilities_added[0].raw, "NET_ADMIN");
        let ports: Vec<_> = db
            .ports
            .iter()
            .map(|port| {
                let first = |range: Option<wit::PortRange>| range.map(|range| range.first);
                let ip = port.host_ip.as_deref();
                (
                    ip,
                    first(port.published),
                    first(port.target),
                    port.protocol.as_str(),
                    port.exposed,
                )
            })
            .collect();
        assert_eq!(
            ports,
            [
                (Some("127.0.0.1"), Some(5432), Some(5432), "tcp", Some(false)),
                (None, None, Some(80), "tcp", Some(true)),
                (None, Some(81), Some(81), "udp", None),
            ]
        );
        let volumes: Vec<_> = db
            .volumes
            .iter()
            .map(|v| (v.kind.as_str(), v.source.as_deref(), v.target.as_str(), v.read_only))
            .collect();
        assert_eq!(
            volumes,
            [
                ("bind", Some("./data"), "/var/lib", true),
                ("volume", Some("cache"), "/c", false),
                ("volume", None, "/anonymous", false),
            ]
        );
        let port = &db.ports[0].origin;
        let text = &BASE[port.region.start as usize..port.region.end as usize];
        assert_eq!(text, "127.0.0.1:${PORT:-5432}:5432");
    }

    #[test]
    fn paths_lead_through_the_merged_project() {
        let snapshot = sample();
        let stack = &snapshot.joined().stacks()[0];
        let found = |path: &str| -> Vec<(String, Option<String>, Option<String>)> {
            let path = Path::parse(path).expect("a path");
            let nodes = select(stack, &path).told(&snapshot, None, "nodes");
            nodes.into_iter().map(|node| (node.path, node.value, node.expanded)).collect()
        };
        let text = |text: &str| Some(text.to_owned());
        assert_eq!(
            found("services.*.environment.*"),
            [("services.db.environment.A".to_owned(), text("1"), text("1"))],
            "lists of assignments are mappings"
        );
        assert_eq!(
            found("services.db.logging.**.size"),
            [("services.db.logging.options.size".to_owned(), text("${SIZE:-1}"), text("1"))]
        );
        assert_eq!(found("services.db.cap_add[0]")[0].1, text("NET_ADMIN"));
        assert!(found("services.nobody").is_empty());
        let path = Path::parse("services.db.logging.options.size").expect("a path");
        let node = &select(stack, &path).told(&snapshot, None, "nodes")[0];
        assert!(node.origin.used_at.is_some(), "an alias brought it in");
    }

    #[test]
    fn long_keys_do_not_multiply() {
        let key = "k".repeat(50_000);
        let items = "a, ".repeat(100_000);
        let base = format!("services: {{ a: {{ image: x }} }}\nx-{key}: [{items}]\n");
        let snapshot = snapshot(&[("compose.yml", &base)]);
        let path = Path::parse("**").expect("a path");
        assert!(select(&snapshot.joined().stacks()[0], &path).is_cut());
    }

    #[test]
    fn texts_that_grow_come_to_an_end() {
        let long = "v".repeat(30_000);
        let uses = "${A}".repeat(30);
        let labels: String =
            (0..5_000).map(|index| format!("      l{index}: '{uses}${{MISSING}}'\n")).collect();
        let base = format!("services:\n  a:\n    image: x\n    labels:\n{labels}");
        let env = format!("A={long}\n");
        let snapshot = snapshot(&[("compose.yml", &base), (".env", &env)]);
        let path = Path::parse("**").expect("a path");
        assert!(select(&snapshot.joined().stacks()[0], &path).is_cut());
    }
}
