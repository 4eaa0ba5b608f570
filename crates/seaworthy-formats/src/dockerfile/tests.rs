//! What Dockerfiles come to, case by case.

use super::*;

fn file(text: &str) -> Dockerfile {
    let file = Dockerfile::parse(text);
    let inside = |region: Region| region.start <= region.end && region.end <= text.len();
    for instruction in &file.instructions {
        assert!(inside(instruction.region) && inside(instruction.keyword.region), "{text:?}");
        assert!(!instruction.keyword.region.of(text).is_empty(), "{text:?}");
    }
    file
}

fn shown(text: &str) -> Vec<String> {
    file(text).instructions().iter().map(show).collect()
}

fn words(words: &[Word]) -> String {
    words.iter().map(|word| word.raw.as_str()).collect::<Vec<_>>().join("|")
}

fn line(line: &CommandLine) -> String {
    match line {
        CommandLine::Shell(text) => format!("sh {}", text.raw),
        CommandLine::Exec(list) => format!("exec {}", words(list)),
    }
}

fn pairs(pairs: &[Assignment]) -> String {
    let show = |pair: &Assignment| match &pair.value {
        Some(value) => format!("{}→{}", pair.key.raw, value.raw),
        None => pair.key.raw.clone(),
    };
    pairs.iter().map(show).collect::<Vec<_>>().join("|")
}

fn show(instruction: &Instruction) -> String {
    let mut text = match &instruction.command {
        Command::From(from) => {
            let name = from.name.as_ref().map_or("", |name| &name.raw);
            format!("from {} {name}", from.image.raw)
        }
        Command::Arg(list) => format!("arg {}", pairs(list)),
        Command::Env(list) => format!("env {}", pairs(list)),
        Command::Label(list) => format!("label {}", pairs(list)),
        Command::Run(command) => format!("run {}", line(command)),
        Command::Cmd(command) => format!("cmd {}", line(command)),
        Command::Entrypoint(command) => format!("entrypoint {}", line(command)),
        Command::Shell(list) => format!("shell {}", words(list)),
        Command::Copy(copy) => format!("copy {} > {}", words(&copy.sources), copy.destination.raw),
        Command::Add(copy) => format!("add {} > {}", words(&copy.sources), copy.destination.raw),
        Command::User(user) => format!("user {}", user.raw),
        Command::Workdir(path) => format!("workdir {}", path.raw),
        Command::Expose(list) => format!("expose {}", words(list)),
        Command::Volume(list) => format!("volume {}", words(list)),
        Command::StopSignal(signal) => format!("stopsignal {}", signal.raw),
        Command::Maintainer(name) => format!("maintainer {}", name.raw),
        Command::Healthcheck(Probe::None) => "healthcheck none".to_owned(),
        Command::Healthcheck(Probe::Run(command)) => format!("healthcheck {}", line(command)),
        Command::Onbuild(inner) => format!("onbuild {}", show(inner)),
        Command::Refused => "refused".to_owned(),
        Command::Unknown => format!("unknown {}", instruction.keyword.raw),
    };
    for flag in &instruction.flags {
        text.push_str(&format!(" --{}={}", flag.name, flag.value.as_deref().unwrap_or("")));
    }
    for heredoc in &instruction.heredocs {
        text.push_str(&format!(" <<{}", heredoc.name));
    }
    text.trim_end().to_owned()
}

#[test]
fn instructions_are_taken_apart() {
    let cases: &[(&str, &str)] = &[
        ("FROM node:22", "from node:22"),
        ("from node AS Build", "from node Build"),
        ("FROM --platform=$BUILDPLATFORM node as b", "from node b --platform=$BUILDPLATFORM"),
        ("\u{FEFF}FROM a", "from a"),
        ("FROM a\r\n", "from a"),
        ("FROM\ta  AS\tb", "from a b"),
        ("ARG A", "arg A"),
        ("ARG A=1 B C=\"x y\"", "arg A→1|B|C→\"x y\""),
        ("ENV A 1 2  3", "env A→1 2  3"),
        ("ENV A=1 B='2 3' C=4\\ 5", "env A→1|B→'2 3'|C→4\\ 5"),
        ("ENV A=", "env A→"),
        ("ENV \"A B\"=c", "env \"A B\"→c"),
        ("ENV A=b=c", "env A→b=c"),
        ("LABEL a.b=\"c\" d=e", "label a.b→\"c\"|d→e"),
        ("RUN echo 1 && true", "run sh echo 1 && true"),
        ("RUN [\"a\", \"b c\"]", "run exec a|b c"),
        ("RUN ['a', 'b']", "run sh ['a', 'b']"),
        ("CMD [\"a\" \"b\"]", "cmd sh [\"a\" \"b\"]"),
        ("CMD [\"a\",]", "cmd sh [\"a\",]"),
        ("CMD [\"a\"] x", "cmd sh [\"a\"] x"),
        ("CMD [ \"a\\u0062\\\"\" ]", "cmd exec ab\""),
        ("CMD []", "cmd exec"),
        ("CMD", "cmd sh"),
        ("CMD [\"a\", 1]", "refused"),
        ("CMD [\"a\", {\"b\": [null, -1.5e3]}]", "refused"),
        ("CMD [\"a\", b]", "cmd sh [\"a\", b]"),
        ("ENTRYPOINT [\"/x\"]", "entrypoint exec /x"),
        ("SHELL [\"/bin/sh\", \"-c\"]", "shell /bin/sh|-c"),
        ("SHELL /bin/sh", "refused"),
        ("COPY a b /c/", "copy a|b > /c/"),
        ("COPY --from=0 --chown=1:1 a b", "copy a > b --from=0 --chown=1:1"),
        ("COPY --link a b", "copy a > b --link="),
        ("COPY [\"a b\", \"c\"]", "copy a b > c"),
        ("COPY a", "refused"),
        ("ADD --checksum=sha256:1 https://x y", "add https://x > y --checksum=sha256:1"),
        (
            "RUN --mount=type=cache,target=/x --network=none y",
            "run sh y --mount=type=cache,target=/x --network=none",
        ),
        ("RUN --mount=\"type=cache, target=/x\" y", "run sh y --mount=type=cache, target=/x"),
        ("RUN -- y", "run sh y"),
        ("USER 1000:1000", "user 1000:1000"),
        ("USER", "refused"),
        ("WORKDIR /a b", "workdir /a b"),
        ("EXPOSE 80 443/udp", "expose 80|443/udp"),
        ("VOLUME /a /b", "volume /a|/b"),
        ("VOLUME [\"/a\"]", "volume /a"),
        ("STOPSIGNAL SIGTERM", "stopsignal SIGTERM"),
        ("MAINTAINER a <b@c>", "maintainer a <b@c>"),
        ("HEALTHCHECK NONE", "healthcheck none"),
        ("HEALTHCHECK none x", "refused"),
        ("HEALTHCHECK --interval=5s CMD curl x", "healthcheck sh curl x --interval=5s"),
        ("HEALTHCHECK CMD [\"a\"]", "healthcheck exec a"),
        ("HEALTHCHECK CMD", "refused"),
        ("HEALTHCHECK curl x", "refused"),
        ("ONBUILD COPY . .", "onbuild copy . > ."),
        ("ONBUILD ONBUILD RUN x", "onbuild refused"),
        ("ONBUILD FROM x", "onbuild refused"),
        ("HEALTH CHECK", "unknown HEALTH"),
        ("npm ci", "unknown npm"),
        ("FROM", "refused"),
        ("FROM a b", "refused"),
        ("FROM a AS 1b", "refused"),
        ("FROM {{ base }}", "refused"),
        ("ENV A=1 B", "refused"),
        ("ENV A", "refused"),
        ("ENV =1", "refused"),
        ("LABEL", "refused"),
    ];
    for (text, want) in cases {
        assert_eq!(shown(text), [*want], "{text}");
    }
}

#[test]
fn lines_are_joined_as_buildkit_joins_them() {
    let cases: &[(&str, &[&str])] = &[
        ("RUN a \\\n b", &["run sh a  b"]),
        ("RUN a \\ \t\n b", &["run sh a  b"]),
        ("RUN a \\\r\n b\r\n", &["run sh a  b"]),
        ("RUN a \\\n# no\n  # no\n b", &["run sh a  b"]),
        ("RUN a \\\n\n\n b\nUSER x", &["run sh a  b", "user x"]),
        ("RUN a\\\nb", &["run sh ab"]),
        ("RUN a \\\\\nUSER x", &["run sh a \\\\", "user x"]),
        ("RUN a \\", &["run sh a"]),
        ("\\\nUSER x", &["user x"]),
        ("US\\\nER x", &["user x"]),
        (
            "# escape=`\nRUN a `\n b\nWORKDIR C:\\\nUSER x",
            &["run sh a  b", "workdir C:\\", "user x"],
        ),
        ("#escape = `\nRUN a `\n b", &["run sh a  b"]),
        ("# a comment\n# escape=`\nRUN a `\nUSER x", &["run sh a `", "user x"]),
        ("\n# escape=`\nRUN a `\nUSER x", &["run sh a `", "user x"]),
        ("# syntax=docker/dockerfile:1\n# escape=`\nRUN a `\n b", &["run sh a  b"]),
        ("# comment \\\nUSER x", &["user x"]),
        ("RUN a # no comment\nUSER x", &["run sh a # no comment", "user x"]),
        ("ENV A=1 \\\n    # why\n    B=2", &["env A→1|B→2"]),
        ("", &[]),
        ("# only\n", &[]),
    ];
    for (text, want) in cases {
        assert_eq!(shown(text), *want, "{text:?}");
    }
}

#[test]
fn heredocs_belong_to_their_instruction() {
    let cases: &[(&str, &[&str])] = &[
        ("RUN <<EOF\nUSER x\nEOF\nUSER y", &["run sh <<EOF <<EOF", "user y"]),
        ("RUN cat <<EOF > /f\nx\nEOF\nUSER y", &["run sh cat <<EOF > /f <<EOF", "user y"]),
        ("COPY <<A <<\"B\" /c/\n1\nA\n2\nB\nUSER y", &["copy  > /c/ <<A <<B", "user y"]),
        ("RUN <<-EOF\n\tx\n\tEOF\nUSER y", &["run sh <<-EOF <<EOF", "user y"]),
        ("RUN <<EOF\n EOF\nEOF\nUSER y", &["run sh <<EOF <<EOF", "user y"]),
        ("RUN python3 <<'E O'\nx\nE O\nUSER y", &["run sh python3 <<'E O' <<E O", "user y"]),
        ("RUN cat <<<x\nUSER y", &["run sh cat <<<x", "user y"]),
        ("RUN echo $((1<<3))\nUSER y", &["run sh echo $((1<<3))", "user y"]),
        ("RUN echo $(( 1 << 3 ))\nUSER y", &["run sh echo $(( 1 << 3 ))", "user y"]),
        ("RUN echo '<<EOF'\nUSER y", &["run sh echo '<<EOF'", "user y"]),
        ("RUN [\"a\", \"<<EOF\"]\nUSER y", &["run exec a|<<EOF", "user y"]),
        ("RUN a<<EOF\nUSER y", &["run sh a<<EOF", "user y"]),
        ("RUN 3<<EOF a\nx\nEOF\nUSER y", &["run sh 3<<EOF a <<EOF", "user y"]),
        ("ONBUILD RUN <<EOF\nx\nEOF\nUSER y", &["onbuild run sh <<EOF <<EOF", "user y"]),
        ("CMD cat <<EOF\nUSER y", &["cmd sh cat <<EOF", "user y"]),
        ("RUN <<EOF\nx\nUSER y", &["run sh <<EOF", "unknown x", "user y"]),
        ("RUN a \\\n <<EOF\nx \\\nEOF\nUSER y", &["run sh a  <<EOF <<EOF", "user y"]),
    ];
    for (text, want) in cases {
        assert_eq!(shown(text), *want, "{text:?}");
    }
    let text = "FROM a\nRUN <<'A' <<B\n$x\nA\n$y\nB\n";
    let file = file(text);
    let [a, b] = &file.instructions()[1].heredocs[..] else { panic!("two are written") };
    assert_eq!((a.expands, a.body.of(text)), (false, "$x\n"));
    assert_eq!((b.expands, b.body.of(text)), (true, "$y\n"));
}

#[test]
fn regions_lead_back_into_the_text() {
    let text = "FROM node\nENV A=1 \\\n  # why\n  BC=\"2 3\"\nCMD [\"x\", \"y\"]\n";
    let file = file(text);
    let Command::Env(list) = &file.instructions()[1].command else { panic!("it is one") };
    let regions: Vec<&str> = list
        .iter()
        .flat_map(|pair| [pair.key.region, pair.value.as_ref().expect("has one").region])
        .map(|region| region.of(text))
        .collect();
    assert_eq!(regions, ["A", "1", "BC", "\"2 3\""]);
    assert_eq!(file.instructions()[1].first_line.of(text), "ENV A=1");
    assert!(file.instructions()[1].region.of(text).ends_with("BC=\"2 3\""));
    let Command::Cmd(CommandLine::Exec(list)) = &file.instructions()[2].command else {
        panic!("it is one")
    };
    assert_eq!(list[1].region.of(text), "y");
    assert_eq!(file.comments()[0].of(text), "# why");
}

#[test]
fn errors_have_a_place_and_reading_goes_on() {
    let cases: &[(&str, &str, &str)] = &[
        ("", "", "no instruction"),
        ("ARG A", "", "no FROM"),
        ("RUN x\nFROM a", "RUN", "before any FROM"),
        ("# escape=x\nFROM a", "# escape=x", "escape directive"),
        ("# escape=`\n# escape=`\nFROM a", "# escape=`", "twice"),
        ("FROM a\nCOPY x", "COPY", "destination"),
        ("FROM a\nRUN --foo=1 x", "--foo=1", "no such flag"),
        ("FROM a\nRUN <<EOF\nx", "<<EOF", "not closed"),
        ("FROM a\nCMD [1]", "CMD", "strings"),
        ("FROM a\nONBUILD USER", "USER", "missing"),
        ("FROM a\nENV A=\"b", "\"b", "double quote"),
        ("FROM a\nCOPY \"a b\" c", "\"a", "double quote"),
        ("FROM a\nWORKDIR ${A^^}", "${A^^}", "modifier"),
    ];
    for (text, place, message) in cases {
        let file = file(&format!("{text}\n"));
        let error = file.errors().iter().find(|error| error.message.contains(message));
        let error = error.unwrap_or_else(|| panic!("{text:?}: {:?}", file.errors()));
        assert_eq!(error.region.of(text), *place, "{text:?}");
    }
    let file = file("FROM a\nHEALTH CHECK x\nUSER 1\n");
    assert!(file.errors().is_empty());
    assert_eq!(file.instructions()[1].command, Command::Unknown);
}

#[test]
fn words_are_expanded_as_buildkit_expands_them() {
    let cases: &[(&str, Result<&str, NoValue>)] = &[
        ("a", Ok("a")),
        ("$A", Ok("1")),
        ("${A}x", Ok("1x")),
        ("$A.$B", Ok("1.")),
        ("\"$A b\"", Ok("1 b")),
        ("'$A'", Ok("$A")),
        ("\\$A", Ok("$A")),
        ("\"\\$A \\\" \\x\"", Ok("$A \" \\x")),
        ("${N}", Ok("")),
        ("${N:-d}", Ok("d")),
        ("${N-d}", Ok("d")),
        ("${B:-d}", Ok("d")),
        ("${B-d}", Ok("")),
        ("${A:+y}", Ok("y")),
        ("${B:+y}", Ok("")),
        ("${B+y}", Ok("y")),
        ("${N:-${A}2}", Ok("12")),
        ("${N:-\"a b\"}", Ok("a b")),
        ("${A:?no}", Ok("1")),
        ("${N:?no}", Err(NoValue::Refused("a variable that is required is not set"))),
        ("$U", Err(NoValue::Unknown)),
        ("${U:-d}", Err(NoValue::Unknown)),
        ("${V#*.}", Ok("b.c")),
        ("${V##*.}", Ok("c")),
        ("${V%.*}", Ok("a.b")),
        ("${V%%.*}", Ok("a")),
        ("${V#x}", Ok("a.b.c")),
        ("${V/./-}", Ok("a-b.c")),
        ("${V//./-}", Ok("a-b-c")),
        ("${V//?/x}", Ok("xxxxx")),
        ("${V/b*/x}", Ok("a.x")),
        ("${A^^}", Err(NoValue::Refused("a substitution has an unknown modifier"))),
        ("${}", Err(NoValue::Refused("a substitution has no name"))),
        ("${A", Err(NoValue::Refused("a substitution ${…} is not closed"))),
        ("'a", Err(NoValue::Refused("a single quote is not closed"))),
        ("\"a", Err(NoValue::Refused("a double quote is not closed"))),
        ("$", Ok("$")),
        ("a$.b", Ok("a$.b")),
        ("a\\", Ok("a")),
    ];
    let lookup = |name: &str| match name {
        "A" => Value::Known("1".to_owned()),
        "B" => Value::Known(String::new()),
        "V" => Value::Known("a.b.c".to_owned()),
        "U" => Value::Unknown,
        _ => Value::Unset,
    };
    for (word, want) in cases {
        let want = want.map(str::to_owned);
        assert_eq!(expand(word, '\\', &lookup), want, "{word}");
    }
    assert_eq!(expand("C:\\a `$A", '`', &lookup), Ok("C:\\a $A".to_owned()));
}

const STAGES: &str = "\
ARG TAG=22
ARG FLAVOUR
FROM node:${TAG}-alpine AS base
ENV PORT=3000 HOST=0.0.0.0
WORKDIR /app
USER node
CMD [\"base\"]
EXPOSE $PORT 9000-9001/udp
HEALTHCHECK CMD true
FROM base AS Build
ARG TAG
ARG WHO=me
WORKDIR src
ENV IMAGE=node:$TAG WHO2=$WHO PATH=$PATH:/x
USER root
FROM build AS run
ENTRYPOINT [\"run\"]
FROM nginx:$FLAVOUR
FROM scratch
COPY --from=build /a /b
COPY --from=1 /a /b
";

#[test]
fn stages_inherit_what_others_set() {
    let file = file(STAGES);
    let none: Arguments<'_> = &|_| None;
    let at = |name| file.target(Some(name)).expect("there is such a stage");
    let run = file.image(at("RUN"), none);
    assert_eq!(run.stages, [2, 1, 0]);
    assert_eq!(run.base, Base::Image("node:22-alpine".to_owned()));
    assert_eq!(run.user.and_then(|user| user.value).as_deref(), Some("root"));
    assert_eq!(run.workdir.and_then(|path| path.value).as_deref(), Some("/app/src"));
    assert_eq!(run.env["PORT"].as_deref(), Some("3000"));
    assert_eq!(run.env["IMAGE"].as_deref(), Some("node:22"));
    assert_eq!(run.env["WHO2"].as_deref(), Some("me"));
    assert_eq!(run.env["PATH"], None);
    assert!(run.cmd.is_none(), "an entry point drops the command of another stage");
    assert!(run.healthcheck.is_some());
    let exposed: Vec<Option<ExposedPort>> =
        run.exposed.into_iter().map(|port| port.value).collect();
    assert!(exposed[0].as_ref().is_some_and(|port| port.is_tcp(3000) && !port.is_tcp(3001)));
    assert!(exposed[1].as_ref().is_some_and(|port| !port.is_tcp(9000) && port.last == 9001));
    let base = file.image(at("base"), none);
    assert_eq!(base.user.and_then(|user| user.value).as_deref(), Some("node"));
    assert!(base.cmd.is_some());
    assert_eq!(file.image(3, none).base, Base::Unknown);
    let given: Arguments<'_> = &|name| (name == "FLAVOUR").then(|| "alpine".to_owned());
    assert_eq!(file.image(3, given).base, Base::Image("nginx:alpine".to_owned()));
    assert_eq!(file.target(None), Some(4));
    assert_eq!(file.image(4, none).base, Base::Scratch);
    assert_eq!(file.target(Some("3")), Some(3));
    assert_eq!(file.target(Some("9")), None);
    assert_eq!(file.target(Some("other")), None);
    assert_eq!(file.copied_from("BUILD", 4), Some(1));
    assert_eq!(file.copied_from("1", 4), Some(1));
    assert_eq!(file.copied_from("4", 4), None);
}

#[test]
fn a_stage_named_like_its_image_is_based_on_the_image() {
    let file = file("FROM a AS a\nFROM a AS a\n");
    assert_eq!(file.image(1, &|_| None).stages, [1, 0]);
    assert_eq!(file.image(0, &|_| None).base, Base::Image("a".to_owned()));
}

#[test]
fn hostile_files_end_soon() {
    let doubling = format!("FROM scratch\nENV A=aaaaaaaaaaaaaaaa\n{}", "ENV A=$A$A\n".repeat(200));
    let doubled = file(&doubling);
    assert_eq!(doubled.image(0, &|_| None).env["A"], None);
    let many = "FROM a\n".repeat(100_000);
    assert_eq!(file(&many).stages().len(), MOST_STAGES);
    let wide: String = (0..15_000).map(|n| format!("ENV A{n}=$A{}$B\n", n / 2)).collect();
    let wide = format!("FROM scratch\nENV B={}\n{wide}", "b".repeat(20_000));
    let known: usize =
        file(&wide).image(0, &|_| None).env.values().flatten().map(String::len).sum();
    assert!(known <= 5 << 20);
    let deep = format!("FROM a\nENV A={}\n", "${A:-".repeat(50_000));
    assert_eq!(file(&deep).image(0, &|_| None).env["A"], None);
    let open = format!("FROM a\nRUN {}\n", "<<E".repeat(50_000));
    assert_eq!(file(&open).instructions().len(), 2);
    let heredocs = format!("FROM a\nRUN {}\n{}", "<<E ".repeat(5_000), "x\n".repeat(5_000));
    assert!(!file(&heredocs).errors().is_empty());
    let nested = format!("FROM a\nCMD {}\n", "[".repeat(100_000));
    assert_eq!(shown(&nested)[1].len(), "cmd sh ".len() + 100_000);
    let onbuild = format!("FROM a\n{}RUN x\n", "ONBUILD ".repeat(10_000));
    assert_eq!(file(&onbuild).instructions().len(), 2);
    assert_eq!(file(&"\\\n".repeat(100_000)).instructions().len(), 0);
    assert!(!file(&"x".repeat(3 << 20)).errors().is_empty());
}
