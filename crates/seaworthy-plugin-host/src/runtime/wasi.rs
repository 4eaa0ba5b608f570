//! WASI for guests that insist on it: an empty, unchanging world.
//!
//! Runtimes of JavaScript and Python ask for a clock, a random seed and the
//! environment when they start. They get constants, so that equal input gives equal
//! bytes; what they write to standard output and error is their log, and there are no
//! files. Anything else of `wasi:*` stops the plugin when it is called. Nothing of the
//! contract's own package is filled in here: a missing function there has to be told.

use wasmtime::Engine;
use wasmtime::component::types::ComponentItem;
use wasmtime::component::{Component, Linker, LinkerInstance, Resource, ResourceType, Val};

use super::{LogLevel, State};

/// Stands for every resource of WASI.
struct Handle;

/// The handle of standard output.
const OUTPUT: u32 = 1;

/// The handle of standard error.
const ERRORS: u32 = 2;

/// How many bytes a stream takes at once.
const PIECE: u64 = 4_096;

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
        ("wasi:cli/stdout", "get-stdout") => {
            instance.func_wrap(name, |_, (): ()| Ok((Resource::<Handle>::new_own(OUTPUT),)))
        }
        ("wasi:cli/stderr", "get-stderr") => {
            instance.func_wrap(name, |_, (): ()| Ok((Resource::<Handle>::new_own(ERRORS),)))
        }
        ("wasi:io/streams", "[method]output-stream.check-write") => {
            instance.func_new(name, |_, _, _, results| {
                results[0] = Val::Result(Ok(Some(Box::new(Val::U64(PIECE)))));
                Ok(())
            })
        }
        (
            "wasi:io/streams",
            "[method]output-stream.write" | "[method]output-stream.blocking-write-and-flush",
        ) => instance.func_new(name, |mut store, _, parameters, results| {
            let [Val::Resource(stream), Val::List(bytes)] = parameters else {
                return Err(wasmtime::Error::msg("it wrote to no stream"));
            };
            let stream = stream.try_into_resource::<Handle>(&mut store)?;
            let byte = |byte: &Val| if let Val::U8(byte) = byte { *byte } else { b'?' };
            let bytes: Vec<u8> = bytes.iter().map(byte).collect();
            let level = if stream.rep() == ERRORS { LogLevel::Error } else { LogLevel::Info };
            let state = store.data_mut();
            let (lines, most) = (state.limits.log_lines, state.limits.log_line_bytes);
            for line in String::from_utf8_lossy(&bytes).lines() {
                state.log.say(level, line, lines, most)?;
            }
            results[0] = Val::Result(Ok(None));
            Ok(())
        }),
        (
            "wasi:io/streams",
            "[method]output-stream.flush" | "[method]output-stream.blocking-flush",
        ) => instance.func_new(name, |_, _, _, results| {
            results[0] = Val::Result(Ok(None));
            Ok(())
        }),
        ("wasi:filesystem/preopens", "get-directories") => {
            instance.func_new(name, |_, _, _, results| {
                results[0] = Val::List(Vec::new());
                Ok(())
            })
        }
        (interface, _) if interface.starts_with("wasi:cli/terminal-std") => {
            instance.func_new(name, |_, _, _, results| {
                results[0] = Val::Option(None);
                Ok(())
            })
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

#[cfg(test)]
mod tests {
    use wasmtime::{Config, Engine, Store};

    use super::*;
    use crate::Limits;

    /// What a component gives that calls one function of WASI, and what it said.
    fn call(imports: &str, core: &str) -> (Result<u64, String>, Vec<(LogLevel, String)>) {
        let text = format!(
            r#"(component {imports}
                (core module $memory (memory (export "memory") 1)
                    (data (i32.const 0) "two\nlines")
                    (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 64)))
                (core instance $m (instantiate $memory))
                {core}
                (func (export "run") (result u64) (canon lift (core func $i "run"))))"#
        );
        let engine = Engine::new(&Config::new()).expect("an engine");
        let bytes = wat::parse_str(text).expect("the text is right");
        let component = Component::new(&engine, bytes).expect("it is a component");
        let mut linker = Linker::new(&engine);
        add_to_linker(&mut linker, &engine, &component).expect("it can be linked");
        let mut store = Store::new(&engine, State::new(&Limits::default(), None));
        let instance = linker.instantiate(&mut store, &component).expect("it starts");
        let run = instance.get_typed_func::<(), (u64,)>(&mut store, "run").expect("it is there");
        let given = run.call(&mut store, ()).map(|(given,)| given);
        let given = given.map_err(|error| super::super::failure::told(&error));
        (given, store.data_mut().log.take())
    }

    #[test]
    fn the_clock_stands_still() {
        let (given, _) = call(
            r#"(import "wasi:clocks/monotonic-clock@0.2.9" (instance $c
                (export "now" (func (result u64)))))"#,
            r#"(core func $now (canon lower (func $c "now")))
               (core module $main (import "" "now" (func $now (result i64)))
                    (func (export "run") (result i64) (i64.add (call $now) (call $now))))
               (core instance $i (instantiate $main
                    (with "" (instance (export "now" (func $now))))))"#,
        );
        assert_eq!(given, Ok(0));
    }

    #[test]
    fn random_numbers_are_none() {
        let (given, _) = call(
            r#"(import "wasi:random/random@0.2.0" (instance $c
                (export "get-random-u64" (func (result u64)))))"#,
            r#"(core func $now (canon lower (func $c "get-random-u64")))
               (core module $main (import "" "now" (func $now (result i64)))
                    (func (export "run") (result i64) (call $now)))
               (core instance $i (instantiate $main
                    (with "" (instance (export "now" (func $now))))))"#,
        );
        assert_eq!(given, Ok(7));
    }

    #[test]
    fn what_a_plugin_is_not_given_stops_it() {
        let (given, _) = call(
            r#"(import "wasi:sockets/tcp-create-socket@0.2.9" (instance $c
                (export "connect" (func (result u64)))))"#,
            r#"(core func $now (canon lower (func $c "connect")))
               (core module $main (import "" "now" (func $now (result i64)))
                    (func (export "run") (result i64) (call $now)))
               (core instance $i (instantiate $main
                    (with "" (instance (export "now" (func $now))))))"#,
        );
        let given = given.expect_err("there are no sockets");
        assert!(given.contains("wasi:sockets/tcp-create-socket#connect"), "{given}");
    }

    #[test]
    fn standard_error_is_the_log() {
        let (given, said) = call(
            r#"(import "wasi:io/streams@0.2.9" (instance $s
                    (export "output-stream" (type $stream (sub resource)))
                    (export "[method]output-stream.blocking-write-and-flush" (func
                        (param "self" (borrow $stream)) (param "contents" (list u8))
                        (result (result))))))
               (alias export $s "output-stream" (type $stream))
               (import "wasi:cli/stderr@0.2.9" (instance $e
                    (alias outer 1 $stream (type $outer))
                    (export "output-stream" (type $own (eq $outer)))
                    (export "get-stderr" (func (result (own $own))))))"#,
            r#"(core func $get (canon lower (func $e "get-stderr")))
               (alias core export $m "memory" (core memory $memory))
               (alias core export $m "realloc" (core func $realloc))
               (core func $write (canon lower
                    (func $s "[method]output-stream.blocking-write-and-flush")
                    (memory $memory) (realloc $realloc)))
               (core module $main
                    (import "" "get" (func $get (result i32)))
                    (import "" "write" (func $write (param i32 i32 i32) (result i32)))
                    (func (export "run") (result i64) (i64.extend_i32_u
                        (call $write (call $get) (i32.const 0) (i32.const 9)))))
               (core instance $i (instantiate $main (with "" (instance
                    (export "get" (func $get)) (export "write" (func $write))))))"#,
        );
        assert_eq!(given, Ok(0));
        let line = |text: &str| (LogLevel::Error, text.to_owned());
        assert_eq!(said, [line("two"), line("lines")]);
    }
}
