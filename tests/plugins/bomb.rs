//! A small component that asks too much of a compiler.

use super::repository;

/// The most parameters of a block, nearly.
const PARAMETERS: usize = 900;
/// How often a loop is begun anew. Each time all parameters are handed over, so a
/// compiler that remembers every one of them needs gigabytes.
const TURNS: usize = 400_000;

/// A number as WebAssembly writes it.
fn number(mut number: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    loop {
        let low = u8::try_from(number & 0x7f).unwrap();
        number >>= 7;
        if number == 0 {
            bytes.push(low);
            return bytes;
        }
        bytes.push(low | 0x80);
    }
}

fn section(id: u8, content: &[u8]) -> Vec<u8> {
    [&[id][..], &number(content.len()), content].concat()
}

/// A component of 1.6 MB.
fn bomb() -> Vec<u8> {
    let integers = [number(PARAMETERS), vec![0x7f; PARAMETERS]].concat();
    let types = [&[2, 0x60, 0, 0, 0x60][..], &integers, &integers].concat();
    let code = [
        vec![0],
        [0x41, 0].repeat(PARAMETERS),
        // loop; i32.const 1, br_if 0, again and again; end.
        vec![0x03, 1],
        [0x41, 1, 0x0d, 0].repeat(TURNS),
        vec![0x0b],
        vec![0x1a; PARAMETERS],
        vec![0x0b],
    ]
    .concat();
    let code = [vec![1], number(code.len()), code].concat();
    let module =
        [b"\0asm\x01\0\0\0".to_vec(), section(1, &types), section(3, &[1, 0]), section(10, &code)]
            .concat();
    [b"\0asm\x0d\0\x01\0".to_vec(), section(1, &module)].concat()
}

// Elsewhere time alone is bounded, and that takes minutes.
#[cfg(target_os = "linux")]
#[test]
fn a_component_that_no_compiler_finishes_costs_an_error_message() {
    let sandbox = repository(&bomb());
    let before = sandbox.scan(&[]).json();
    let added = sandbox.run(&["plugin", "add", "rules.wasm"]).exits(2);
    let want = "does not compile: it needed more memory or time than allowed";
    assert!(added.stderr.contains(want), "{}", added.stderr);
    assert_eq!(sandbox.scan(&[]).json()["findings"], before["findings"]);
}
