//! A plugin's code, linked to the host's functions and known by what it exports.

use wasmtime::Engine;
use wasmtime::component::types::ComponentItem;
use wasmtime::component::{Component, InstancePre, Linker};

use super::{State, failure, wasi};
use crate::bindings::exports::seaworthy::plugin::{file_rules, plugin, repo_rules};
use crate::{API_MAJOR, PluginError};

/// The package of the contract.
const PACKAGE: &str = "seaworthy:plugin/";

/// Code that instances are made of; shared by all threads.
pub(crate) struct Linked {
    pub(super) code: InstancePre<State>,
    pub(super) plugin: plugin::GuestIndices,
    pub(super) files: Option<file_rules::GuestIndices>,
    pub(super) repository: Option<repo_rules::GuestIndices>,
}

impl Linked {
    /// Links a component.
    ///
    /// # Errors
    /// When it was made for another version of the contract, does not export what
    /// every plugin does, or imports what there is not.
    pub(crate) fn new(engine: &Engine, component: &Component) -> Result<Self, PluginError> {
        let names = Names::of(engine, component);
        names.api_version()?;
        let import = |error: wasmtime::Error| PluginError::Import { reason: failure::told(&error) };
        let mut linker = Linker::new(engine);
        crate::view::add_to_linker(&mut linker, &|interface| names.imports(interface))
            .map_err(import)?;
        if names.imports.iter().any(|name| name.starts_with("wasi:")) {
            wasi::add_to_linker(&mut linker, engine, component).map_err(import)?;
        }
        let code = linker.instantiate_pre(component).map_err(import)?;
        if !names.exports("plugin") {
            return Err(PluginError::NoExport { interface: "seaworthy:plugin/plugin" });
        }
        Ok(Self {
            plugin: plugin::GuestIndices::new(&code).map_err(import)?,
            files: match names.exports("file-rules") {
                true => Some(file_rules::GuestIndices::new(&code).map_err(import)?),
                false => None,
            },
            repository: match names.exports("repo-rules") {
                true => Some(repo_rules::GuestIndices::new(&code).map_err(import)?),
                false => None,
            },
            code,
        })
    }

    /// Whether it judges single files.
    pub(crate) fn judges_files(&self) -> bool {
        self.files.is_some()
    }

    /// Whether it judges the repository.
    pub(crate) fn judges_repository(&self) -> bool {
        self.repository.is_some()
    }
}

/// The names of the interfaces that a component imports and exports.
struct Names {
    imports: Vec<String>,
    exports: Vec<String>,
}

impl Names {
    fn of(engine: &Engine, component: &Component) -> Self {
        let ty = component.component_type();
        let is_interface =
            |item: &ComponentItem| matches!(item, ComponentItem::ComponentInstance(_));
        Self {
            imports: ty.imports(engine).map(|(name, _)| name.to_owned()).collect(),
            exports: ty
                .exports(engine)
                .filter(|(_, item)| is_interface(&item.ty))
                .map(|(name, _)| name.to_owned())
                .collect(),
        }
    }

    fn imports(&self, interface: &str) -> bool {
        has(&self.imports, interface)
    }

    fn exports(&self, interface: &str) -> bool {
        has(&self.exports, interface)
    }

    /// The version of the contract that they name.
    fn api_version(&self) -> Result<String, PluginError> {
        let mut found: Option<(u64, u64, &str)> = None;
        for name in self.imports.iter().chain(&self.exports) {
            let Some((_, version)) = interface_of(name) else { continue };
            let mut numbers = version.split('.').map(|number| number.parse().unwrap_or(0));
            let (major, minor) = (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0));
            if major != API_MAJOR {
                return Err(PluginError::OtherApi { needed: major });
            }
            if found.is_none_or(|(_, known, _)| minor > known) {
                found = Some((major, minor, version));
            }
        }
        found
            .map(|(_, _, version)| version.to_owned())
            .ok_or(PluginError::NoExport { interface: "seaworthy:plugin/plugin" })
    }
}

fn has(names: &[String], interface: &str) -> bool {
    names.iter().any(|name| interface_of(name).is_some_and(|(found, _)| found == interface))
}

/// The name and version of an interface of the contract.
fn interface_of(name: &str) -> Option<(&str, &str)> {
    name.strip_prefix(PACKAGE)?.split_once('@')
}

/// The version of the contract that a component names, read from its imports and
/// exports before anything of it runs.
///
/// # Errors
/// When its major version is not the host's, or it names none.
pub(crate) fn api_version(engine: &Engine, component: &Component) -> Result<String, PluginError> {
    Names::of(engine, component).api_version()
}
