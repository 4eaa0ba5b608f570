//! A file, as a plugin holds it.

use seaworthy_analysis::{Artifact, Snapshot};
use wasmtime::component::Resource;

use super::path::Path;
use super::{
    DocumentHandle, StackHandle, definitions, env, formats, kinds, region, repo, stacks_of, text,
    tree,
};
use crate::bindings::seaworthy::plugin::documents as wit;
use crate::bindings::seaworthy::plugin::types;
use crate::runtime::State;

type Handle = Resource<DocumentHandle>;

impl State {
    /// Looks at the file of a handle.
    fn of_file<T>(
        &mut self,
        handle: &Handle,
        look: impl FnOnce(&Snapshot, &Artifact) -> T,
    ) -> wasmtime::Result<T> {
        let snapshot = self.snapshot()?;
        let handle = *self.table.get(handle)?;
        Ok(look(&snapshot, handle.artifact(&snapshot)))
    }

    /// The same, where the joined view is asked.
    fn of_joined_file<T>(
        &mut self,
        handle: &Handle,
        look: impl FnOnce(&Snapshot, &Artifact) -> T,
    ) -> wasmtime::Result<T> {
        self.joined_snapshot()?;
        self.of_file(handle, look)
    }
}

impl wit::Host for State {}

impl wit::HostDocument for State {
    fn path(&mut self, this: Handle) -> wasmtime::Result<String> {
        self.of_file(&this, |_, artifact| artifact.path().as_str().to_owned())
    }

    fn kind(&mut self, this: Handle) -> wasmtime::Result<String> {
        self.of_file(&this, |snapshot, artifact| kinds::kind(snapshot, artifact).to_owned())
    }

    fn notation(&mut self, this: Handle) -> wasmtime::Result<Option<String>> {
        self.of_file(&this, |_, artifact| {
            let notation = seaworthy_analysis::notation(artifact.path())?;
            Some(kinds::notation_name(notation).to_owned())
        })
    }

    fn role(&mut self, this: Handle) -> wasmtime::Result<String> {
        self.of_joined_file(&this, |snapshot, artifact| {
            kinds::role_name(kinds::role(snapshot, artifact).role).to_owned()
        })
    }

    fn environment(&mut self, this: Handle) -> wasmtime::Result<String> {
        self.of_joined_file(&this, |snapshot, artifact| {
            kinds::environment_name(kinds::role(snapshot, artifact).environment).to_owned()
        })
    }

    fn is_tracked(&mut self, this: Handle) -> wasmtime::Result<Option<bool>> {
        self.of_file(&this, |snapshot, artifact| {
            snapshot.git().map(|git| git.is_tracked(artifact.path().as_str()))
        })
    }

    fn is_ignored(&mut self, this: Handle) -> wasmtime::Result<Option<bool>> {
        self.of_file(&this, |snapshot, artifact| {
            repo::is_ignored(snapshot, artifact.path().as_str())
        })
    }

    fn size(&mut self, this: Handle) -> wasmtime::Result<u32> {
        self.of_file(&this, |snapshot, artifact| {
            u32::try_from(snapshot.text(artifact).map_or(0, str::len)).unwrap_or(u32::MAX)
        })
    }

    fn is_exact(&mut self, this: Handle) -> wasmtime::Result<bool> {
        self.of_file(&this, Snapshot::is_editable)
    }

    fn text(&mut self, this: Handle) -> wasmtime::Result<String> {
        self.of_file(&this, text::whole)
    }

    fn slice(&mut self, this: Handle, at: types::Region) -> wasmtime::Result<Option<String>> {
        self.of_file(&this, |snapshot, artifact| text::slice(snapshot, artifact, at))
    }

    fn position(&mut self, this: Handle, offset: u32) -> wasmtime::Result<types::Position> {
        self.of_file(&this, |snapshot, artifact| text::position(snapshot, artifact, offset))
    }

    fn line(&mut self, this: Handle, number: u32) -> wasmtime::Result<Option<types::Region>> {
        self.of_file(&this, |snapshot, artifact| text::line(snapshot, artifact, number).map(region))
    }

    fn find(&mut self, this: Handle, literal: String) -> wasmtime::Result<Vec<types::Region>> {
        self.of_file(&this, |snapshot, artifact| {
            text::find(snapshot, artifact, &literal).told(
                snapshot,
                Some(artifact.path()),
                "places of a text",
            )
        })
    }

    fn comments(&mut self, this: Handle) -> wasmtime::Result<Option<Vec<types::Region>>> {
        self.of_file(&this, |snapshot, artifact| {
            Some(text::comments(snapshot, artifact)?.told(
                snapshot,
                Some(artifact.path()),
                "comments",
            ))
        })
    }

    fn problems(&mut self, this: Handle) -> wasmtime::Result<Vec<wit::Problem>> {
        self.of_file(&this, |snapshot, artifact| {
            text::problems(snapshot, artifact).told(snapshot, Some(artifact.path()), "problems")
        })
    }

    fn is_uncertain(&mut self, this: Handle) -> wasmtime::Result<bool> {
        self.of_file(&this, text::is_uncertain)
    }

    fn env_entries(&mut self, this: Handle) -> wasmtime::Result<Option<Vec<wit::EnvEntry>>> {
        self.of_joined_file(&this, |snapshot, artifact| {
            Some(env::entries(snapshot, artifact)?.told(
                snapshot,
                Some(artifact.path()),
                "variables",
            ))
        })
    }

    fn env_loaders(&mut self, this: Handle) -> wasmtime::Result<Option<Vec<String>>> {
        self.of_joined_file(&this, env::loaders)
    }

    fn env_load(&mut self, this: Handle, loader: String) -> wasmtime::Result<Option<wit::EnvLoad>> {
        self.of_file(&this, |snapshot, artifact| {
            let (values, refusal) = env::loaded(snapshot, artifact, &loader)?;
            let values = values.told(snapshot, Some(artifact.path()), "loaded variables");
            Some(wit::EnvLoad { values, refusal })
        })
    }

    fn definitions(&mut self, this: Handle) -> wasmtime::Result<Vec<wit::Definition>> {
        self.of_joined_file(&this, |snapshot, artifact| {
            definitions::of_file(snapshot, artifact).told(
                snapshot,
                Some(artifact.path()),
                "definitions",
            )
        })
    }

    fn stacks(&mut self, this: Handle) -> wasmtime::Result<Vec<Resource<StackHandle>>> {
        let path = self.of_file(&this, |_, artifact| artifact.path().clone())?;
        stacks_of(self, Some(&path))
    }

    fn tree(&mut self, this: Handle) -> wasmtime::Result<Option<Vec<wit::Node>>> {
        self.of_file(&this, |snapshot, artifact| {
            let parsed = tree::parsed(snapshot, artifact)?;
            let nodes = tree::nodes(parsed.tree());
            Some(nodes.told(snapshot, Some(artifact.path()), "nodes of the tree"))
        })
    }

    fn select(&mut self, this: Handle, path: String) -> wasmtime::Result<Option<Vec<wit::Node>>> {
        self.of_file(&this, |snapshot, artifact| {
            let path = Path::parse(&path)?;
            let parsed = tree::parsed(snapshot, artifact)?;
            let nodes = tree::select(parsed.tree(), &path);
            Some(nodes.told(snapshot, Some(artifact.path()), "nodes that a path leads to"))
        })
    }

    fn ignore_rules(&mut self, this: Handle) -> wasmtime::Result<Option<Vec<wit::IgnoreRule>>> {
        self.of_file(&this, |snapshot, artifact| {
            let rules = formats::ignore_rules(snapshot, artifact)?;
            Some(rules.told(snapshot, Some(artifact.path()), "patterns"))
        })
    }

    fn packages(&mut self, this: Handle) -> wasmtime::Result<Option<Vec<wit::LockedPackage>>> {
        self.of_file(&this, |snapshot, artifact| {
            let packages = formats::packages(snapshot, artifact)?;
            Some(packages.told(snapshot, Some(artifact.path()), "packages"))
        })
    }

    fn dependencies(&mut self, this: Handle) -> wasmtime::Result<Option<Vec<wit::Dependency>>> {
        self.of_file(&this, |snapshot, artifact| {
            let found = formats::dependencies(snapshot, artifact)?;
            Some(found.told(snapshot, Some(artifact.path()), "dependencies"))
        })
    }

    fn header_rules(&mut self, this: Handle) -> wasmtime::Result<Option<Vec<wit::HeaderRule>>> {
        self.of_file(&this, |snapshot, artifact| {
            let rules = formats::header_rules(snapshot, artifact)?;
            Some(rules.told(snapshot, Some(artifact.path()), "header rules"))
        })
    }

    fn routes(&mut self, this: Handle) -> wasmtime::Result<Option<Vec<wit::Route>>> {
        self.of_file(&this, |snapshot, artifact| {
            let routes = formats::routes(snapshot, artifact)?;
            Some(routes.told(snapshot, Some(artifact.path()), "routes"))
        })
    }

    fn drop(&mut self, this: Handle) -> wasmtime::Result<()> {
        self.table.delete(this)?;
        Ok(())
    }
}
