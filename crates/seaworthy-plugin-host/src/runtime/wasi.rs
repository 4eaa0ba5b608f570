//! WASI for guests that insist on it: an empty, unchanging world.
//!
//! Runtimes of JavaScript and Python ask for a clock, a random seed and the
//! environment when they start. They get constants, so that equal input gives equal
//! bytes. Anything else
//! of `wasi:*` stops the plugin when it is called. Nothing of the contract's own
//! package is filled in here: a missing function there has to be told.

use wasmtime::Engine;
use wasmtime::component::types::ComponentItem;
use wasmtime::component::{Component, Linker, LinkerInstance, ResourceType, Val};

use super::State;

/// Stands for every resource of WASI.
struct Handle;

/// Defines the `wasi:*` interfaces that a component imports.
///
/// # Errors
/// When it imports what is no interface.
pub(super) fn add_to_linker(
    linker: &mut Linker<State>,
    engine: &Engine,
    component: &Component,
) -> wasmtime::Result<()> {
    for (name, item) in component.component_type().imports(engine) {
        if !name.starts_with("wasi:") {
            continue;
        }
        let ComponentItem::ComponentInstance(interface) = item.ty else { continue };
        let mut instance = linker.instance(name)?;
        let short = name.split_once('@').map_or(name, |(short, _)| short);
        for (member, item) in interface.exports(engine) {
            match item.ty {
                ComponentItem::Resource(_) => {
                    instance.resource(member, ResourceType::host::<Handle>(), |_, _| Ok(()))?;
                }
                ComponentItem::ComponentFunc(_) => function(&mut instance, short, member)?,
                _ => {}
            }
        }
    }
    Ok(())
}

fn function(
    instance: &mut LinkerInstance<'_, State>,
    interface: &str,
    name: &str,
) -> wasmtime::Result<()> {
    match (interface, name) {
        ("wasi:cli/environment", "get-environment") => {
            instance.func_wrap(name, |_, (): ()| Ok((Vec::<(String, String)>::new(),)))
        }
        ("wasi:cli/environment", "get-arguments") => {
            instance.func_wrap(name, |_, (): ()| Ok((Vec::<String>::new(),)))
        }
        ("wasi:cli/environment", "initial-cwd") => {
            instance.func_wrap(name, |_, (): ()| Ok((None::<String>,)))
        }
        ("wasi:clocks/monotonic-clock", "now") => {
            instance.func_wrap(name, |_, (): ()| Ok((0_u64,)))
        }
        ("wasi:clocks/monotonic-clock" | "wasi:clocks/wall-clock", "resolution" | "now") => {
            instance.func_new(name, |_, ty, _, results| {
                // One is a number, the other a record of two.
                let is_number =
                    matches!(ty.results().next(), Some(wasmtime::component::types::Type::U64));
                results[0] = match is_number {
                    true => Val::U64(1),
                    false => Val::Record(vec![
                        ("seconds".to_owned(), Val::U64(0)),
                        ("nanoseconds".to_owned(), Val::U32(0)),
                    ]),
                };
                Ok(())
            })
        }
        ("wasi:random/random" | "wasi:random/insecure", _) if name.ends_with("-bytes") => instance
            .func_wrap(name, |_, (count,): (u64,)| {
                // A seed is short; who wants more has no use for it here.
                const MOST: u64 = 64 << 10;
                match usize::try_from(count.min(MOST + 1)) {
                    Ok(count) if count as u64 <= MOST => Ok((vec![7_u8; count],)),
                    _ => Err(wasmtime::Error::msg("it asked for too many random bytes")),
                }
            }),
        ("wasi:random/random" | "wasi:random/insecure", _) if name.ends_with("-u64") => {
            instance.func_wrap(name, |_, (): ()| Ok((7_u64,)))
        }
        ("wasi:random/insecure-seed", "insecure-seed") => {
            instance.func_wrap(name, |_, (): ()| Ok(((7_u64, 7_u64),)))
        }
        _ => {
            let full = format!("{interface}#{name}");
            instance.func_new(name, move |_, _, _, _| {
                let refused = format!("it called `{full}`, which no plugin is given");
                Err(wasmtime::Error::msg(refused))
            })
        }
    }
}
