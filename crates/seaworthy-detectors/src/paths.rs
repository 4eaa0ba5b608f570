//! Paths: those that a detector asks for, and those that hold no text.

use seaworthy_formats::gitignore::glob_matches;
use seaworthy_model::split_last;

/// Whether the path matches one of the globs.
pub(crate) fn match_any<'g>(globs: impl IntoIterator<Item = &'g str>, path: &str) -> bool {
    globs.into_iter().any(|glob| glob_matches(glob, path))
}

/// Extensions of files that hold no text: images, sound, film, fonts, archives,
/// programs, databases.
const NO_TEXT: &[&str] = &[
    "png", "jpg", "jpeg", "gif", "webp", "avif", "ico", "icns", "bmp", "tiff", "tif", "psd",
    "heic", "mp3", "mp4", "m4a", "m4v", "mov", "avi", "mkv", "webm", "wav", "flac", "ogg", "aac",
    "woff", "woff2", "ttf", "otf", "eot", "pdf", "zip", "gz", "tgz", "bz2", "xz", "zst", "7z",
    "rar", "tar", "jar", "war", "whl", "deb", "rpm", "dmg", "iso", "exe", "dll", "so", "dylib",
    "a", "o", "lib", "obj", "class", "pyc", "wasm", "node", "bin", "dat", "db", "sqlite",
    "sqlite3", "mdb", "parquet", "npy", "npz", "pkl", "onnx", "pt", "h5", "glb", "fbx", "blend",
    "swf", "docx", "xlsx", "pptx", "odt", "ods", "jks", "keystore", "p12", "pfx",
];

/// Whether the name says that the file holds no text.
pub(crate) fn holds_no_text(path: &str) -> bool {
    let name = split_last(path, b'/').map_or(path, |(_, name)| name);
    split_last(name, b'.').is_some_and(|(stem, extension)| {
        !stem.is_empty() && NO_TEXT.iter().any(|known| known.eq_ignore_ascii_case(extension))
    })
}

/// Whether the file holds the settings of a package manager of JavaScript.
pub(crate) fn is_npmrc(path: &str) -> bool {
    let name = split_last(path, b'/').map_or(path, |(_, name)| name);
    matches!(name, ".npmrc" | ".yarnrc" | ".yarnrc.yml")
}

/// Whether the file configures a CI service.
pub(crate) fn is_workflow(path: &str) -> bool {
    let name = split_last(path, b'/').map_or(path, |(_, name)| name);
    path.starts_with(".github/workflows/")
        || path.contains("/.github/workflows/")
        || path.starts_with(".circleci/")
        || matches!(
            name,
            ".gitlab-ci.yml"
                | ".travis.yml"
                | "azure-pipelines.yml"
                | "bitbucket-pipelines.yml"
                | ".drone.yml"
                | "Jenkinsfile"
                | "appveyor.yml"
                | ".appveyor.yml"
                | "buildkite.yml"
        )
}
