//! The cache on machines as they are: full, read-only, shared, tampered with.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use seaworthy_plugin_host::{Cache, Digest, Host, PluginRequest, Plugins, compile};
use serde_json::json;

use crate::guest::{Finding, Guest};
use crate::scene::{files, scan};

/// Tells a process of [`child`] which cache to use.
const CACHE: &str = "SEAWORTHY_TEST_CACHE";
/// Tells it which component.
const COMPONENT: &str = "SEAWORTHY_TEST_COMPONENT";

/// A component in a directory of its own.
struct Place {
    directory: tempfile::TempDir,
    digest: Digest,
}

impl Place {
    fn new() -> Self {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let mut bytes = Guest::new("team").finding(vec![Finding::new("first", "Wrong.")]).build();
        // A section that means nothing: its size, its name, and much of nothing.
        bytes.extend([0, 0x80, 0x80, 0x08, 1, b'x']);
        bytes.resize(bytes.len() + (128 << 10) - 2, 0);
        std::fs::write(directory.path().join("team.wasm"), &bytes).expect("it can be written");
        Self { directory, digest: Digest::of(&bytes) }
    }

    fn component(&self) -> PathBuf {
        self.directory.path().join("team.wasm")
    }

    fn cache(&self) -> Cache {
        Cache::at(self.directory.path().join("plugins"))
    }

    /// Every file of the cache.
    fn kept(&self) -> Vec<PathBuf> {
        let directories = std::fs::read_dir(self.directory.path().join("plugins"));
        let directories = directories.into_iter().flatten().flatten().map(|entry| entry.path());
        directories
            .flat_map(|directory| std::fs::read_dir(directory).into_iter().flatten().flatten())
            .map(|entry| entry.path())
            .collect()
    }

    /// Loads the plugin, scans with it, and tells how often it was compiled.
    fn compiled(&self) -> usize {
        used(&self.cache(), &self.component())
    }

    /// A process that does the same with limits of a shell before it.
    fn process(&self, limits: &str) -> Command {
        let test = std::env::current_exe().expect("this test has a program");
        let mut command = Command::new("sh");
        command.args(["-c", &format!("{limits} exec \"$0\" \"$@\"")]).arg(test);
        command.args(["--exact", "machine::child", "--ignored"]);
        command.env(CACHE, self.directory.path().join("plugins"));
        command.env(COMPONENT, self.component());
        command.stdout(Stdio::null()).stderr(Stdio::null());

        command
    }
}

/// Loads the plugin, scans with it, and tells how often it was compiled.
fn used(cache: &Cache, component: &Path) -> usize {
    let count = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&count);
    let compiler = move |wasm: &[u8]| {
        counted.fetch_add(1, Ordering::Relaxed);
        compile(wasm).map_err(|error| error.to_string())
    };
    let host = Host::new(cache.clone()).with_compiler(Arc::new(compiler));
    let bytes = std::fs::read(component).expect("the component is there");
    let request = PluginRequest {
        name: "team".to_owned(),
        digest: Digest::of(&bytes),
        component: Some(component.to_owned()),
        config: json!({}),
        limits: None,
        trusted: true,
    };
    let told = scan(&Arc::new(Plugins::load(&host, &[request])), &files(&[(".env", "A=1\n")]));
    assert_eq!(told.notifications, [""; 0]);
    assert_eq!(told.findings, [".env team/first: Wrong."]);
    count.load(Ordering::Relaxed)
}

/// What the processes of the other tests do. By itself it does nothing.
#[test]
#[ignore = "a part of other tests"]
fn child() {
    let set = |name: &str| std::env::var_os(name).map(PathBuf::from);
    if let (Some(cache), Some(component)) = (set(CACHE), set(COMPONENT)) {
        used(&Cache::at(cache), &component);
    }
}

#[test]
fn a_warm_cache_that_cannot_be_written_is_used_as_it_is() {
    let place = Place::new();
    assert_eq!((place.compiled(), place.compiled()), (1, 0));
    let mut paths = place.kept();
    let root = place.directory.path().join("plugins");
    paths.extend(
        paths.iter().filter_map(|path| path.parent()).map(Path::to_owned).collect::<Vec<_>>(),
    );
    paths.push(root);
    let read_only = |yes: bool| {
        for path in &paths {
            let mut permissions = std::fs::metadata(path).expect("it is there").permissions();
            if yes {
                permissions.set_readonly(true);
            } else {
                #[cfg(unix)]
                std::os::unix::fs::PermissionsExt::set_mode(&mut permissions, 0o700);
            }
            std::fs::set_permissions(path, permissions).expect("it is ours");
        }
    };
    read_only(true);
    let warm = place.compiled();
    read_only(false);
    assert_eq!(warm, 0);
}

#[cfg(target_os = "linux")]
#[test]
fn a_cold_cache_that_cannot_be_written_costs_a_compilation_each_time() {
    let place = Place::new();
    // Nobody can make a directory there, not even root.
    for root in ["/proc/plugins", "/dev/null/plugins"] {
        let cache = Cache::at(root.into());
        assert_eq!(used(&cache, &place.component()), 1, "{root}");
        assert_eq!(used(&cache, &place.component()), 1, "{root}");
    }
}

#[cfg(unix)]
#[test]
fn a_full_disk_costs_a_compilation_and_leaves_nothing_half_written() {
    let place = Place::new();
    // No file may grow beyond 32 blocks, and whoever tries gets an error. What the
    // component says of itself is smaller, itself and its code are larger.
    let status = place.process("trap '' XFSZ; ulimit -f 32;").status().expect("a shell");
    assert!(status.success());
    let kept = place.kept();
    assert_eq!(kept.len(), 1, "{kept:?}");
    assert!(kept[0].parent().is_some_and(|directory| directory.ends_with("meta")), "{kept:?}");
    assert_eq!(place.cache().component(&place.digest), None);
    // Then there is room again.
    assert_eq!((place.compiled(), place.compiled()), (1, 0));
}

#[cfg(unix)]
#[test]
fn processes_that_fill_the_cache_at_once_leave_it_whole() {
    let place = Place::new();
    let start = |_| place.process("").spawn().expect("a shell");
    let processes: Vec<_> = (0..4).map(start).collect();
    for mut process in processes {
        assert!(process.wait().expect("it ends").success());
    }
    assert_eq!(place.compiled(), 0);
    let names = |path: &PathBuf| path.file_name().map(|name| name.to_string_lossy().into_owned());
    let names: Vec<String> = place.kept().iter().filter_map(names).collect();
    assert_eq!(names.len(), 4, "component, metadata, code and its sum: {names:?}");
}

#[cfg(unix)]
#[test]
fn compiled_code_of_somebody_else_is_not_run() {
    use std::os::unix::fs::PermissionsExt as _;
    let place = Place::new();
    assert_eq!(place.compiled(), 1);
    let code = || {
        let mut kept = place.kept().into_iter();
        kept.find(|path| path.extension().is_some_and(|end| end == "cwasm")).expect("it is kept")
    };
    // Only root can give a file away; for others it is one that anybody may write.
    let nobody = nix::unistd::Uid::from_raw(65_534);
    if nix::unistd::geteuid().is_root() {
        nix::unistd::chown(&code(), Some(nobody), None).expect("root may");
    } else {
        let anybody = std::fs::Permissions::from_mode(0o666);
        std::fs::set_permissions(code(), anybody).expect("it is ours");
    }
    assert_eq!(place.compiled(), 1, "it is compiled anew");
    assert_eq!(place.compiled(), 0, "and replaced");
}
