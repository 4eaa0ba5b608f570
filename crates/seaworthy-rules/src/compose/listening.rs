//! The ports that the program of a service listens on, and who says so.

use seaworthy_analysis::joined::ImageBuild;
use seaworthy_analysis::{Context, Document};
use seaworthy_formats::compose::{Engine, ImageName, Protocol, Service, Text, VolumeKind};
use seaworthy_formats::dockerfile::Command;
use seaworthy_formats::nginx::{NginxFile, Templating};
use seaworthy_model::{ArtifactPath, Region};

use super::commands::run_by;
use super::standing::Judged;

/// How sure it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Certainty {
    /// The program is told so.
    Told,
    /// The image says so, which is documentation.
    Documented,
}

/// The ports that a program listens on.
pub(super) struct Listening {
    pub(super) ports: Vec<u16>,
    pub(super) certainty: Certainty,
    /// `PORT is 3000`, after "where".
    pub(super) why: String,
    /// Where it is written.
    pub(super) place: Option<(ArtifactPath, Region)>,
}

impl Listening {
    /// What the program of a service listens on; `None` when that is not known.
    pub(super) fn of(
        cx: &Context<'_>,
        judged: &Judged<'_>,
        service: &Service,
        build: Option<&ImageBuild>,
    ) -> Option<Listening> {
        if service.build.is_none() {
            let image = ImageName::of(service.image.as_ref()?)?;
            if is_nginx(&image) {
                return nginx_mounted(cx, judged, service);
            }
            if let Some(store) = store(service, &image) {
                return Some(store);
            }
            return None;
        }
        let build = build?;
        let image = build.image()?;
        if let seaworthy_formats::dockerfile::Base::Image(name) = &image.base
            && is_nginx(&ImageName::parse(name))
        {
            return nginx_built(cx, judged, service, build);
        }
        by_variable(cx, judged, service, build).or_else(|| exposed(build))
    }
}

/// The servers that listen on one port unless they are told another.
fn store(service: &Service, image: &ImageName) -> Option<Listening> {
    let engine = service.kind().engine()?;
    let port = match engine {
        Engine::Postgres
        | Engine::Mysql
        | Engine::Mariadb
        | Engine::Mongo
        | Engine::Redis
        | Engine::Memcached => engine.default_port()?,
        _ => return None,
    };
    let plain = [
        "postgres",
        "postgresql",
        "mysql",
        "mariadb",
        "mongo",
        "mongodb",
        "redis",
        "valkey",
        "memcached",
        "pgvector",
        "postgis",
        "timescaledb",
    ];
    let told = |text: &str| text.to_ascii_lowercase().contains("port");
    let moved = run_by(service).iter().any(|word| {
        told(word.raw())
            || word.raw() == "-p"
            || word.raw().contains(".conf")
            || word.raw().contains(".cnf")
    }) || service.environment.iter().any(|variable| told(variable.key.raw()))
        || !service.env_file.is_empty()
        || !service.configs.is_empty()
        || service.volumes.iter().any(|volume| {
            volume.resolve(&|_| None).map_or(true, |volume| {
                volume.target.ends_with(".conf")
                    || volume.target.ends_with(".cnf")
                    || volume.target.contains("conf.d")
            })
        });
    if !plain.contains(&image.name()) || moved {
        return None;
    }
    let place = service.image.as_ref().map(|text| (text.origin().artifact.clone(), text.region()));
    let why = format!("{} listens on {port} unless it is told another port", image.name());
    Some(Listening { ports: vec![port], certainty: Certainty::Told, why, place })
}

/// `PORT`, as Compose or the image gives it.
fn by_variable(
    cx: &Context<'_>,
    judged: &Judged<'_>,
    service: &Service,
    build: &ImageBuild,
) -> Option<Listening> {
    let supplied = judged.stack.supplied(cx.snapshot(), service);
    if let Some(entry) = supplied.iter().find(|entry| entry.name == "PORT") {
        let port: u16 = entry.value.as_ref()?.reveal().trim().parse().ok()?;
        return Some(Listening {
            ports: vec![port],
            certainty: Certainty::Told,
            why: format!("PORT is {port}"),
            place: Some((entry.artifact.clone(), entry.key_region)),
        });
    }
    if !judged.stack.supplies_all(cx.snapshot(), service) {
        return None;
    }
    let image = build.image()?;
    let port: u16 = image.env.get("PORT")?.as_ref()?.trim().parse().ok()?;
    let key = image.env_set_by.get("PORT")?.value.key.region;
    Some(Listening {
        ports: vec![port],
        certainty: Certainty::Told,
        why: format!("the image sets PORT to {port}"),
        place: Some((build.dockerfile().clone(), key)),
    })
}

/// What the image exposes, when all of it is known.
fn exposed(build: &ImageBuild) -> Option<Listening> {
    let image = build.image()?;
    let last = image.exposed.last()?.instruction.first_line;
    let mut ports = Vec::new();
    for setting in &image.exposed {
        let port = setting.value.as_ref()?;
        if port.first != port.last {
            return None;
        }
        if port.protocol == Protocol::Tcp.name() {
            ports.push(port.first);
        }
    }
    let shown: Vec<String> = ports.iter().map(u16::to_string).collect();
    (!ports.is_empty()).then(|| Listening {
        ports,
        certainty: Certainty::Documented,
        why: format!("the image exposes {}", shown.join(", ")),
        place: Some((build.dockerfile().clone(), last)),
    })
}

/// Whether an image is nginx as its makers build it.
fn is_nginx(image: &ImageName) -> bool {
    image.registry.is_none() && matches!(&*image.repository, "nginx" | "library/nginx")
}

fn plain_nginx(place: Option<(ArtifactPath, Region)>) -> Listening {
    let why = "nginx listens on 80 and nothing brings another configuration".to_owned();
    Listening { ports: vec![80], certainty: Certainty::Told, why, place }
}

/// nginx with the configuration that is mounted.
fn nginx_mounted(cx: &Context<'_>, judged: &Judged<'_>, service: &Service) -> Option<Listening> {
    if service.command.is_some() || service.entrypoint.is_some() || !service.configs.is_empty() {
        return None;
    }
    let mut listens = Listens::default();
    let mut mounted = false;
    for reference in &service.volumes {
        let volume = reference.resolve(&|name| judged.variable(name)).ok()?;
        if !volume.target.starts_with("/etc/nginx") && volume.target != "/etc" {
            continue;
        }
        let name = volume.target.rsplit('/').next().unwrap_or("");
        if matches!(name, "certs" | "ssl" | "snippets" | "mime.types" | "includes")
            || name.contains("htpasswd")
            || name.ends_with(".pem")
            || name.ends_with(".crt")
            || name.ends_with(".key")
        {
            continue;
        }
        mounted = true;
        if volume.kind != VolumeKind::Bind {
            return None;
        }
        let path = judged.stack.project().resolve(reference.origin(), volume.source.as_deref()?)?;
        listens.add_path(cx, path.as_str())?;
        listens.keep_default(&volume.target);
    }
    match mounted {
        true => listens.finish(),
        false => {
            let image = service.image.as_ref().map(Text::origin);
            Some(plain_nginx(image.map(|origin| (origin.artifact.clone(), origin.region))))
        }
    }
}

/// nginx with the configuration that is copied into the image.
fn nginx_built(
    cx: &Context<'_>,
    judged: &Judged<'_>,
    service: &Service,
    build: &ImageBuild,
) -> Option<Listening> {
    let mounts = service.volumes.iter().any(|reference| {
        reference
            .resolve(&|name| judged.variable(name))
            .map_or(true, |volume| volume.target.starts_with("/etc"))
    });
    if mounts || service.command.is_some() || service.entrypoint.is_some() {
        return None;
    }
    let mut listens = Listens::default();
    let mut copied = false;
    let mut known = true;
    let mut from = None;
    build.walk(build.stage()?, &mut |instruction, _| match &instruction.command {
        Command::Copy(copy) | Command::Add(copy) => {
            let destination = copy.destination.raw.trim_matches(['"', '\'']);
            if !destination.starts_with("/etc") && destination != "/" {
                return;
            }
            copied = true;
            known &= instruction.flag("from").is_none() && instruction.heredocs.is_empty();
            for source in &copy.sources {
                let source = source.raw.trim_matches(['"', '\'']).trim_start_matches("./");
                let path = match build.context() {
                    "" => source.to_owned(),
                    context => format!("{context}/{source}"),
                };
                known &= listens.add_path(cx, path.trim_end_matches('/')).is_some();
                if destination.ends_with('/') {
                    let name = source.rsplit('/').next().unwrap_or("");
                    listens.keep_default(&format!("{destination}{name}"));
                } else {
                    listens.keep_default(destination);
                }
            }
        }
        Command::Run(line) => known &= !line.text().contains("/etc/nginx"),
        Command::Cmd(_) | Command::Entrypoint(_) => {
            let text = match &instruction.command {
                Command::Cmd(line) | Command::Entrypoint(line) => line.text(),
                _ => String::new(),
            };
            known &= text.contains("nginx") && !text.contains("envsubst") && !text.contains("sed");
        }
        Command::From(_) => from = Some(instruction.first_line),
        _ => {}
    });
    if !known {
        return None;
    }
    if copied {
        listens.finish()
    } else {
        Some(plain_nginx(from.map(|region| (build.dockerfile().clone(), region))))
    }
}

/// How many files of a directory are read.
const MOST_FILES: usize = 50;

/// The ports that configuration files name.
#[derive(Default)]
struct Listens {
    ports: Vec<u16>,
    place: Option<(ArtifactPath, Region)>,
    silent: bool,
}

impl Listens {
    /// Takes a file or the files of a directory in; `None` when one of them is
    /// not understood.
    fn add_path(&mut self, cx: &Context<'_>, path: &str) -> Option<()> {
        if cx.snapshot().contains(path) {
            return self.add_file(cx, path);
        }
        let mut any = 0;
        for artifact in cx.snapshot().below(path.trim_end_matches('/')) {
            if !artifact.path().file_name().ends_with(".conf") {
                continue;
            }
            any += 1;
            if any > MOST_FILES {
                return None;
            }
            self.add_file(cx, artifact.path().as_str())?;
        }
        (any > 0).then_some(())
    }

    fn add_file(&mut self, cx: &Context<'_>, path: &str) -> Option<()> {
        let artifact = cx.snapshot().artifact(path)?;
        let parsed;
        let file = match cx.snapshot().document(artifact) {
            Some(Document::Nginx(file)) => &**file,
            // Where it is mounted tells what it is, whatever it is called.
            Some(Document::Text) => {
                parsed = NginxFile::parse(cx.snapshot().text(artifact)?);
                &parsed
            }
            _ => return None,
        };
        if file.templating() != Templating::None {
            return None;
        }
        let mut servers = 0_usize;
        let mut listens = 0_usize;
        for (_, directive) in file.all() {
            servers += usize::from(directive.is("server") && directive.arg(0).is_none());
            if directive.is("include") && !directive.arg(0).is_some_and(is_harmless) {
                self.silent = true;
            }
            if !directive.is("listen") {
                continue;
            }
            listens += 1;
            let word = directive.arg(0)?;
            if word.starts_with("unix:") {
                continue;
            }
            let port = word.rsplit(':').next().unwrap_or(word);
            let port = if port.contains(']') || port.contains('.') { "80" } else { port };
            self.ports.push(port.parse().ok()?);
            let region = directive.region;
            self.place.get_or_insert_with(|| (artifact.path().clone(), region));
        }
        // A server without `listen` listens on 80.
        if servers > listens {
            self.ports.push(80);
        }
        Some(())
    }

    /// A file beside the image's own `default.conf` leaves that on port 80.
    fn keep_default(&mut self, target: &str) {
        let beside = target
            .strip_prefix("/etc/nginx/conf.d/")
            .is_some_and(|name| !name.is_empty() && name != "default.conf" && name.contains('.'));
        if beside {
            self.ports.push(80);
        }
    }

    fn finish(self) -> Option<Listening> {
        if self.ports.is_empty() || self.silent {
            return None;
        }
        let shown: Vec<String> = self.ports.iter().map(u16::to_string).collect();
        let why = format!("nginx is told to listen on {}", shown.join(", "));
        Some(Listening { ports: self.ports, certainty: Certainty::Told, why, place: self.place })
    }
}

/// Files that nginx's own image brings, and that open no port.
fn is_harmless(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    name.ends_with("mime.types") || name.ends_with("_params") || path.contains("snippets")
}
