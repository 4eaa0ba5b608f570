//! Tests of the loaders: what each engine says about the same text.

use super::*;

/// What the process environment holds in these tests.
fn environment(name: &str) -> Option<String> {
    match name {
        "HOME_DIR" => Some("/home/me".to_owned()),
        "EMPTY" => Some(String::new()),
        _ => None,
    }
}

/// The result as text: `KEY=value` by `|`, a name alone without `=`, or
/// `refused`.
fn shown(text: &str, loader: Loader) -> String {
    let loaded = load(text, loader, &environment);
    if loaded.error.is_some() {
        assert!(loaded.values.is_empty());
        return "refused".to_owned();
    }
    let entries = loaded.values.into_iter().map(|entry| match entry.value {
        Some(value) => format!("{}={value}", entry.key),
        None => entry.key,
    });
    entries.collect::<Vec<_>>().join("|")
}

fn check(loader: Loader, cases: &[(&str, &str)]) {
    for (text, expected) in cases {
        assert_eq!(shown(text, loader), *expected, "{loader:?} of {text:?}");
    }
}

#[test]
fn dotenv_reads_what_its_expression_matches() {
    check(
        Loader::Dotenv,
        &[
            ("", ""),
            ("A=1", "A=1"),
            ("  export A = 1  \r\nB=2\rC=3", "A=1|B=2|C=3"),
            ("A=x#cut\nB=#all", "A=x|B="),
            ("A=x # note", "A=x"),
            ("A=\"a\\nb\\tc\\\"d\"", "A=a\nb\\tc\\\"d"),
            ("A='it\\'s'", "A=it\\'s"),
            ("A=`b 'c' \"d\"` # note", "A=b 'c' \"d\""),
            ("A=\"open\nB=2", "A=\"open|B=2"),
            ("A=\"x\" y", "A=\"x\" y"),
            ("A=\"x\" \"y\"", "A=x\" \"y"),
            ("A=\"C:\\dir\\\"\nB=1", "A=C:\\dir\\|B=1"),
            ("A=\"one\n two\"\nB=1", "A=one\n two|B=1"),
            ("A: yes\nB:no", "A=yes"),
            ("A\n=\n'x'\nB=", "A=x|B="),
            ("export\nA=1\nexport =2", "A=1|export=2"),
            ("export A\nA\nB C=1\n\"D\"=1\n=1\nÉ=1", ""),
            ("A-B.c=1\n2=3", "A-B.c=1|2=3"),
            ("A=1\nB=2\nA=3", "A=3|B=2"),
            ("\u{feff}A=1", "A=1"),
            ("A=$HOME_DIR${B}", "A=$HOME_DIR${B}"),
            ("A=a\u{2028}'b'\nB='c'\u{2028}d", "A=a\u{2028}b|B=c"),
            ("__proto__=1\nA=1", "A=1"),
        ],
    );
}

#[test]
fn next_expands_in_every_quote_and_from_the_end() {
    check(
        Loader::Next,
        &[
            ("A=1\nB=$A\nC='${A}'\nD=\"x${A}y\"", "A=1|B=1|C=1|D=x1y"),
            ("B=$A\nA=1", "B=1|A=1"),
            ("A=$HOME_DIR", "A=/home/me"),
            ("HOME_DIR=x\nA=$HOME_DIR", "A=/home/me"),
            ("A=${NONE:-d}\nB=${NONE-d}\nC=${EMPTY:-d}", "A=d|B=-d}|C=d"),
            ("A=1\nB=2\nC=$A$B\nD=${A}${B}", "A=1|B=2|C=|D=12"),
            ("A=\\$B\nB=1\nC=$A", "A=$B|B=1|C=1"),
            ("A=pa$$word", "A=pa$"),
            ("A=x$ y", "A=x$ y"),
            ("A=$1x", "A="),
            ("A=\\$$\nB=<$A>", "A=$$|B=<$>"),
            ("A=\\$&\nB=<$A>", "refused"),
            ("A=$A", "refused"),
            ("A=1\nB=$C\nC=$B", "refused"),
            ("A=$7\n7=$B\nB=1", "A=1|7=1|B=1"),
        ],
    );
}

#[test]
fn compose_interpolates_and_refuses() {
    check(
        Loader::Compose,
        &[
            ("A=x#kept # cut\nB= #kept\nC=x\t# kept", "A=x#kept|B=#kept|C=x\t# kept"),
            ("A='it\\'s' B=2", "A=it's|B=2"),
            ("A=\"a\\n\\t\\\"\\\\\\c\\$A\"", "A=a\n\t\"\\\\c$A"),
            ("A=\"\\0101\\07\\0400\\0\"", "A=A\\7\\400\\"),
            ("A=`x`", "A=`x`"),
            ("A=1\nB=$A\nC='$A'\nD=${A}x$Ay", "A=1|B=1|C=$A|D=1x"),
            ("B=$A\nA=1", "B=|A=1"),
            ("A=$HOME_DIR\nHOME_DIR=x\nB=$HOME_DIR", "A=/home/me|HOME_DIR=x|B=/home/me"),
            ("A=pa$$word\nB=$2b$10$x", "A=pa$word|B=$2b$10"),
            ("A=${B-d}${B:-e}${EMPTY-f}${EMPTY:-g}", "A=deg"),
            ("A=${B+d}${HOME_DIR+e}${EMPTY+f}${EMPTY:+g}", "A=ef"),
            ("A=${B:-${C:-x}}y}", "A=xy}"),
            ("A=${B:-{x}}", "A={x}"),
            ("A=${HOME_DIR?m}${EMPTY?m}", "A=/home/me"),
            ("A=${EMPTY:?m}", "refused"),
            ("A=${B?m}", "refused"),
            ("A=${}", "refused"),
            ("A=${B", "refused"),
            ("A=${B.C}", "refused"),
            ("A=${B:-x\n}", "refused"),
            ("A=\"x\nB=1", "refused"),
            ("A=\"x\" y z\n", "refused"),
            ("A=\"x\" y", "A=x|=y"),
            ("A B=1", "refused"),
            ("\"A\"=1", "refused"),
            ("export ", "refused"),
            ("HOME_DIR\nNONE\nexport EMPTY\nA=1", "HOME_DIR=/home/me|EMPTY=|A=1"),
            ("A=1\nB", "A=1|=B"),
            ("A:1\nB: 2\n=3\nÉ[0]=4", "A=1|B=2|=3|É[0]=4"),
            ("A=1\rB=2", "A=1\rB=2"),
            ("A=1\r\nB='x\r\ny'", "A=1|B=x\r\ny"),
            ("\u{feff}A=1 \n# note\n  # B=1", "A=1"),
        ],
    );
}

#[test]
fn python_skips_the_lines_it_cannot_read() {
    check(
        Loader::PythonDotenv,
        &[
            ("A=x#kept # cut\nB=#kept\nC= #cut\nD=x\t#cut", "A=x#kept|B=#kept|C=|D=x"),
            ("A=\"a\\n\\t\\\"\\\\\\c\\$\"", "A=a\n\t\"\\\\c\\$"),
            ("A='it\\'s \\n \\\\'", "A=it's \\n \\"),
            ("A=`x`", "A=`x`"),
            ("A=\"open\nB=1", "B=1"),
            ("A=\"x\" y\nB=1", "B=1"),
            ("A=\"x\"# note\nB='one\ntwo'", "A=x|B=one\ntwo"),
            ("A B=1\n=1\nC=1", "C=1"),
            ("A\nexport B\n'C d'=1\n\"E\"=1\n$F=1", "A|B|C d=1|\"E\"=1|$F=1"),
            ("A=1\nB=${A}\nC='${A}'\nD=$A", "A=1|B=1|C=1|D=$A"),
            ("A=${HOME_DIR}\nHOME_DIR=x\nB=${HOME_DIR}", "A=/home/me|HOME_DIR=x|B=x"),
            ("A=${NONE:-d}\nB=${NONE-d}\nC=${EMPTY:-d}", "A=d|B=|C="),
            ("A=${NONE:?m}${${B:-x}}", "A=${NONE:?m}x}"),
            ("A=${A}\nB=${A", "A=|B=${A"),
            ("A=1\rB=2\r\nC=3", "A=1|B=2|C=3"),
            ("\u{feff}A=1", "A=1"),
        ],
    );
}

#[test]
fn a_value_knows_where_its_name_is() {
    let text = "# é\r\nA=1\r\nexport B='x\r\ny'\rA=2\n";
    for loader in [Loader::Dotenv, Loader::Next, Loader::PythonDotenv] {
        let loaded = load(text, loader, &environment);
        let starts: Vec<_> = loaded
            .values
            .iter()
            .map(|entry| (entry.key_region.start, entry.key_region.of(text)))
            .collect();
        assert_eq!(starts, [(27, "A"), (18, "B")], "{loader:?}");
    }
    let loaded = load("A=1\nB=${", Loader::Compose, &environment);
    assert_eq!(loaded.error.map(|error| error.region), Some(Region::new(4, 5)));
}

#[test]
fn expansion_is_bounded() {
    let mut doubling = String::from("A0=0123456789\n");
    for n in 1..60 {
        doubling.push_str(&format!("A{n}=${{A{0}}}${{A{0}}}\n", n - 1));
    }
    let nested = format!("A={}x{}", "${B:-".repeat(5_000), "}".repeat(5_000));
    let tail_doubling = format!("A=\\$'\\$'\nB={}", "${A}x".repeat(1_000));
    for loader in [Loader::Next, Loader::Compose, Loader::PythonDotenv] {
        assert_eq!(shown(&doubling, loader), "refused", "{loader:?}");
        for text in [&nested, &tail_doubling] {
            let loaded = load(text, loader, &environment);
            let size: usize = loaded
                .values
                .iter()
                .filter_map(|entry| entry.value.as_ref())
                .map(String::len)
                .sum();
            assert!(size < 2 << 20, "{loader:?}");
        }
    }
}

#[test]
fn long_texts_give_no_more_than_they_hold() {
    let texts = [
        "A=\"\n".repeat(30_000),
        "A='\\'\n".repeat(30_000),
        format!("A={}", "${B:-x}".repeat(30_000)),
        format!("A={}{}", "${B:-x}".repeat(10_000), "y".repeat(200_000)),
        format!("A={}:", "${".repeat(60_000)),
        format!("A=\"{}", "\\\" x".repeat(60_000)),
        format!("A={}", " \n".repeat(60_000)),
        "A\n".repeat(60_000),
    ];
    for text in &texts {
        for loader in [Loader::Dotenv, Loader::Compose, Loader::PythonDotenv] {
            let loaded = load(text, loader, &environment);
            // A loader gives up on the whole file or reads it to the end.
            let size: usize = loaded
                .values
                .iter()
                .filter_map(|entry| entry.value.as_ref())
                .map(String::len)
                .sum();
            assert!(loaded.error.is_some() || size <= text.len(), "{loader:?}: {size}");
        }
    }
}

#[test]
fn debug_shows_no_value() {
    let shown = format!("{:?}", load("A=hunter2hunter2", Loader::Dotenv, &environment));
    assert!(!shown.contains("hunter2"), "{shown}");
}
