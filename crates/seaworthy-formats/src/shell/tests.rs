//! What scripts are understood as.

use super::*;

fn script(text: &str) -> Script {
    match parse(text) {
        Ok(script) => script,
        Err(error) => panic!("{text}: {error:?}"),
    }
}

/// The commands, each with how it is joined and where it stands.
fn shown(text: &str) -> String {
    let script = script(text);
    let commands = script.commands.iter().map(|command| {
        let pipeline = script.pipeline(command);
        let mut shown = String::new();
        let stages = script.pipelines[command.pipeline].stages.iter();
        let mut stages = stages.take_while(
            |stage| !matches!(stage, Stage::Command(at) if std::ptr::eq(&script.commands[*at], command)),
        );
        if stages.next().is_some() {
            shown.push_str("| ");
        } else if pipeline.joint != Joint::Then {
            shown = format!("{} ", pipeline.joint.as_str());
        }
        if pipeline.negated {
            shown.push_str("! ");
        }
        for assignment in &command.assignments {
            let sign = if assignment.appends { "+=" } else { "=" };
            shown.push_str(&format!("{}{sign}{{{}}} ", assignment.name, assignment.value.text));
        }
        let words: Vec<&str> = command.words.iter().map(|word| word.text.as_str()).collect();
        shown.push_str(&words.join("_"));
        for redirect in &command.redirects {
            let descriptor = redirect.descriptor.map(|it| it.to_string()).unwrap_or_default();
            shown.push_str(&format!(" {descriptor}{}{}", redirect.operator, redirect.target.text));
        }
        if pipeline.background {
            shown.push_str(" &");
        }
        let depth = script.blocks_above(command).count();
        format!("{}{}", ".".repeat(depth), shown.trim_end())
    });
    commands.collect::<Vec<_>>().join(" / ")
}

#[test]
fn commands_are_told_apart() {
    let cases: &[(&str, &str)] = &[
        ("a b && c", "a_b / && c"),
        ("a || b; c & d", "a / || b / c & / d"),
        ("a && b & c", "a & / && b & / c"),
        ("a | b |& c", "a / | b / | c"),
        ("a 'b && c' \"d;e\"", "a_b && c_d;e"),
        ("A=1 B+='x y' c d", "A={1} B+={x y} c_d"),
        ("a=(x 'y z' $w) b[1]=2", "a={(x 'y z' $w)} b={2}"),
        ("a > f 2>&1 >>g && b <<< 'x y'", "a >f 2>&1 >>g / && b <<<x y"),
        ("a &>f; b 2 >c", "a &>f / b_2 >c"),
        ("! a | b", "! a / | ! b"),
        ("a # b && c\nd", "a / d"),
        ("a#b \\#c '#d'", "a#b_#c_#d"),
        ("a \\\n b\\\nc", "a_bc"),
        ("a &&\n\n  b |\nc", "a / && b / | c"),
        ("a\r\nb c\r\n", "a / b_c"),
        ("a \"$(b \"c d\" | e)\" f", "a_$(b \"c d\" | e)_f / .b_c d / .| e"),
        ("a `b c` d", "a_`b c`_d / .b_c"),
        ("a <(b) >(c)", "a_<(b)_>(c) / .b / .c"),
        ("a $((1 + (2 * $b) )) c", "a_$((1 + (2 * $b) ))_c"),
        ("((i++)); a", "((i++)) / a"),
        ("a ${b:-$(c)} ${d:-'}'} \"${e:-it's}\"", "a_${b:-$(c)}_${d:-'}'}_${e:-it's} / .c"),
        ("a $'b\\'c' $\"d\"", "a_b\\'c_d"),
        ("a @(b|c) !(d) *.{e,f}", "a_@(b|c)_!(d)_*.{e,f}"),
        ("[[ -f a && $b =~ ^(c|d)+$ ]] && e", "[[_-f_a_&&_$b_=~_^(c|d)+$_]] / && e"),
        ("[ a = b ]; time -p c; exec d", "[_a_=_b_] / c / exec_d"),
        ("a ${{ secrets.A }} '${{ b }}'", "a_${{ secrets.A }}_${{ b }}"),
        ("echo if then fi", "echo_if_then_fi"),
        ("", ""),
        ("# nothing", ""),
    ];
    for (text, want) in cases {
        assert_eq!(shown(text), *want, "{text}");
    }
}

#[test]
fn compounds_nest() {
    let cases: &[(&str, &str)] = &[
        ("(a; b) | c", ".a / .b / | c"),
        ("{ a; } > f && b", ".a / && b"),
        ("if a; then b; elif c; then d; else e; fi; f", "..a / ..b / ..c / ..d / ..e / f"),
        ("while a; do b; done < f", "..a / ..b"),
        ("for i in a b; do c; done", "..c"),
        ("for i\ndo c; done; for ((;;)); do d; done", "..c / ..d"),
        ("case $a in (b|c) d;; e) ;; *) f & esac; g", "..d / ..f & / g"),
        ("case a in\n  b)\n    c\n    ;;\nesac", "..c"),
        ("f() { a; }; function g { b; }\nfunction h()\n(c)\nf", "..a / ..b / ..c / f"),
        ("a $(case b in c) d;; esac) e", "a_$(case b in c) d;; esac)_e / ...d"),
        ("if ! (a); then b; fi", "...a / ..b"),
    ];
    for (text, want) in cases {
        assert_eq!(shown(text), *want, "{text}");
    }
}

#[test]
fn scripts_that_bash_refuses_are_refused() {
    let cases = [
        "a 'b",
        "a \"b",
        "a `b",
        "a $(b",
        "a ${b",
        "(a",
        "a)",
        "{ a; ",
        "}",
        "if a; then b",
        "fi",
        "if a; b; fi",
        "while a; done",
        "a &&",
        "a | ; b",
        "&& a",
        "; a",
        "case a in b) c",
        ";;",
        "for i in a; b; done",
        "a >",
        "a > > b",
        "a <<E\nb",
        "f() a",
        "f()",
        "(a) b",
        "a (b)",
        "[[ a",
        "a=(b;c)",
        "then",
        "!",
    ];
    for text in cases {
        assert!(parse(text).is_err(), "{text}");
    }
    let error = parse("a\nb )").expect_err("a parenthesis too many");
    assert_eq!((error.message, error.offset), (") is out of place", 4));
}

#[test]
fn here_documents_are_read_after_their_line() {
    let text = "cat <<A > f && b <<-'B' | c\nx $y $(d)\nA\n\t z `e`\n\tB\ng\n";
    assert_eq!(shown(text), "cat <<A >f / && b <<-B / | c / .d / g");
    let script = script(text);
    let [a, b] = script.heredocs.as_slice() else { panic!("two here-documents") };
    assert_eq!(&text[a.body.range()], "x $y $(d)\n");
    assert_eq!((a.expands, a.expansions.len()), (true, 2));
    assert_eq!(&text[b.body.range()], "\t z `e`\n");
    assert_eq!((b.expands, b.expansions.len()), (false, 0));
    assert_eq!(script.commands[0].redirects[0].heredoc, Some(0));
    assert_eq!(
        shown("a \"$(cat <<E\nit's \"x\nE\n)\" b"),
        "a_$(cat <<E\nit's \"x\nE\n)_b / .cat <<E"
    );
    assert_eq!(shown("cat <<E\nE"), "cat <<E");
    assert_eq!(shown("cat <<E # x\nb\nE\nc"), "cat <<E / c");
}

#[test]
fn words_keep_their_places_and_expansions() {
    let text = "pg_dump -U \"$USER\" ${DB:-app}x '$z'";
    let script = script(text);
    let words = &script.commands[0].words;
    let places: Vec<&str> = words.iter().map(|word| &text[word.region.range()]).collect();
    assert_eq!(places, ["pg_dump", "-U", "\"$USER\"", "${DB:-app}x", "'$z'"]);
    assert_eq!(words[2].variable(), Some(("USER", None)));
    assert!(words[2].expansions[0].quoted);
    assert_eq!(words[3].variable(), None);
    assert!(words[3].reads("DB"));
    let ExpansionKind::Parameter { operator: Some((operator, region)), .. } =
        &words[3].expansions[0].kind
    else {
        panic!("a parameter with a default")
    };
    assert_eq!((operator.as_str(), &text[region.range()]), (":-", "app"));
    assert_eq!(words[4].literal(), Some("$z"));
    assert_eq!(&text[script.commands[0].region.range()], text);
}

#[test]
fn what_is_switched_on_is_known() {
    let cases = [
        ("a", false, false),
        ("set -e\na", true, false),
        ("set -euo pipefail; a", true, true),
        ("set -o errexit -o pipefail; a", true, true),
        ("#!/bin/sh -e\na", true, false),
        ("#!/usr/bin/env bash\nset -e\nset +e\na", false, false),
        ("(set -e); a", false, false),
        ("if b; then set -e; fi; a", true, false),
        ("f() { set -e; }; a", false, false),
        ("set -e; b $(a)", true, false),
    ];
    for (text, errexit, pipefail) in cases {
        let script = script(text);
        let a = script.commands.iter().find(|it| it.program() == Some("a")).expect("a");
        assert_eq!((a.options.errexit, a.options.pipefail), (errexit, pipefail), "{text}");
    }
}

#[test]
fn guards_are_what_has_to_hold() {
    let cases = [
        ("x", ""),
        ("a && x", "a"),
        ("a || x", "!a"),
        ("a || b && x", "b"),
        ("a && b && x", "b a"),
        ("! a && x", "!a"),
        ("if a; then x; fi", "a"),
        ("if ! a; then x; fi", "!a"),
        ("if a; then b; elif c; then x; fi", "c !a"),
        ("if a; then b; elif c; then d; else x; fi", "!c !a"),
        ("if a && b; then x; fi", "a b"),
        ("a && { b; x; }", "a"),
        ("while a; do x; done", "a"),
        ("until a; do x; done", "!a"),
        ("f() { if a; then x; fi; }", "a"),
        ("if a | b; then x; fi", "b"),
    ];
    for (text, want) in cases {
        let script = script(text);
        let x = script.commands.iter().find(|it| it.program() == Some("x")).expect("x");
        let guards: Vec<String> = script
            .guards(x)
            .iter()
            .map(|guard| {
                let name = script.commands[guard.command].program().unwrap_or("?");
                format!("{}{name}", if guard.succeeds { "" } else { "!" })
            })
            .collect();
        assert_eq!(guards.join(" "), want, "{text}");
    }
}

#[test]
fn wrappers_are_seen_through() {
    let cases = [
        ("a b", "a b"),
        ("/usr/bin/pg_dump x", "pg_dump x"),
        ("sudo -u postgres pg_dump x", "pg_dump x"),
        ("exec env -i A=1 B=$c node x", "node x"),
        ("timeout -k 5 10 nice -n 5 a", "a "),
        ("dotenv -e .env -- prisma migrate dev", "prisma migrate dev"),
        ("env", "env "),
        ("command -v curl", "command -v curl"),
        ("command curl x", "curl x"),
        ("$x y", "-"),
        ("sudo $x y", "-"),
    ];
    for (text, want) in cases {
        let script = script(text);
        let shown = script.commands[0].invoked().map_or("-".to_owned(), |invoked| {
            let words: Vec<&str> = invoked.arguments.iter().map(|it| it.text.as_str()).collect();
            format!("{} {}", invoked.program, words.join(" "))
        });
        assert_eq!(shown, want, "{text}");
    }
    let script = script("A=1 env B=2 c D=3");
    let environment: Vec<_> = script.commands[0].environment().collect();
    assert_eq!(environment, [("A", "1"), ("B", "2")]);
}

#[test]
fn functions_and_conditions_are_known_of_a_command() {
    let script = script("f() { a; if b; then c; fi; }\nd");
    let facts: Vec<_> = script
        .commands
        .iter()
        .map(|it| (it.program().unwrap_or(""), script.function(it), script.is_conditional(it)))
        .collect();
    let f = Some("f");
    assert_eq!(facts, [("a", f, false), ("b", f, false), ("c", f, true), ("d", None, false)]);
}

#[test]
fn deep_and_long_texts_end_soon() {
    let openers = [
        "$(",
        "(",
        "{ ",
        "\"$(",
        "if ",
        "${a:-",
        "[[ (",
        "((",
        "$((",
        "`\\`",
        "case a in a)",
        "a=(",
        "f() ",
        "<<A ",
        "! ",
        "`",
        "a && ",
        "<(",
        "@(",
        "while ",
        "a <<E\n$(",
    ];
    for opener in openers {
        for count in [1, 50, 40_000] {
            let text = format!("{}a", opener.repeat(count));
            let start = std::time::Instant::now();
            if let Ok(script) = parse(&text) {
                for command in &script.commands {
                    let _ = script.guards(command);
                }
            }
            assert!(start.elapsed().as_secs() < 20, "{opener} {count}: {:?}", start.elapsed());
        }
    }
    assert!(parse(&"a\n".repeat(MOST_BYTES)).is_err());
}

#[test]
fn mutated_scripts_neither_panic_nor_point_outside() {
    const SOURCE: &str = "#!/bin/bash\nset -euo pipefail\nf() { local é=\"${1:-x}\"; echo \"$é\"; }\n\
        if [[ -f a && $b =~ ^(c|d)$ ]]; then f `g` | tee >(h) 2>&1; else cat <<E > i\n$(j) ${k}\nE\nfi\n\
        case \"$1\" in a|b) l=(m n) ;; *) while read -r o; do p; done <q ;; esac &\n(r && s) || $((1+2))\n";
    const PIECES: &[&str] = &[
        "'", "\"", "`", "$(", "${", "<<E\n", "(", ")", "{ ", "}", "\\", "|", "\n", "\0", "é", ";;",
    ];
    let mut seed = 0x2545_f491_4f6c_dd1d_u64;
    let mut random = move |most: usize| {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        usize::try_from(seed % most as u64).expect("smaller than a usize")
    };
    for _ in 0..3000 {
        let mut text = SOURCE.to_owned();
        for _ in 0..=random(6) {
            let mut at = random(text.len() + 1);
            while !text.is_char_boundary(at) {
                at -= 1;
            }
            match random(3) {
                0 => text.insert_str(at, PIECES[random(PIECES.len())]),
                1 if at < text.len() => drop(text.remove(at)),
                _ => text.truncate(at),
            }
        }
        let Ok(script) = parse(&text) else { continue };
        for command in &script.commands {
            let _ = (script.guards(command), command.invoked(), script.function(command));
            let words = command.words.iter().map(|word| word.region);
            for region in words.chain([command.region]) {
                assert!(text.get(region.range()).is_some(), "{text}");
            }
        }
        for block in &script.blocks {
            assert!(text.get(block.region.range()).is_some(), "{text}");
        }
    }
}
