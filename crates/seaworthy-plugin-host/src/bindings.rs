//! The contract of `seaworthy-plugin-api/wit` as Rust, generated.
//!
//! The world with both kinds of rules is used for its types alone: which
//! interfaces a plugin exports is looked up one by one.

wasmtime::component::bindgen!({
    path: "../seaworthy-plugin-api/wit",
    world: "full-plugin",
    imports: { default: trappable },
    with: {
        "seaworthy:plugin/documents.document": crate::view::DocumentHandle,
        "seaworthy:plugin/documents.stack": crate::view::StackHandle,
    },
});
