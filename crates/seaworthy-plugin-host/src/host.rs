//! Plugins, from their bytes to what a scan needs of them.

use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use seaworthy_model::Rule;
use serde_json::Value;

use crate::metadata::{Exports, check_configuration, checked};
use crate::runtime::{Instance, Linked, Machine, Source, api_version};
use crate::word::Word;
use crate::{Cache, Digest, Limits, MAX_COMPONENT_BYTES, Metadata, PluginError};

/// From a component to compiled code, in another process: what a hostile component
/// does to a compiler must not happen here.
pub type Compile = dyn Fn(&[u8]) -> Result<Vec<u8>, String> + Send + Sync;

/// A plugin that is wanted in a scan, found and pinned.
#[derive(Clone, Debug)]
pub struct PluginRequest {
    /// The name by which it is pinned; it has to call itself so.
    pub name: String,
    /// What its bytes have to be.
    pub digest: Digest,
    /// Where its component lies, if not in the cache.
    pub component: Option<PathBuf>,
    /// Its configuration, an object; `{}` for none.
    pub config: Value,
    /// Its bounds; none: those that fit the size of its component.
    pub limits: Option<Limits>,
    /// Whether the user lets it run.
    pub trusted: bool,
}

/// Installs plugins and makes them ready for scans. Nothing of WebAssembly is
/// touched before a plugin is needed.
pub struct Host {
    cache: Cache,
    machine: Arc<Machine>,
    compile: Option<Arc<Compile>>,
    verify: bool,
}

impl std::fmt::Debug for Host {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Host").field("cache", &self.cache).finish_non_exhaustive()
    }
}

impl Host {
    /// A host with this cache.
    #[must_use]
    pub fn new(cache: Cache) -> Self {
        Self { cache, machine: Arc::default(), compile: None, verify: false }
    }

    /// Lets components be compiled by this function instead of in this process.
    #[must_use]
    pub fn with_compiler(mut self, compile: Arc<Compile>) -> Self {
        self.compile = Some(compile);
        self
    }

    /// Counts what plugins execute, for their authors: see [`PluginRun::usage`].
    /// Components are compiled by this process then, and take longer to run.
    ///
    /// [`PluginRun::usage`]: crate::PluginRun::usage
    #[must_use]
    pub fn metering(mut self) -> Self {
        self.machine = Arc::new(Machine::metering());
        self.compile = None;
        self
    }

    /// Looks at every byte of a component before it is run, not only when it is
    /// installed.
    #[must_use]
    pub fn verifying(mut self, verify: bool) -> Self {
        self.verify = verify;
        self
    }

    /// The cache.
    #[must_use]
    pub fn cache(&self) -> &Cache {
        &self.cache
    }

    /// Looks at a component: compiles it, asks it what it is, and keeps all of that
    /// in the cache, as far as the cache can be written.
    ///
    /// # Errors
    /// Why it is no plugin that can be used.
    pub fn install(&self, wasm: &[u8]) -> Result<(Digest, Metadata), PluginError> {
        let digest = Digest::of(wasm);
        let (metadata, _) = self.prepare(&digest, wasm)?;
        Ok((digest, metadata))
    }

    /// Makes a plugin ready for scans. Its code is compiled here if this machine has
    /// not seen it yet; so not on a thread that a scan needs.
    ///
    /// # Errors
    /// Why it cannot be used.
    pub fn load(&self, request: &PluginRequest) -> Result<Plugin, PluginError> {
        if !request.trusted {
            return Err(PluginError::Untrusted);
        }
        let digest = request.digest;
        let (metadata, linked) = match self.cache.metadata(&digest) {
            Some(metadata) => {
                if self.verify {
                    read_component(&self.cache, &digest, request.component.as_deref())?;
                }
                (metadata, None)
            }
            None => {
                let wasm = read_component(&self.cache, &digest, request.component.as_deref())?;
                let (metadata, linked) = self.prepare(&digest, &wasm)?;
                (metadata, Some(linked))
            }
        };
        if metadata.name != request.name {
            return Err(PluginError::OtherName { found: metadata.name });
        }
        self.check_configuration(&digest, &metadata, &request.config)?;
        let code = Code {
            machine: Arc::clone(&self.machine),
            cache: self.cache.clone(),
            compile: self.compile.clone(),
            digest,
            component: request.component.clone(),
            linked: OnceLock::new(),
        };
        if let Some(linked) = linked {
            let _ = code.linked.set(Ok(linked));
        }
        Ok(Plugin {
            rules: metadata.rules(),
            config: request.config.to_string(),
            limits: request.limits.clone().unwrap_or_else(|| Limits::for_size(metadata.size)),
            metadata,
            digest,
            code,
        })
    }

    /// Holds a configuration against the schema, unless that was done before: to make a
    /// schema ready takes as long as a small scan.
    fn check_configuration(
        &self,
        digest: &Digest,
        metadata: &Metadata,
        config: &Value,
    ) -> Result<(), PluginError> {
        let schema = metadata.config_schema.as_deref();
        let mut word = Word::default();
        word.add(env!("CARGO_PKG_VERSION").as_bytes());
        word.add(schema.unwrap_or_default().as_bytes());
        word.add(config.to_string().as_bytes());
        let word = word.to_string();
        if schema.is_some() && self.cache.fits(digest, &word) {
            return Ok(());
        }
        check_configuration(schema, config)
            .map_err(|reason| PluginError::Configuration { reason })?;
        if schema.is_some() {
            let _ = self.cache.keep_that_it_fits(digest, &word);
        }
        Ok(())
    }

    fn prepare(&self, digest: &Digest, wasm: &[u8]) -> Result<(Metadata, Linked), PluginError> {
        look(wasm)?;
        let engine = self.machine.engine()?;
        let key = self.machine.key();
        let kept = self.cache.code(&key, digest);
        let kept = kept.and_then(|path| self.machine.load(&Source::File(&path)).ok());
        let component = match kept {
            Some(component) => component,
            None => {
                let code = match &self.compile {
                    Some(compile) => compile(wasm).map_err(|reason| PluginError::Invalid {
                        reason: crate::check::phrase(&reason),
                    })?,
                    None => self.machine.compile(wasm)?,
                };
                let component = self.machine.load(&Source::Bytes(&code))?;
                // What cannot be kept is compiled again next time.
                let _ = self.cache.keep_code(&key, digest, &code);
                component
            }
        };
        let api = api_version(engine, &component)?;
        let linked = Linked::new(engine, &component)?;
        let limits = Limits::for_size(wasm.len() as u64);
        let describe = |reason| PluginError::Describe { reason };
        let mut instance = Instance::start(&self.machine, &linked, &limits, None)
            .map_err(|failure| describe(failure.reason))?;
        let info = instance.describe().map_err(|failure| describe(failure.reason))?;
        let exports = Exports {
            api,
            files: linked.judges_files(),
            repository: linked.judges_repository(),
            size: wasm.len() as u64,
        };
        let metadata = checked(info, exports).map_err(|reason| PluginError::Metadata { reason })?;
        let _ = self.cache.keep_component(digest, wasm);
        let _ = self.cache.keep_metadata(digest, &metadata);
        Ok((metadata, linked))
    }
}

/// Compiles a component in this process, for a process that was started for nothing
/// else. The code is for the same program on the same machine.
///
/// # Errors
/// When it is no component, or a broken one.
pub fn compile(wasm: &[u8]) -> Result<Vec<u8>, PluginError> {
    look(wasm)?;
    Machine::default().compile(wasm)
}

/// What can be said of a component by its first bytes.
fn look(wasm: &[u8]) -> Result<(), PluginError> {
    if wasm.len() as u64 > MAX_COMPONENT_BYTES {
        return Err(PluginError::TooLarge);
    }
    // A magic word, a version and what it is: 0 a module, 1 a component.
    match wasm.get(..8) {
        Some([0, b'a', b's', b'm', _, _, 1, 0]) => Ok(()),
        Some([0, b'a', b's', b'm', 1, 0, 0, 0]) => Err(PluginError::CoreModule),
        _ => Err(PluginError::NoComponent),
    }
}

/// The bytes of a component that are what they have to be.
fn read_component(
    cache: &Cache,
    digest: &Digest,
    path: Option<&Path>,
) -> Result<Vec<u8>, PluginError> {
    if let Some(bytes) = cache.component(digest) {
        return Ok(bytes);
    }
    let path = path.ok_or(PluginError::NotInstalled { digest: *digest })?;
    let unreadable =
        |error: std::io::Error| PluginError::Unreadable { reason: error.kind().to_string() };
    let mut bytes = Vec::new();
    let file = open_regular(path).map_err(unreadable)?;
    let mut file = std::io::Read::take(file, MAX_COMPONENT_BYTES + 1);
    std::io::Read::read_to_end(&mut file, &mut bytes).map_err(unreadable)?;
    if bytes.len() as u64 > MAX_COMPONENT_BYTES {
        return Err(PluginError::TooLarge);
    }
    let found = Digest::of(&bytes);
    match found == *digest {
        true => Ok(bytes),
        false => Err(PluginError::OtherBytes { expected: *digest, found }),
    }
}

/// Opens a regular file: a pipe might never say anything, or never stop.
fn open_regular(path: &Path) -> std::io::Result<std::fs::File> {
    let mut options = std::fs::File::options();
    options.read(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.custom_flags(nix::fcntl::OFlag::O_NONBLOCK.bits());
    }
    let file = options.open(path)?;
    match file.metadata()?.is_file() {
        true => Ok(file),
        false => Err(std::io::ErrorKind::InvalidInput.into()),
    }
}

/// A plugin that is ready for scans: what it says of itself, and where its code is.
pub struct Plugin {
    pub(crate) metadata: Metadata,
    pub(crate) digest: Digest,
    pub(crate) rules: Vec<&'static Rule>,
    pub(crate) config: String,
    pub(crate) limits: Limits,
    pub(crate) code: Code,
}

impl std::fmt::Debug for Plugin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Plugin").field("name", &self.metadata.name).finish_non_exhaustive()
    }
}

impl Plugin {
    /// What it says of itself.
    #[must_use]
    pub fn metadata(&self) -> &Metadata {
        &self.metadata
    }

    /// What its bytes are.
    #[must_use]
    pub fn digest(&self) -> Digest {
        self.digest
    }

    /// Its rules, in its own order.
    #[must_use]
    pub fn rules(&self) -> &[&'static Rule] {
        &self.rules
    }

    /// Its bounds.
    #[must_use]
    pub fn limits(&self) -> &Limits {
        &self.limits
    }
}

/// The code of a plugin, made ready when the first file concerns it.
pub(crate) struct Code {
    pub(crate) machine: Arc<Machine>,
    cache: Cache,
    compile: Option<Arc<Compile>>,
    digest: Digest,
    component: Option<PathBuf>,
    linked: OnceLock<Result<Linked, PluginError>>,
}

impl Code {
    /// The code, ready to be run.
    ///
    /// # Errors
    /// Why it cannot be.
    pub(crate) fn linked(&self) -> Result<&Linked, PluginError> {
        self.linked.get_or_init(|| self.link()).as_ref().map_err(Clone::clone)
    }

    /// Runs on a worker of a scan, for which others may wait: nothing here hands work
    /// to the pool.
    fn link(&self) -> Result<Linked, PluginError> {
        let engine = self.machine.engine()?;
        let key = self.machine.key();
        if let Some(path) = self.cache.code(&key, &self.digest) {
            match self.machine.load(&Source::File(&path)) {
                Ok(component) => return Linked::new(engine, &component),
                Err(_) => self.cache.drop_code(&key, &self.digest),
            }
        }
        let wasm = read_component(&self.cache, &self.digest, self.component.as_deref())?;
        look(&wasm)?;
        let code = match &self.compile {
            Some(compile) => compile(&wasm)
                .map_err(|reason| PluginError::Invalid { reason: crate::check::phrase(&reason) })?,
            None => self.machine.compile_alone(&wasm)?,
        };
        let component = self.machine.load(&Source::Bytes(&code))?;
        let _ = self.cache.keep_code(&key, &self.digest, &code);
        Linked::new(engine, &component)
    }
}
