//! Which paths may hold a configuration of nginx; the shape decides.

use seaworthy_model::split_last;

/// Endings, the longer ones first. The words after `.conf` are those of tools
/// that fill texts in.
const ENDINGS: [&str; 9] = [
    ".conf.template",
    ".conf.tmpl",
    ".conf.tpl",
    ".conf.j2",
    ".conf.erb",
    ".nginx.j2",
    ".nginx.conf",
    ".nginx",
    ".conf",
];

/// Names that projects give to a server's file without saying nginx.
const STEMS: [&str; 26] = [
    "api",
    "app",
    "backend",
    "common",
    "default",
    "frontend",
    "gateway",
    "headers",
    "http",
    "https",
    "locations",
    "prod",
    "production",
    "proxy",
    "reverse-proxy",
    "security",
    "security-headers",
    "security_headers",
    "server",
    "site",
    "spa",
    "ssl",
    "tls",
    "upstream",
    "vhost",
    "web",
];

/// Directories whose files belong to nginx.
const FOLDERS: [&str; 7] =
    ["conf.d", "default.d", "http.d", "sites-available", "sites-enabled", "snippets", "vhosts"];

/// Whether the file at a path may be a configuration of nginx. Asked for every
/// path of a repository.
#[must_use]
pub fn is_nginx_candidate(path: &str) -> bool {
    let (directory, name) = split_last(path, b'/').unwrap_or(("", path));
    let folders = || directory.rsplit('/').take(4);
    let sites =
        folders().next().is_some_and(|last| matches!(last, "sites-available" | "sites-enabled"));
    let Some(stem) = ENDINGS.iter().find_map(|ending| name.strip_suffix(ending)) else {
        // The files of sites bear the name of their domain.
        return sites && !name.ends_with(".md") && !name.starts_with('.');
    };
    let in_folder = || folders().any(|folder| FOLDERS.contains(&folder) || names_nginx(folder));
    names_nginx(name) || STEMS.contains(&stem) || in_folder()
}

/// Whether nginx is one of the words.
fn names_nginx(text: &str) -> bool {
    text.split(|c: char| !c.is_ascii_alphanumeric())
        .any(|word| word.eq_ignore_ascii_case("nginx") || word.eq_ignore_ascii_case("openresty"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_of_nginx_are_known_by_name_and_place() {
        for path in [
            "nginx.conf",
            "deploy/nginx/nginx.conf",
            "nginx/conf.d/app.conf",
            "docker/conf.d/x.conf",
            "nginx/templates/default.conf.template",
            "default.conf",
            "web/default.conf.template",
            "nginx.prod.conf",
            "prod.nginx",
            "site.nginx.j2",
            "sites-available/example.org",
            "sites-enabled/default",
            "nginx/security-headers.conf",
            "docker/nginx-proxy/proxy_params.conf",
        ] {
            assert!(is_nginx_candidate(path), "{path}");
        }
        for path in [
            "postgresql.conf",
            "redis/redis.conf",
            "nginx/README.md",
            "sites-available/README.md",
            "nginx/Dockerfile",
            "src/nginxious.conf",
            "supervisord.conf",
            "default.config.js",
            "nginx.conf.old",
        ] {
            assert!(!is_nginx_candidate(path), "{path}");
        }
    }
}
