//! Files of hosts, and where in them commands stand.

/// Files by their names, each with the paths of commands in it, as
/// `document.select` takes them.
pub(crate) const FIELDS: &[(&str, &[&str])] = &[
    ("vercel.json", &["buildCommand", "installCommand"]),
    ("netlify.toml", &["build.command", "context.production.command"]),
    ("railway.json", RAILWAY),
    ("railway.toml", RAILWAY),
    ("render.yaml", RENDER),
    ("render.yml", RENDER),
    ("fly.toml", &["deploy.release_command", "processes.*"]),
    ("nixpacks.toml", &["phases.*.cmds[*]", "start.cmd"]),
    ("app.json", &["scripts.postdeploy"]),
];

const RAILWAY: &[&str] = &[
    "build.buildCommand",
    "deploy.startCommand",
    "deploy.preDeployCommand",
    "deploy.preDeployCommand[*]",
];

const RENDER: &[&str] = &[
    "services[*].buildCommand",
    "services[*].startCommand",
    "services[*].preDeployCommand",
    "services[*].initialDeployHook",
];

/// The paths of commands in a file of this name.
pub(crate) fn fields_of(path: &str) -> &'static [&'static str] {
    let name = path.rsplit('/').next().unwrap_or(path);
    FIELDS.iter().find(|(file, _)| *file == name).map_or(&[], |(_, fields)| fields)
}
