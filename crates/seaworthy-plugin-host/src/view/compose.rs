//! A Compose project, as a plugin holds it.

use seaworthy_analysis::Snapshot;
use seaworthy_analysis::joined::Stack;
use seaworthy_formats::compose::Text;
use wasmtime::component::Resource;

use super::path::Path;
use super::{StackHandle, definitions, kinds, stack};
use crate::bindings::seaworthy::plugin::documents as wit;
use crate::runtime::State;

type Handle = Resource<StackHandle>;

impl State {
    /// Looks at the project of a handle.
    fn of_stack<T>(
        &mut self,
        handle: &Handle,
        look: impl FnOnce(&Snapshot, &Stack) -> T,
    ) -> wasmtime::Result<T> {
        let snapshot = self.snapshot()?;
        let StackHandle(index) = *self.table.get(handle)?;
        Ok(look(&snapshot, &snapshot.joined().stacks()[index]))
    }
}

impl wit::HostStack for State {
    fn files(&mut self, this: Handle) -> wasmtime::Result<Vec<String>> {
        self.of_stack(&this, |_, stack| {
            stack.files().iter().map(|path| path.as_str().to_owned()).collect()
        })
    }

    fn name(&mut self, this: Handle) -> wasmtime::Result<Option<String>> {
        self.of_stack(&this, |_, stack| {
            stack.project().name.as_ref().map(Text::raw).map(str::to_owned)
        })
    }

    fn role(&mut self, this: Handle) -> wasmtime::Result<String> {
        self.of_stack(&this, |_, stack| kinds::role_name(stack.role().role).to_owned())
    }

    fn environment(&mut self, this: Handle) -> wasmtime::Result<String> {
        self.of_stack(&this, |_, stack| {
            kinds::environment_name(stack.role().environment).to_owned()
        })
    }

    fn may_be_production(&mut self, this: Handle) -> wasmtime::Result<bool> {
        self.of_stack(&this, |_, stack| stack.may_be_production())
    }

    fn is_partial(&mut self, this: Handle) -> wasmtime::Result<bool> {
        self.of_stack(&this, |_, stack| stack.project().is_partial())
    }

    fn dotenv(&mut self, this: Handle) -> wasmtime::Result<Option<String>> {
        self.of_stack(&this, |_, stack| stack.dotenv().map(|path| path.as_str().to_owned()))
    }

    fn services(&mut self, this: Handle) -> wasmtime::Result<Vec<wit::ComposeService>> {
        self.of_stack(&this, |snapshot, stack| {
            let services = stack::services(stack);
            services.told(snapshot, Some(stack.primary_file()), "services")
        })
    }

    fn environment_of(
        &mut self,
        this: Handle,
        service: String,
    ) -> wasmtime::Result<Option<Vec<wit::Definition>>> {
        self.of_stack(&this, |snapshot, stack| {
            let service = stack.project().service(&service)?;
            let found = definitions::of_service(snapshot, stack, service);
            Some(found.told(snapshot, Some(stack.primary_file()), "variables of a service"))
        })
    }

    fn select(&mut self, this: Handle, path: String) -> wasmtime::Result<Vec<wit::MergedNode>> {
        self.of_stack(&this, |snapshot, stack| {
            let Some(path) = Path::parse(&path) else { return Vec::new() };
            let nodes = stack::select(stack, &path);
            nodes.told(snapshot, Some(stack.primary_file()), "merged nodes that a path leads to")
        })
    }

    fn drop(&mut self, this: Handle) -> wasmtime::Result<()> {
        self.table.delete(this)?;
        Ok(())
    }
}
