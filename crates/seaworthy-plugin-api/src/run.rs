//! What stands between the contract and the rules: [`plugin!`](crate::plugin)
//! calls it, nobody else needs to.

use serde::de::DeserializeOwned;

use crate::bindings::seaworthy::plugin::types::PluginInfo;
use crate::rule::pairs;
use crate::{Check, Context, Document, Finding, Rule, log};

/// A plugin as its author describes it.
#[derive(Debug)]
pub struct Plugin<C: 'static> {
    /// The first half of its rules' ids.
    pub name: &'static str,
    /// Its semantic version.
    pub version: &'static str,
    /// What it is about, in one sentence.
    pub summary: &'static str,
    /// The JSON Schema of its configuration.
    pub schema: Option<&'static str>,
    /// What has no field of its own.
    pub attributes: &'static [(&'static str, &'static str)],
    /// Its rules.
    pub rules: &'static [&'static Rule<C>],
}

impl<C> Plugin<C> {
    /// The answer to `describe`.
    #[must_use]
    pub fn describe(&self) -> PluginInfo {
        PluginInfo {
            name: self.name.to_owned(),
            version: self.version.to_owned(),
            summary: self.summary.to_owned(),
            rules: self.rules.iter().map(|rule| rule.info()).collect(),
            config_schema: self.schema.map(str::to_owned),
            attributes: pairs(self.attributes),
        }
    }

    /// The answer to `check-file`.
    ///
    /// # Errors
    /// Why a rule gave up.
    pub fn check_file(
        &self,
        config: &C,
        file: &Document,
        wanted: &[String],
    ) -> Result<Vec<Finding>, String> {
        self.check(config, wanted, true, |check, cx| {
            if let Check::File(_, check) = check {
                check(file, cx);
            }
        })
    }

    /// The answer to `check-repo`.
    ///
    /// # Errors
    /// Why a rule gave up.
    pub fn check_repo(&self, config: &C, wanted: &[String]) -> Result<Vec<Finding>, String> {
        self.check(config, wanted, false, |check, cx| {
            if let Check::Repository(_, check) = check {
                check(cx);
            }
        })
    }

    fn check(
        &self,
        config: &C,
        wanted: &[String],
        single: bool,
        mut run: impl FnMut(&Check<C>, &mut Context<'_, C>),
    ) -> Result<Vec<Finding>, String> {
        let mut findings = Vec::new();
        for rule in self.rules {
            if wanted.iter().any(|id| id == rule.id) {
                let mut cx = Context::new(rule.id, config, single);
                run(&rule.check, &mut cx);
                findings.append(&mut cx.finish()?);
            }
        }
        Ok(findings)
    }
}

/// Reads a configuration.
///
/// # Errors
/// What is wrong with it, for the user.
pub fn configuration<C: DeserializeOwned>(json: &str) -> Result<C, String> {
    serde_json::from_str(json).map_err(|error| error.to_string())
}

/// Tells the host about a panic before the plugin stops, for the trap that ends
/// it carries no message.
pub fn report_panics() {
    std::panic::set_hook(Box::new(|panic| log::log(log::Level::Error, &panic.to_string())));
}

/// Makes a crate a plugin: exports what the contract asks for.
///
/// ```
/// # use seaworthy_plugin_api::{Context, Document, Rule, Selector, plugin};
/// #[derive(serde::Deserialize)]
/// pub struct Config {
///     #[serde(default)]
///     prefixes: Vec<String>,
/// }
///
/// static PREFIX: Rule<Config> = Rule {
///     id: "unknown-prefix",
///     summary: "variable without one of the team's prefixes",
///     help: "Flags variables that belong to nobody.\n",
///     ..Rule::file(&[Selector { kinds: &["env"], ..Selector::ANY }], prefix)
/// };
///
/// fn prefix(file: &Document, cx: &mut Context<'_, Config>) {
///     for entry in file.env_entries().unwrap_or_default() {
///         if !cx.config().prefixes.iter().any(|prefix| entry.key.starts_with(prefix.as_str())) {
///             cx.report(entry.key_region, "The variable belongs to nobody").evidence(entry.key);
///         }
///     }
/// }
///
/// plugin! {
///     name: "env-policy",
///     summary: "Who owns which variable",
///     attributes: [("organization", "Example")],
///     config: Config,
///     schema: r#"{ "properties": { "prefixes": { "type": "array" } } }"#,
///     rules: [PREFIX],
/// }
/// ```
///
/// `attributes`, and `config` with `schema`, may be left out. The configuration is
/// any type that serde reads from a JSON object; without one it is `()`.
#[macro_export]
macro_rules! plugin {
    (
        name: $name:expr,
        summary: $summary:expr,
        $(attributes: $attributes:expr,)?
        rules: [$($rule:path),+ $(,)?] $(,)?
    ) => {
        $crate::plugin!(@export (), None, |_: &str| Ok(()), $name, $summary,
            &[$(&$rule),+] $(, $attributes)?);
    };
    (
        name: $name:expr,
        summary: $summary:expr,
        $(attributes: $attributes:expr,)?
        config: $config:ty,
        schema: $schema:expr,
        rules: [$($rule:path),+ $(,)?] $(,)?
    ) => {
        $crate::plugin!(@export $config, Some($schema), $crate::run::configuration, $name,
            $summary, &[$(&$rule),+] $(, $attributes)?);
    };
    (@attributes) => { &[] };
    (@attributes $attributes:expr) => { &$attributes };
    (@export $config:ty, $schema:expr, $read:expr, $name:expr, $summary:expr, $rules:expr
        $(, $attributes:expr)?) => {
        const _: () = {
            use $crate::bindings::exports::seaworthy::plugin::{file_rules, plugin, repo_rules};

            static PLUGIN: $crate::run::Plugin<$config> = $crate::run::Plugin {
                name: $name,
                version: env!("CARGO_PKG_VERSION"),
                summary: $summary,
                schema: $schema,
                attributes: $crate::plugin!(@attributes $($attributes)?),
                rules: $rules,
            };
            static CONFIG: ::std::sync::OnceLock<$config> = ::std::sync::OnceLock::new();

            struct Component;

            impl plugin::Guest for Component {
                fn describe() -> $crate::bindings::seaworthy::plugin::types::PluginInfo {
                    $crate::run::report_panics();
                    PLUGIN.describe()
                }

                fn configure(config: String) -> Result<(), String> {
                    $crate::run::report_panics();
                    let read: fn(&str) -> Result<$config, String> = $read;
                    CONFIG.set(read(&config)?).map_err(|_| "configured twice".to_owned())
                }
            }

            impl file_rules::Guest for Component {
                fn check_file(
                    file: &$crate::Document,
                    rules: Vec<String>,
                ) -> Result<Vec<$crate::Finding>, String> {
                    let config = CONFIG.get().ok_or("not configured")?;
                    PLUGIN.check_file(config, file, &rules)
                }
            }

            impl repo_rules::Guest for Component {
                fn check_repo(rules: Vec<String>) -> Result<Vec<$crate::Finding>, String> {
                    let config = CONFIG.get().ok_or("not configured")?;
                    PLUGIN.check_repo(config, &rules)
                }
            }

            $crate::bindings::export!(Component with_types_in $crate::bindings);
        };
    };
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Region, Selector};

    static MARKS: Rule<u32> = Rule {
        id: "marks",
        summary: "marks",
        tags: &["style"],
        ..Rule::repository(&[], |cx| {
            for at in 0..*cx.config() {
                cx.report_in("a", Region { start: at, end: at }, "Mark.");
            }
        })
    };
    static BROKEN: Rule<u32> = Rule {
        id: "broken",
        ..Rule::repository(&[Selector { kinds: &["env"], ..Selector::ANY }], |cx| {
            cx.give_up("nothing works");
        })
    };
    static FILES: Rule<u32> = Rule {
        id: "files",
        ..Rule::file(&[Selector { needles: &["key"], ..Selector::ANY }], |_, _| {})
    };
    static PLUGIN: Plugin<u32> = Plugin {
        name: "sample",
        version: "1.2.3",
        summary: "A sample",
        schema: Some("{}"),
        attributes: &[("license", "MIT")],
        rules: &[&MARKS, &BROKEN, &FILES],
    };

    fn wanted(ids: &[&str]) -> Vec<String> {
        ids.iter().map(|&id| id.to_owned()).collect()
    }

    #[test]
    fn only_rules_that_are_asked_for_run() {
        let ids = |wanted: &[String]| PLUGIN.check_repo(&2, wanted).map(|found| found.len());
        assert_eq!(ids(&wanted(&["marks"])), Ok(2));
        assert_eq!(ids(&wanted(&["files", "unknown"])), Ok(0));
        assert_eq!(ids(&wanted(&["marks", "broken"])), Err("broken: nothing works".to_owned()));
    }

    #[test]
    fn a_rule_says_of_itself_whether_it_judges_files_or_the_repository() {
        let info = PLUGIN.describe();
        assert_eq!((&*info.name, &*info.version), ("sample", "1.2.3"));
        assert_eq!(info.attributes, [("license".to_owned(), "MIT".to_owned())]);
        let [marks, broken, files] = &info.rules[..] else { panic!("three rules") };
        assert_eq!(marks.repository.as_deref(), Some(&[][..]), "always");
        assert_eq!(marks.tags, ["style"]);
        assert_eq!(broken.repository.as_ref().map(|when| when[0].kinds.len()), Some(1));
        assert!(marks.files.is_empty() && broken.files.is_empty());
        assert_eq!(files.repository, None);
        assert_eq!(files.files[0].needles, ["key"]);
    }

    #[test]
    fn what_is_wrong_with_a_configuration_is_said() {
        assert_eq!(configuration::<Vec<u8>>("[1, 2]"), Ok(vec![1, 2]));
        let error = configuration::<Vec<u8>>("[1, true]").expect_err("a truth value is no number");
        assert!(error.contains("line 1 column 8"), "{error}");
    }
}
