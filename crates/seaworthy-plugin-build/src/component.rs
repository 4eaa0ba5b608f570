//! The second step: from a core module to a component.

use wit_component::{ComponentEncoder, DecodedWasm};

use crate::BuildError;

/// What every plugin exports, up to the version.
pub const PLUGIN_EXPORT: &str = "seaworthy:plugin/plugin@";

/// How every component begins: `\0asm`, a version, and the layer that tells it from
/// a core module.
const PREAMBLE: &[u8] = b"\0asm\x0d\0\x01\0";

/// Where the interfaces that a host gives begin.
const PACKAGE: &str = "seaworthy:plugin/";

/// A component and what it asks for and gives, by the names of the interfaces.
#[derive(Clone, Debug)]
pub struct Component {
    /// The binary.
    pub bytes: Vec<u8>,
    /// `seaworthy:plugin/documents@1.0.0` and the like.
    pub imports: Vec<String>,
    /// `seaworthy:plugin/plugin@1.0.0` and the like.
    pub exports: Vec<String>,
}

impl Component {
    /// Whether it is a plugin that every host can run.
    ///
    /// # Errors
    /// When it exports no plugin, or imports what is not ours.
    pub fn check(&self) -> Result<(), BuildError> {
        if !self.exports.iter().any(|name| name.starts_with(PLUGIN_EXPORT)) {
            return Err(BuildError::NoPlugin);
        }
        let foreign = self.foreign_imports();
        if foreign.is_empty() { Ok(()) } else { Err(BuildError::ForeignImports(foreign)) }
    }

    /// The imports that are not of the contract, such as `wasi:cli/environment`.
    #[must_use]
    pub fn foreign_imports(&self) -> Vec<String> {
        self.imports.iter().filter(|name| !name.starts_with(PACKAGE)).cloned().collect()
    }
}

/// Wraps a core module that describes its interfaces, as the bindings make it do,
/// into a component.
///
/// # Errors
/// When the module does not describe itself, or asks for a system.
pub fn componentize(module: &[u8]) -> Result<Component, BuildError> {
    let bytes = ComponentEncoder::default()
        .validate(true)
        .module(module)
        .and_then(|encoder| encoder.encode())
        .map_err(|error| BuildError::Encode(format!("{error:#}")))?;
    inspect(bytes)
}

/// Reads the imports and exports of a component that was made elsewhere.
///
/// # Errors
/// When the bytes are no component.
pub fn inspect(bytes: Vec<u8>) -> Result<Component, BuildError> {
    if !bytes.starts_with(PREAMBLE) {
        let what = if bytes.starts_with(b"\0asm") { "it is a core module" } else { "no WASM" };
        return Err(BuildError::NotAComponent(what.to_owned()));
    }
    let decoded = wit_component::decode(&bytes)
        .map_err(|error| BuildError::NotAComponent(format!("{error:#}")))?;
    let DecodedWasm::Component(resolve, world) = decoded else {
        return Err(BuildError::NotAComponent("it holds interfaces without code".to_owned()));
    };
    let world = &resolve.worlds[world];
    let imports = world.imports.keys().map(|key| resolve.name_world_key(key)).collect();
    let exports = world.exports.keys().map(|key| resolve.name_world_key(key)).collect();
    Ok(Component { bytes, imports, exports })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn component(imports: &[&str], exports: &[&str]) -> Component {
        let owned = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect();
        Component { bytes: Vec::new(), imports: owned(imports), exports: owned(exports) }
    }

    #[test]
    fn a_plugin_exports_itself_and_asks_for_nothing_foreign() {
        let plugin = "seaworthy:plugin/plugin@1.0.0";
        let log = "seaworthy:plugin/log@1.0.0";
        assert!(component(&[log], &[plugin]).check().is_ok());
        assert!(matches!(component(&[log], &[]).check(), Err(BuildError::NoPlugin)));
        assert!(matches!(
            component(&[log, "wasi:cli/environment@0.2.9"], &[plugin]).check(),
            Err(BuildError::ForeignImports(names)) if names == ["wasi:cli/environment@0.2.9"]
        ));
    }

    #[test]
    fn what_is_no_module_or_no_component_is_refused() {
        let module = b"\0asm\x01\0\0\0";
        assert!(matches!(componentize(b"not wasm"), Err(BuildError::Encode(_))));
        assert!(matches!(inspect(module.to_vec()), Err(BuildError::NotAComponent(_))));
        assert!(matches!(inspect(Vec::new()), Err(BuildError::NotAComponent(_))));
        assert!(matches!(inspect(PREAMBLE[..7].to_vec()), Err(BuildError::NotAComponent(_))));
    }

    #[test]
    fn a_module_without_a_description_is_no_plugin() {
        let bare = componentize(b"\0asm\x01\0\0\0").expect("an empty module is a component");
        assert!(matches!(bare.check(), Err(BuildError::NoPlugin)));
    }
}
