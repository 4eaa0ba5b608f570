//! The plugins of a scan: those that the root settings name, as far as
//! `seaworthy.lock` pins them and the user trusts them.
//!
//! All of that belongs to the audited repository but the trust. Nothing is ever
//! fetched here: what is not on this machine does not run, and the report says so.

#[cfg(feature = "plugins")]
mod pinned;

use std::path::Path;
use std::sync::Arc;

use seaworthy_analysis::RuleSource;
use seaworthy_model::{Extension, LineIndex, Notification, NotificationKind, Rule};

use crate::settings::{PluginSettings, SettingsFile, plugins};

/// Compiles a component to code of this machine, in a process of its own.
pub type Compiler = dyn Fn(&[u8]) -> Result<Vec<u8>, String> + Send + Sync;

/// How plugins are treated.
#[derive(Clone, Default)]
pub struct PluginOptions {
    /// Run none, whoever trusts them: somebody only looks at the repository.
    pub off: bool,
    /// Run what the audited repository pins even if the user has not trusted it.
    pub allow_untrusted: bool,
    /// Whether a plugin that fails, or is named and cannot run, fails the scan unless
    /// the settings say otherwise.
    pub fail: bool,
    /// Look at every byte of a component before it runs.
    pub verify: bool,
    /// Compiles components; none: this process does.
    pub compiler: Option<Arc<Compiler>>,
}

impl std::fmt::Debug for PluginOptions {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PluginOptions")
            .field("off", &self.off)
            .field("allow_untrusted", &self.allow_untrusted)
            .field("fail", &self.fail)
            .field("verify", &self.verify)
            .finish_non_exhaustive()
    }
}

/// Where plugins are named and pinned.
#[cfg_attr(not(feature = "plugins"), expect(dead_code, reason = "nothing is run"))]
pub(crate) struct Named<'a> {
    /// The root settings.
    pub(crate) settings: &'a SettingsFile,
    /// The text of the lock file, or why it cannot be read; none where there is none.
    pub(crate) lock: Option<Result<String, String>>,
    /// What paths in the settings are relative to.
    pub(crate) directory: &'a Path,
    /// Whether the user chose these settings: then nobody else named the plugins.
    pub(crate) chosen: bool,
}

/// What plugins bring to a scan.
#[derive(Default)]
pub(crate) struct OfPlugins {
    /// The plugins that run.
    pub(crate) source: Option<Box<dyn RuleSource>>,
    /// Their rules.
    pub(crate) rules: Vec<&'static Rule>,
    /// Rules that are pinned, but whose plugins do not run: settings may name them.
    pub(crate) absent: Vec<&'static Rule>,
    /// The plugins as a report names them.
    pub(crate) extensions: Vec<Extension>,
    /// What hinders any of them.
    pub(crate) notifications: Vec<Notification>,
}

impl OfPlugins {
    /// The plugins that settings name, made ready.
    pub(crate) fn new(named: Option<Named<'_>>, options: &PluginOptions) -> Self {
        let Some(named) = named else { return Self::default() };
        let wanted = plugins(&named.settings.text);
        if wanted.is_empty() {
            return Self::default();
        }
        if options.off {
            let told = |plugin| named.not_run(plugin, "the workspace is not trusted");
            return Self { notifications: wanted.iter().map(told).collect(), ..Self::default() };
        }
        Self::of(&named, &wanted, options)
    }

    #[cfg(feature = "plugins")]
    fn of(named: &Named<'_>, wanted: &[PluginSettings], options: &PluginOptions) -> Self {
        pinned::of(named, wanted, options)
    }

    #[cfg(not(feature = "plugins"))]
    fn of(named: &Named<'_>, wanted: &[PluginSettings], _: &PluginOptions) -> Self {
        let told = |plugin| named.not_run(plugin, "this build of seaworthy runs no plugins");
        Self { notifications: wanted.iter().map(told).collect(), ..Self::default() }
    }
}

impl Named<'_> {
    /// A word on a plugin that is not run, at the place where it is named.
    fn not_run(&self, plugin: &PluginSettings, why: impl std::fmt::Display) -> Notification {
        let text = &self.settings.text;
        let place = LineIndex::new(text).position(text, plugin.region.start.min(text.len()));
        let message = format!("plugin `{}` was not run: {why}", plugin.name);
        Notification::new(NotificationKind::PluginNotRun, message)
            .in_artifact(self.settings.artifact.clone())
            .at(place)
    }
}

/// Whether a notification says that findings of plugins are missing.
pub(crate) fn is_failure(notification: &Notification) -> bool {
    matches!(notification.kind, NotificationKind::PluginFailed | NotificationKind::PluginNotRun)
}
