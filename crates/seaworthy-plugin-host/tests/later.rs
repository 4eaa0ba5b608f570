//! A later host: what was built for 1.0.0 of the contract runs unchanged in one that
//! speaks a 1.1.0 with more methods and functions.
//!
//! `tests/later_contract` is the contract with those two things added. Its host has
//! nothing but what the bindings are made of, so that only the rules of linking
//! decide.

use std::path::Path;

use wasmtime::component::{Component, HasSelf, Linker, Resource};
use wasmtime::{Engine, Store};

use crate::guest::{Finding, Guest};

mod bindings {
    wasmtime::component::bindgen!({
        path: "tests/later_contract",
        world: "full-plugin",
        imports: { default: trappable },
        with: {
            "seaworthy:plugin/documents.document": super::Document,
            "seaworthy:plugin/documents.stack": super::Stack,
        },
    });
}

use bindings::exports::seaworthy::plugin::{file_rules, plugin, repo_rules};
use bindings::seaworthy::plugin::{documents, log, repo, types, values};

/// A file.
#[expect(unreachable_pub, reason = "the generated bindings name it in public")]
pub struct Document;
/// A Compose project.
#[expect(unreachable_pub, reason = "the generated bindings name it in public")]
pub struct Stack;

/// A host that knows the path of one file and listens.
#[derive(Default)]
struct Later {
    heard: Vec<String>,
}

/// Functions that the guests here do not call.
macro_rules! not_asked {
    ($($name:ident($($argument:ident: $of:ty),*) -> $gives:ty;)*) => {
        $(fn $name(&mut self, $($argument: $of),*) -> wasmtime::Result<$gives> {
            $(let _ = $argument;)*
            Err(wasmtime::Error::msg(stringify!($name)))
        })*
    };
}

type Doc = Resource<Document>;
type Project = Resource<Stack>;

impl types::Host for Later {}
impl documents::Host for Later {}

impl documents::HostDocument for Later {
    fn path(&mut self, _: Doc) -> wasmtime::Result<String> {
        Ok(".env".to_owned())
    }

    fn drop(&mut self, _: Doc) -> wasmtime::Result<()> {
        Ok(())
    }

    not_asked! {
        line_count(it: Doc) -> u32;
        kind(it: Doc) -> String;
        notation(it: Doc) -> Option<String>;
        role(it: Doc) -> String;
        environment(it: Doc) -> String;
        is_tracked(it: Doc) -> Option<bool>;
        is_ignored(it: Doc) -> Option<bool>;
        size(it: Doc) -> u32;
        is_exact(it: Doc) -> bool;
        text(it: Doc) -> String;
        slice(it: Doc, region: types::Region) -> Option<String>;
        position(it: Doc, offset: u32) -> types::Position;
        line(it: Doc, number: u32) -> Option<types::Region>;
        find(it: Doc, literal: String) -> Vec<types::Region>;
        comments(it: Doc) -> Option<Vec<types::Region>>;
        problems(it: Doc) -> Vec<documents::Problem>;
        is_uncertain(it: Doc) -> bool;
        env_entries(it: Doc) -> Option<Vec<documents::EnvEntry>>;
        env_loaders(it: Doc) -> Option<Vec<String>>;
        env_load(it: Doc, loader: String) -> Option<documents::EnvLoad>;
        definitions(it: Doc) -> Vec<documents::Definition>;
        stacks(it: Doc) -> Vec<Project>;
        tree(it: Doc) -> Option<Vec<documents::Node>>;
        select(it: Doc, path: String) -> Option<Vec<documents::Node>>;
        ignore_rules(it: Doc) -> Option<Vec<documents::IgnoreRule>>;
        packages(it: Doc) -> Option<Vec<documents::LockedPackage>>;
        dependencies(it: Doc) -> Option<Vec<documents::Dependency>>;
        header_rules(it: Doc) -> Option<Vec<documents::HeaderRule>>;
        routes(it: Doc) -> Option<Vec<documents::Route>>;
    }
}

impl documents::HostStack for Later {
    fn drop(&mut self, _: Project) -> wasmtime::Result<()> {
        Ok(())
    }

    not_asked! {
        files(it: Project) -> Vec<String>;
        name(it: Project) -> Option<String>;
        role(it: Project) -> String;
        environment(it: Project) -> String;
        may_be_production(it: Project) -> bool;
        is_partial(it: Project) -> bool;
        dotenv(it: Project) -> Option<String>;
        services(it: Project) -> Vec<documents::ComposeService>;
        environment_of(it: Project, service: String) -> Option<Vec<documents::Definition>>;
        select(it: Project, path: String) -> Vec<documents::MergedNode>;
    }
}

impl repo::Host for Later {
    not_asked! {
        find(glob: String) -> Vec<String>;
        file_count() -> u32;
        of_kind(kind: String) -> Vec<String>;
        containing(literal: String) -> Vec<String>;
        exists(path: String) -> bool;
        open(path: String) -> Option<Doc>;
        is_tracked(path: String) -> Option<bool>;
        is_ignored(path: String) -> Option<bool>;
        ignored_by(path: String) -> Option<documents::Origin>;
        definitions(name: Option<String>) -> Vec<documents::Definition>;
        stacks() -> Vec<Project>;
        packages() -> Vec<repo::WorkspacePackage>;
        project_names() -> Vec<String>;
    }
}

impl values::Host for Later {
    not_asked! {
        judge(name: String, value: String) -> documents::Judgement;
        parse_url(text: String) -> Option<values::Url>;
    }
}

impl log::Host for Later {
    fn log(&mut self, _: log::Level, message: String) -> wasmtime::Result<()> {
        self.heard.push(message);
        Ok(())
    }
}

/// Asks for the path of the file and says it.
const SAYS_ITS_PATH: &str = "(call $path (local.get $file) (i32.const 16))
    (call $log (i32.const 1) (i32.load (i32.const 16)) (i32.load (i32.const 20)))";

#[test]
fn a_plugin_for_the_first_version_runs_in_a_host_of_a_later_one() {
    let mut guest = Guest::new("team").finding(vec![Finding::new("second", "Wrong.")]);
    guest.parts = r#"(import "seaworthy:plugin/documents@1.0.0" "[method]document.path"
        (func $path (param i32 i32)))"#
        .to_owned();
    guest.checking = SAYS_ITS_PATH.to_owned();
    let bytes = guest.build();
    assert!(!String::from_utf8_lossy(&bytes).contains("@1.1.0"), "it knows the first alone");

    let engine = Engine::default();
    let component = Component::new(&engine, &bytes).expect("it compiles");
    let mut linker: Linker<Later> = Linker::new(&engine);
    let all = bindings::FullPlugin::add_to_linker::<_, HasSelf<Later>>;
    all(&mut linker, |later| later).expect("no name is taken");
    let code = linker.instantiate_pre(&component).expect("it fits");
    let of_plugin = plugin::GuestIndices::new(&code).expect("it is exported");
    let of_files = file_rules::GuestIndices::new(&code).expect("it is exported");
    assert!(repo_rules::GuestIndices::new(&code).is_err(), "it has no such rules");

    let mut store = Store::new(&engine, Later::default());
    let instance = code.instantiate(&mut store).expect("it starts");
    let of_plugin = of_plugin.load(&mut store, &instance).expect("it is there");
    let of_files = of_files.load(&mut store, &instance).expect("it is there");
    let info = of_plugin.call_describe(&mut store).expect("it answers");
    assert_eq!((info.name.as_str(), info.rules.len()), ("team", 2));
    assert_eq!(of_plugin.call_configure(&mut store, "{}").expect("it answers"), Ok(()));
    let lent = Resource::new_borrow(1);
    let rules = ["second".to_owned()];
    let answer = of_files.call_check_file(&mut store, lent, &rules).expect("it answers");
    let findings = answer.expect("it could do it");
    assert_eq!((findings.len(), findings[0].message.as_str()), (1, "Wrong."));
    assert_eq!(store.data().heard, [".env"]);
}

#[test]
fn the_later_contract_is_the_first_with_something_added() {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/later_contract");
    let first = Path::new(env!("CARGO_MANIFEST_DIR")).join("../seaworthy-plugin-api/wit");
    let read = |directory: &Path, name: &str| {
        std::fs::read_to_string(directory.join(name)).expect("it can be read")
    };
    for name in ["types.wit", "documents.wit", "host.wit", "plugin.wit"] {
        let mut later = read(&tests, name).replace("plugin@1.1.0", "plugin@1.0.0");
        for added in ["    line-count: func() -> u32;\n", "  file-count: func() -> u32;\n"] {
            later = later.replace(added, "");
        }
        let lines = later.lines().filter(|line| line.trim() != "/// Added in 1.1.0.");
        let first = read(&first, name);
        assert!(lines.eq(first.lines()), "{name} is not the contract of today");
    }
}
