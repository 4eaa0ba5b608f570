//! What is known about the file that a text comes from.

use seaworthy_analysis::roles::FileRole;
use seaworthy_model::split_last;

/// The file under scan.
#[derive(Clone, Copy, Debug)]
pub struct File<'t> {
    /// Its path, relative to the root.
    pub path: &'t str,
    /// What it is for.
    pub role: FileRole,
    /// How values are written in it.
    pub language: Language,
    /// What its name ends with, after the last dot; empty without one. Kept, since it
    /// is asked for at every other literal.
    pub(crate) extension: &'t str,
}

impl<'t> File<'t> {
    /// The file at a path, its language told by the path.
    #[must_use]
    pub fn new(path: &'t str, role: FileRole) -> Self {
        let extension = extension(file_name(path)).unwrap_or("");
        Self { path, role, language: Language::of(path), extension }
    }

    /// Whether the file name ends with `.` and one of the extensions (in any
    /// case).
    pub(crate) fn has_extension(&self, extensions: &[&str]) -> bool {
        extensions.iter().any(|extension| extension.eq_ignore_ascii_case(self.extension))
    }
}

/// How values are written in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Language {
    /// A programming language: strings are quoted, bare words are names.
    Code,
    /// Env, INI, properties, YAML, TOML, configuration of servers: bare values
    /// are literals.
    Config,
    /// Shell scripts, Dockerfiles, Makefiles, batch files.
    Shell,
    /// JSON and its kin.
    Json,
    /// XML, HTML and templates of them.
    Markup,
    /// SQL.
    Sql,
    /// Text for people.
    Prose,
    /// Anything else.
    Other,
}

impl Language {
    /// The language of the file at `path`, by its name alone.
    ///
    /// HCL counts as code, for its bare words are references.
    #[must_use]
    pub fn of(path: &str) -> Self {
        let name = file_name(path);
        let mut lower = [0_u8; 64];
        let Some(lower) = lower.get_mut(..name.len()) else {
            return Self::of_extension(extension(name).unwrap_or(""));
        };
        lower.copy_from_slice(name.as_bytes());
        lower.make_ascii_lowercase();
        let lower = std::str::from_utf8(lower).unwrap_or("");
        if let Some(language) = Self::of_name(lower) {
            return language;
        }
        // `settings.yml.example` is written as `settings.yml` is.
        let mut stem = lower;
        while let Some((before, last)) = stem.rsplit_once('.') {
            if !TEMPLATE_EXTENSIONS.contains(&last) || before.is_empty() {
                return Self::of_extension(last);
            }
            if let Some(language) = Self::of_name(before) {
                return language;
            }
            stem = before;
        }
        Self::Other
    }

    fn of_name(name: &str) -> Option<Self> {
        let is = |names: &[&str]| names.contains(&name);
        if is(&[
            "dockerfile",
            "containerfile",
            "makefile",
            "gnumakefile",
            "justfile",
            "procfile",
            ".bashrc",
            ".zshrc",
            ".profile",
            ".bash_profile",
            ".zprofile",
            ".zshenv",
            ".bash_aliases",
            ".bash_history",
            ".zsh_history",
            ".envrc",
            "pkgbuild",
        ]) || name.starts_with("dockerfile.")
            || name.ends_with(".dockerfile")
        {
            return Some(Self::Shell);
        }
        if is(&[
            ".npmrc",
            ".yarnrc",
            ".pypirc",
            ".netrc",
            "_netrc",
            ".pgpass",
            ".my.cnf",
            "my.cnf",
            ".s3cfg",
            ".boto",
            ".gitconfig",
            ".editorconfig",
            ".htaccess",
            ".curlrc",
            ".wgetrc",
            ".muttrc",
            ".mailrc",
            ".esmtprc",
            ".msmtprc",
            ".fetchmailrc",
            ".env",
            "env",
            ".flaskenv",
            "credentials",
            "config",
            "pipfile",
            "secrets",
            "hosts",
            "inventory",
        ]) || (["env.", ".env.", "credentials."].iter().any(|head| name.starts_with(head))
            && !Self::is_written_otherwise(name))
        {
            return Some(Self::Config);
        }
        if is(&[
            ".dockercfg",
            ".dockerconfigjson",
            "composer.lock",
            ".babelrc",
            ".eslintrc",
            ".prettierrc",
            ".bowerrc",
            ".jshintrc",
            "pipfile.lock",
            ".firebaserc",
        ]) {
            return Some(Self::Json);
        }
        if is(&["readme", "changelog", "authors", "license", "copying", "install", "todo", "news"])
        {
            return Some(Self::Prose);
        }
        if is(&[
            "gemfile",
            "rakefile",
            "vagrantfile",
            "jenkinsfile",
            "fastfile",
            "appfile",
            "podfile",
            "brewfile",
            "guardfile",
            "capfile",
            "berksfile",
            "build",
            "sconstruct",
            "wscript",
        ]) {
            return Some(Self::Code);
        }
        None
    }

    /// Whether the extension says that a file called `env` or `credentials` is
    /// source text or data: `env.ts`.
    fn is_written_otherwise(name: &str) -> bool {
        matches!(
            Self::of_extension(extension(name).unwrap_or("")),
            Self::Code | Self::Shell | Self::Json | Self::Markup | Self::Sql
        )
    }

    fn of_extension(extension: &str) -> Self {
        let mut lower = [0_u8; 16];
        let Some(lower) = lower.get_mut(..extension.len()) else {
            return Self::Other;
        };
        lower.copy_from_slice(extension.as_bytes());
        lower.make_ascii_lowercase();
        match std::str::from_utf8(lower).unwrap_or("") {
            "env" | "ini" | "properties" | "props" | "yaml" | "yml" | "toml" | "conf" | "cnf"
            | "cfg" | "service" | "desktop" | "inf" | "reg" | "ovpn" | "rdp" | "prefs"
            | "envrc" | "nginx" | "vhost" | "opts" | "jaas" | "netrc" | "npmrc" | "pypirc"
            | "pgpass" | "s3cfg" | "lst" | "sls" | "eyaml" | "yamllint" | "raml" | "cassette"
            | "neon" | "po" | "strings" | "secrets" | "credentials" | "cred" => Self::Config,
            "sh" | "bash" | "zsh" | "fish" | "ksh" | "csh" | "bat" | "cmd" | "mk" | "mak"
            | "make" | "dockerfile" | "containerfile" | "command" | "bats" | "ebuild"
            | "bash_history" => Self::Shell,
            "json"
            | "json5"
            | "jsonc"
            | "jsonl"
            | "ndjson"
            | "har"
            | "ipynb"
            | "geojson"
            | "avsc"
            | "tfstate"
            | "webmanifest"
            | "postman_collection"
            | "postman_environment"
            | "arb"
            | "map"
            | "topojson"
            | "hjson"
            | "dockercfg"
            | "code-workspace" => Self::Json,
            "xml" | "html" | "htm" | "xhtml" | "plist" | "config" | "csproj" | "vbproj"
            | "fsproj" | "pubxml" | "targets" | "nuspec" | "resx" | "xaml" | "jsp" | "jspx"
            | "jspf" | "aspx" | "ascx" | "cshtml" | "vbhtml" | "razor" | "wsdl" | "xsd" | "xsl"
            | "xslt" | "svg" | "pom" | "jelly" | "mustache" | "hbs" | "handlebars" | "erb"
            | "ejs" | "njk" | "twig" | "ftl" | "liquid" | "iml" | "storyboard" | "xib" | "jmx"
            | "mxml" | "ui" | "settings" | "user" | "kml" | "rss" | "atom" | "tld" | "launch" => {
                Self::Markup
            }
            "sql" | "pgsql" | "psql" | "ddl" | "dml" | "dump" | "mysql" | "hql" | "cql" => {
                Self::Sql
            }
            "md" | "markdown" | "mdx" | "rst" | "txt" | "text" | "adoc" | "asciidoc" | "org"
            | "tex" | "rmd" | "wiki" | "textile" | "mkd" | "mdown" | "eml" | "log" | "1"
            | "man" | "pod" => Self::Prose,
            "js" | "jsx" | "mjs" | "cjs" | "ts" | "tsx" | "mts" | "cts" | "vue" | "svelte"
            | "astro" | "py" | "pyi" | "pyw" | "ipy" | "rb" | "rake" | "gemspec" | "ru" | "php"
            | "phtml" | "php3" | "php4" | "php5" | "inc" | "module" | "install" | "theme"
            | "ctp" | "blade" | "java" | "kt" | "kts" | "groovy" | "gradle" | "scala" | "sc"
            | "sbt" | "clj" | "cljs" | "cljc" | "edn" | "go" | "rs" | "c" | "h" | "cc" | "cpp"
            | "cxx" | "hpp" | "hh" | "hxx" | "inl" | "ino" | "m" | "mm" | "swift" | "cs"
            | "csx" | "vb" | "vbs" | "fs" | "fsx" | "bas" | "cls" | "frm" | "pas" | "dpr"
            | "pl" | "pm" | "t" | "lua" | "r" | "jl" | "dart" | "ex" | "exs" | "erl" | "hrl"
            | "hs" | "elm" | "ml" | "mli" | "nim" | "zig" | "v" | "sv" | "d" | "cr" | "tcl"
            | "el" | "lisp" | "lsp" | "scm" | "rkt" | "coffee" | "litcoffee" | "ls" | "as"
            | "hx" | "sol" | "vy" | "move" | "cairo" | "tf" | "tfvars" | "hcl" | "nomad"
            | "bicep" | "nix" | "pp" | "epp" | "ps1" | "psm1" | "psd1" | "proto" | "thrift"
            | "graphql" | "gql" | "prisma" | "cmake" | "bzl" | "bazel" | "star" | "asm" | "s"
            | "f90" | "f" | "for" | "pro" | "awk" | "sed" | "robot" | "feature" | "less"
            | "scss" | "sass" | "css" | "styl" | "pug" | "jade" | "haml" | "slim" | "jbuilder"
            | "abap" | "cob" | "cbl" | "ada" | "adb" | "ads" | "apex" | "trigger" | "cfm"
            | "cfc" | "jenkinsfile" | "gn" | "gni" | "ahk" | "au3" | "applescript" | "mjml"
            | "wat" | "snap" | "diff" | "patch" | "rpy" | "gd" | "wren" | "ring" | "sas" | "do"
            | "sps" | "dhall" | "pkl" | "cue" | "jsonnet" | "libsonnet" | "m4" | "ac" | "am"
            | "pyx" | "pxd" | "cu" | "cl" | "metal" | "hlsl" | "glsl" => Self::Code,
            _ => Self::Other,
        }
    }
}

/// Extensions that mark a file to copy; what stands before them tells the
/// language.
const TEMPLATE_EXTENSIONS: &[&str] = &[
    "example",
    "sample",
    "template",
    "tmpl",
    "tpl",
    "dist",
    "default",
    "bak",
    "backup",
    "old",
    "orig",
    "save",
    "j2",
    "jinja",
    "jinja2",
    "in",
    "local",
    "dev",
    "prod",
    "test",
    "staging",
    "production",
    "development",
    "copy",
    "swp",
    "disabled",
    "enabled",
    "gotmpl",
    "new",
];

fn file_name(path: &str) -> &str {
    path.rsplit(['/', '\\']).next().unwrap_or(path)
}

fn extension(name: &str) -> Option<&str> {
    split_last(name, b'.').map(|(_, extension)| extension)
}

#[cfg(test)]
mod tests {
    use super::Language::{self, *};

    #[test]
    fn languages_are_told_by_the_name() {
        let cases = [
            ("src/app.ts", Code),
            ("infra/main.TF", Code),
            ("deploy.ps1", Code),
            (".env", Config),
            ("api/.env.production", Config),
            ("config/database.yml", Config),
            ("config/database.yml.example", Config),
            ("settings.ini.dist", Config),
            ("application.properties", Config),
            ("/home/x/.aws/credentials", Config),
            ("env.production", Config),
            ("credentials.txt", Config),
            ("src/env.ts", Code),
            ("src/credentials.rs", Code),
            ("env.sh", Shell),
            ("credentials.json", Json),
            ("Dockerfile", Shell),
            ("Dockerfile.prod", Shell),
            ("run.sh", Shell),
            ("run.sh.j2", Shell),
            ("appsettings.json", Json),
            ("terraform.tfstate", Json),
            ("web.config", Markup),
            ("templates/index.html", Markup),
            ("schema.sql", Sql),
            ("README.md", Prose),
            ("README", Prose),
            ("notes.txt", Prose),
            ("bin/unknown", Other),
            ("file.example", Other),
            ("", Other),
        ];
        for (path, want) in cases {
            assert_eq!(Language::of(path), want, "{path}");
        }
    }
}
