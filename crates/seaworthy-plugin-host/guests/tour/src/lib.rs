//! A plugin that asks everything that the contract offers and reports the answers,
//! each as a finding: what a host does not serve, or serves in another shape than
//! the SDK reads, shows.

use std::fmt::Debug;

use seaworthy_plugin_api::{
    Context, Document, Region, Rule, Selector, Stack, log, plugin, repo, values,
};

static FILE: Rule = Rule {
    id: "file",
    summary: "everything about a file",
    help: "Flags every file, with all that can be asked about it.\n",
    ..Rule::file(&[Selector::ANY], file)
};

static REPOSITORY: Rule = Rule {
    id: "repository",
    summary: "everything about the repository",
    help: "Flags the repository, with all that can be asked about it.\n",
    ..Rule::repository(&[], repository)
};

static HOARD: Rule = Rule {
    id: "hoard",
    summary: "more documents than anybody needs",
    help: "Flags nothing, and holds documents until it is stopped.\n",
    enabled: false,
    ..Rule::repository(&[], hoard)
};

static COUNT: Rule = Rule {
    id: "count",
    summary: "how much of a large file is shown",
    help: "Flags every file, with the lengths of the lists that are given of it.\n",
    enabled: false,
    ..Rule::file(&[Selector::ANY], count)
};

/// An answer as text.
fn told(question: &str, answer: impl Debug) -> String {
    let mut text = format!("{question}: {answer:?}");
    text.truncate(text.floor_char_boundary(4_000));
    text
}

fn file(file: &Document, cx: &mut Context<'_>) {
    log::log(log::Level::Info, &format!("looking at {}", file.path()));
    let mut tell = |question: &str, answer: String| {
        cx.report_file(answer).evidence(question);
    };
    macro_rules! ask {
        ($($question:ident($($argument:expr),*)),* $(,)?) => {
            $(tell(stringify!($question), told(stringify!($question), file.$question($($argument),*)));)*
        };
    }
    ask!(
        path(),
        kind(),
        notation(),
        role(),
        environment(),
        is_tracked(),
        is_ignored(),
        size(),
        is_exact(),
        text(),
        slice(Region::new(0, 3)),
        slice(Region::new(3, 0)),
        position(5),
        line(1),
        find("a"),
        comments(),
        problems(),
        is_uncertain(),
        env_entries(),
        env_loaders(),
        env_load("compose"),
        env_load("bash"),
        definitions(),
        tree(),
        select("services.*.image"),
        select("a.."),
        ignore_rules(),
        packages(),
        dependencies(),
        header_rules(),
        routes(),
    );
    for stack in file.stacks() {
        project(&stack, &mut tell);
    }
}

fn project(stack: &Stack, tell: &mut dyn FnMut(&str, String)) {
    macro_rules! ask {
        ($($question:ident($($argument:expr),*)),* $(,)?) => {
            $(tell(
                concat!("stack.", stringify!($question)),
                told(concat!("stack.", stringify!($question)), stack.$question($($argument),*)),
            );)*
        };
    }
    ask!(
        files(),
        name(),
        role(),
        environment(),
        may_be_production(),
        is_partial(),
        dotenv(),
        services(),
        environment_of("db"),
        environment_of("nobody"),
        select("services.db.ports[*]"),
    );
}

fn repository(cx: &mut Context<'_>) {
    let mut tell = |question: &str, answer: String| {
        cx.report_in("compose.yml", None, answer).evidence(question);
    };
    macro_rules! ask {
        ($($module:ident::$question:ident($($argument:expr),*)),* $(,)?) => {
            $(tell(
                stringify!($question),
                told(stringify!($question), $module::$question($($argument),*)),
            );)*
        };
    }
    ask!(
        repo::find("*.{yml,json}"),
        repo::of_kind("env"),
        repo::containing("postgres"),
        repo::exists(".env"),
        repo::exists("no/such"),
        repo::is_tracked(".env"),
        repo::is_ignored(".env"),
        repo::ignored_by(".env"),
        repo::definitions(Some("DB_PASSWORD")),
        repo::definitions(None),
        repo::packages(),
        repo::project_names(),
        values::judge("JWT_SECRET", "sunshine"),
        values::parse_url("redis://:secret@cache:6379/0"),
    );
    tell("open", told("open", repo::open("compose.yml").map(|file| file.size())));
    tell("open", told("open", repo::open("no/such").map(|file| file.size())));
    tell("stacks", told("stacks", repo::stacks().len()));
}

fn hoard(_: &mut Context<'_>) {
    let mut held = Vec::new();
    while let Some(file) = repo::open("compose.yml") {
        held.push(file);
    }
}

fn count(file: &Document, cx: &mut Context<'_>) {
    let text = file.text().len();
    let tree = file.tree().map(|nodes| nodes.len());
    let select = file.select("**").map(|nodes| nodes.len());
    let last = file.select("[199999]").map(|nodes| nodes.len());
    let entries = file.env_entries().map(|entries| entries.len());
    let found = file.find("1").len();
    cx.report_file(told("count", (text, tree, select, last, entries, found)));
}

plugin! {
    name: "tour",
    summary: "Everything that can be asked",
    rules: [FILE, REPOSITORY, HOARD, COUNT],
}
