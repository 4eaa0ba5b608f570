#![no_main]
//! Compose projects: files after lines that begin with three dashes and a blank.

use std::sync::Arc;

use libfuzzer_sys::fuzz_target;
use seaworthy_formats::compose::{ComposeFile, Project, ServiceKind, parse_port, parse_volume};
use seaworthy_fuzz::{fits, tree_fits};
use seaworthy_model::ArtifactPath;

fuzz_target!(|text: &str| {
    let texts: Vec<&str> = text.split("\n--- ").take(4).collect();
    let files: Vec<(ArtifactPath, Arc<ComposeFile>)> = texts
        .iter()
        .enumerate()
        .map(|(n, text)| {
            let name = if n == 0 { "compose.yaml".to_owned() } else { format!("c{n}.yaml") };
            (ArtifactPath::new(&name), Arc::new(ComposeFile::parse(text)))
        })
        .collect();
    for ((_, file), text) in files.iter().zip(&texts) {
        tree_fits(text, file.tree());
    }
    let lookup =
        |path: &ArtifactPath| files.iter().find(|(p, _)| p == path).map(|(_, f)| Arc::clone(f));
    let layers: Vec<(ArtifactPath, &ComposeFile)> =
        files.iter().take(2).map(|(path, file)| (path.clone(), &**file)).collect();
    let project = Project::load(&layers, &lookup);
    let environment = |name: &str| (name.len() % 2 == 0).then(|| format!("1{name}"));
    for service in &project.services {
        let _ = ServiceKind::of(service);
        for port in &service.ports {
            let _ = port.resolve(&environment);
        }
        for volume in &service.volumes {
            let _ = volume.resolve(&environment);
        }
    }
    project.raw().walk(&mut |_, value| {
        let _ = value.expand(&environment);
        let _ = value.variables();
        if let Some((_, text)) =
            files.iter().zip(&texts).find(|((path, _), _)| *path == value.origin().artifact)
        {
            fits(text, value.region());
        }
    });
    let _ = (parse_port(texts[0]), parse_volume(texts[0]));
});
