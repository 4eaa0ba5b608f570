//! Definitions of variables, as the joined view knows them.

use std::collections::{HashMap, HashSet};
use std::sync::OnceLock;

use seaworthy_analysis::joined::{
    Definition, DefinitionSource, Stack, Standing, Supplied, Written,
};
use seaworthy_analysis::names::secret_kind;
use seaworthy_analysis::roles::is_env_file_name;
use seaworthy_analysis::values::ValueClass;
use seaworthy_analysis::{Artifact, Snapshot};
use seaworthy_formats::compose::Service;
use seaworthy_model::{ArtifactPath, Region};

use super::answer::Answer;
use super::judge::{judge, judged};
use super::region;
use crate::bindings::seaworthy::plugin::documents as wit;

/// The places of definitions in the joined list, by their files.
#[derive(Default)]
struct ByFile(OnceLock<HashMap<ArtifactPath, Vec<usize>>>);

/// The definitions that a file gives, by name.
pub(super) fn in_file<'s>(
    snapshot: &'s Snapshot,
    artifact: &Artifact,
) -> impl Iterator<Item = &'s Definition> {
    let all = snapshot.joined().definitions();
    let by_file = snapshot.kept::<ByFile>();
    let by_file = by_file.0.get_or_init(|| {
        let mut by_file: HashMap<ArtifactPath, Vec<usize>> = HashMap::new();
        for (index, definition) in all.iter().enumerate() {
            by_file.entry(definition.artifact.clone()).or_default().push(index);
        }
        by_file
    });
    let indices = by_file.get(artifact.path()).cloned().unwrap_or_default();
    indices.into_iter().map(|index| &all[index])
}

/// What a file gives to variables, in the order of the text.
pub(super) fn of_file(snapshot: &Snapshot, artifact: &Artifact) -> Answer<wit::Definition> {
    let mut found: Vec<&Definition> = in_file(snapshot, artifact).collect();
    found.sort_by_key(|definition| (definition.key_region, definition.value_region));
    Answer::filled(found.into_iter().map(definition), bytes)
}

/// The definitions of one variable, or of all.
pub(super) fn of_name(snapshot: &Snapshot, name: Option<&str>) -> Answer<wit::Definition> {
    let joined = snapshot.joined();
    let found = match name {
        Some(name) => joined.definitions_of(name),
        None => joined.definitions(),
    };
    Answer::filled(found.iter().map(definition), bytes)
}

/// What a service is started with; later files and `environment` win.
pub(super) fn of_service(
    snapshot: &Snapshot,
    stack: &Stack,
    service: &Service,
) -> Answer<wit::Definition> {
    // What an env file says was judged with its neighbours.
    let mut judged: HashMap<(ArtifactPath, Region), ValueClass> = HashMap::new();
    let mut files: HashSet<ArtifactPath> = HashSet::new();
    let supplied = stack.supplied(snapshot, service);
    for variable in supplied.iter().filter(|variable| variable.from_env_file) {
        if !files.insert(variable.artifact.clone()) {
            continue;
        }
        let Some(artifact) = snapshot.artifact(variable.artifact.as_str()) else { continue };
        judged.extend(in_file(snapshot, artifact).map(|definition| {
            ((definition.artifact.clone(), definition.key_region), definition.class)
        }));
    }
    let found = supplied.into_iter().map(|variable| {
        let class = judged
            .get(&(variable.artifact.clone(), variable.key_region))
            .copied()
            .filter(|class| variable.from_env_file && class.is_secret());
        supplied_definition(snapshot, stack, service, variable, class)
    });
    Answer::filled(found, bytes)
}

fn supplied_definition(
    snapshot: &Snapshot,
    stack: &Stack,
    service: &Service,
    supplied: Supplied,
    class: Option<ValueClass>,
) -> wit::Definition {
    let kind = secret_kind(&supplied.name);
    let known = supplied.value.as_ref().map(|value| value.reveal().to_owned());
    let judgement = match (&known, class) {
        (Some(value), Some(class)) => judged(class, kind, value),
        (Some(value), None) => judge(snapshot, &supplied.name, value),
        (None, _) => judged(ValueClass::Reference, kind, ""),
    };
    let (written, variable) = written(&supplied.written);
    let template = supplied.from_env_file
        && is_env_file_name(supplied.artifact.file_name()).is_some_and(|name| name.template);
    let source = match (supplied.from_env_file, template) {
        (true, true) => "env-template",
        (true, false) => "env-file",
        (false, _) => "compose-service",
    };
    wit::Definition {
        name: supplied.name,
        value: known.or_else(|| supplied.text.as_ref().map(|text| text.raw().to_owned())),
        written: written.to_owned(),
        variable,
        judgement,
        path: supplied.artifact.as_str().to_owned(),
        key_region: region(supplied.key_region),
        value_region: region(supplied.value_region),
        source: source.to_owned(),
        service: Some(service.name.raw().to_owned()),
        standing: standing_name(Standing::of_stack(stack)).to_owned(),
        overridden: false,
    }
}

fn definition(found: &Definition) -> wit::Definition {
    let value = found.value.reveal();
    let (written, variable) = written(&found.written);
    let (source, service) = match &found.source {
        DefinitionSource::EnvFile => ("env-file", None),
        DefinitionSource::EnvTemplate => ("env-template", None),
        DefinitionSource::ComposeService { service } => ("compose-service", Some(service)),
        DefinitionSource::ComposeBuild { service } => ("compose-build", Some(service)),
        DefinitionSource::Vercel => ("vercel", None),
    };
    wit::Definition {
        name: found.name.clone(),
        value: Some(value.to_owned()),
        written: written.to_owned(),
        variable,
        judgement: judged(found.class, found.kind, value),
        path: found.artifact.as_str().to_owned(),
        key_region: region(found.key_region),
        value_region: region(found.value_region),
        source: source.to_owned(),
        service: service.cloned(),
        standing: standing_name(found.standing).to_owned(),
        overridden: found.overridden,
    }
}

/// The texts of a definition, the fixed ones included.
fn bytes(definition: &wit::Definition) -> usize {
    definition.name.len()
        + definition.value.as_ref().map_or(0, String::len)
        + definition.variable.as_ref().map_or(0, String::len)
        + definition.service.as_ref().map_or(0, String::len)
        + definition.path.len()
        + 64
}

fn written(written: &Written) -> (&'static str, Option<String>) {
    match written {
        Written::Literal => ("literal", None),
        Written::Default { variable } => ("default", Some(variable.clone())),
        Written::Reference { variable } => ("reference", Some(variable.clone())),
        Written::Mixed => ("mixed", None),
    }
}

const fn standing_name(standing: Standing) -> &'static str {
    match standing {
        Standing::Production => "production",
        Standing::Deployable => "deployable",
        Standing::Development => "development",
        Standing::Test => "test",
        Standing::Template => "template",
        Standing::Aside => "aside",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::view::sample::{file, snapshot};

    const FILES: &[(&str, &str)] = &[
        (".env", "DB=vR7kq2Wz9Lx4\nMODE=a\nMODE=b\n"),
        (".env.example", "DB=\n"),
        ("app.env", "TOKEN=fromfile\nBOTH=file\n"),
        (
            "compose.yml",
            "services:\n  web:\n    build: { context: ., args: { LEVEL: '2' } }\n    env_file: app.env\n    environment:\n      BOTH: here\n      PASSWORD: ${DB}\n      SIZE: ${SIZE:-3}\n      URL: http://${HOST}:80\n      PASSED:\n",
        ),
        ("vercel.json", r#"{"env": {"KEY": "@key"}}"#),
    ];

    fn shown(definition: &wit::Definition) -> String {
        let text = |part: &Option<String>| part.clone().unwrap_or_else(|| "-".to_owned());
        format!(
            "{}={} {} {} {} {} {} {}{}",
            definition.name,
            text(&definition.value),
            definition.written,
            text(&definition.variable),
            definition.path,
            definition.source,
            text(&definition.service),
            definition.standing,
            if definition.overridden { " overridden" } else { "" },
        )
    }

    #[test]
    fn every_source_defines_variables() {
        let snapshot = snapshot(FILES);
        let all: Vec<_> =
            of_name(&snapshot, None).told(&snapshot, None, "x").iter().map(shown).collect();
        assert_eq!(
            all,
            [
                "BOTH=file literal - app.env env-file - deployable",
                "BOTH=here literal - compose.yml compose-service web deployable",
                "DB=vR7kq2Wz9Lx4 literal - .env env-file - deployable",
                "DB= literal - .env.example env-template - template",
                "KEY=@key reference key vercel.json vercel - deployable",
                "LEVEL=2 literal - compose.yml compose-build web deployable",
                "MODE=a literal - .env env-file - deployable overridden",
                "MODE=b literal - .env env-file - deployable",
                "PASSWORD=${DB} reference DB compose.yml compose-service web deployable",
                "SIZE=3 default SIZE compose.yml compose-service web deployable",
                "TOKEN=fromfile literal - app.env env-file - deployable",
                "URL=http://${HOST}:80 mixed - compose.yml compose-service web deployable",
            ]
        );
        let one = of_name(&snapshot, Some("DB")).told(&snapshot, None, "x");
        assert_eq!(one.len(), 2);
        let own = of_file(&snapshot, file(&snapshot, ".env")).told(&snapshot, None, "x");
        assert_eq!(own.iter().map(|d| d.name.as_str()).collect::<Vec<_>>(), ["DB", "MODE", "MODE"]);
    }

    #[test]
    fn a_service_starts_with_what_its_files_and_its_environment_say() {
        let snapshot = snapshot(FILES);
        let stack = &snapshot.joined().stacks()[0];
        let service = stack.project().service("web").expect("the sample has it");
        let found: Vec<_> = of_service(&snapshot, stack, service)
            .told(&snapshot, None, "x")
            .iter()
            .map(shown)
            .collect();
        assert_eq!(
            found,
            [
                "BOTH=here literal - compose.yml compose-service web deployable",
                "PASSED=- reference PASSED compose.yml compose-service web deployable",
                "PASSWORD=vR7kq2Wz9Lx4 reference DB compose.yml compose-service web deployable",
                "SIZE=3 default SIZE compose.yml compose-service web deployable",
                "TOKEN=fromfile literal - app.env env-file web deployable",
                "URL=http://${HOST}:80 mixed - compose.yml compose-service web deployable",
            ]
        );
    }
}
