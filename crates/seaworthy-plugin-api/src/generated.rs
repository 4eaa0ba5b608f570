//! The bindings to the contract, made from its text.

pub mod bindings {
    //! The contract as Rust items. [`plugin!`](crate::plugin) needs them; a plugin
    //! finds what it wants at the root of this crate.

    wit_bindgen::generate!({
        path: "wit",
        world: "full-plugin",
        pub_export_macro: true,
        default_bindings_module: "seaworthy_plugin_api::bindings",
        additional_derives: [PartialEq],
        generate_all,
    });
}
