//! Responses of a real nginx against what we predict: status and headers of
//! every route of some configurations, on loopback. Run with the tests; skipped
//! where nginx is not installed.

use std::fmt::Write as _;
use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use seaworthy_formats::nginx::{Configuration, Entry, Included, NginxFile, NodeId, Surroundings};

/// What lies below the root of the servers.
const FILES: [&str; 7] = [
    "index.html",
    "404.html",
    "50x.html",
    "app.js",
    "sub/index.html",
    "sub/file.txt",
    "bare/x.txt",
];

/// The routes that every configuration is asked for.
const ROUTES: [&str; 26] = [
    "/",
    "/index.html",
    "/missing",
    "/app.js",
    "/sub",
    "/sub/",
    "/sub/file.txt",
    "/sub/none",
    "/bare",
    "/bare/",
    "/bare/x.txt",
    "/50x.html",
    "/404.html",
    "/api",
    "/api/",
    "/api/x",
    "/api/admin/x",
    "/dead/x",
    "/old",
    "/deny/x",
    "/a/b/c",
    "/a/b/c.css",
    "/a/x.php",
    "/files/file.txt",
    "/files/none",
    "/status",
];

/// Bodies of `http`; `@A` and `@B` are ports, of which nothing listens on `@B`
/// but where a server says so.
const BY_HAND: [&str; 9] = [
    // Inheritance, with and without `always`.
    "add_header X-Http 1;
     server { listen @A; root @ROOT;
       location / { }
       location /sub/ { add_header X-Sub 1 always; }
       location /bare/ { add_header X-Bare 1; autoindex on; }
       location = /old { return 301 /new; }
       location /deny/ { deny all; }
       location /status { return 503; } }",
    "server { listen @A; root @ROOT; add_header X-Frame-Options DENY; add_header X-All 1 always;
       error_page 404 /404.html; error_page 500 502 503 504 /50x.html;
       location = /404.html { internal; add_header X-Error 1 always; }
       location = /50x.html { add_header X-Plain 1; }
       location /dead/ { proxy_pass http://127.0.0.1:@B; }
       location /deny/ { return 403; }
       location /status { return 503; }
       location /api/ { return 200 'ok'; add_header X-Api 1; } }",
    // An application of one page, whose page has a location of its own.
    "server { listen @A; root @ROOT; add_header X-Server 1;
       location / { try_files $uri $uri/ /index.html; }
       location = /index.html { add_header Cache-Control no-cache; }
       location ~* \\.(js|css)$ { add_header X-Asset 1; }
       location /api/ { try_files $uri =404; } }",
    // Nested locations, patterns before prefixes, `^~`.
    "server { listen @A; root @ROOT; add_header X-Server 1;
       location /a/ { add_header X-A 1 always;
         location /a/b/ { add_header X-B 1 always;
           location ~ \\.css$ { return 200; }
           location ~ c$ { add_header X-C 1 always; return 200; } }
         location ~ \\.php$ { return 404; } }
       location ~ \\.css$ { add_header X-Css 1 always; return 200; }
       location ^~ /sub/ { add_header X-Caret 1; }
       location ~ file { add_header X-Pattern 1; }
       location /files/ { alias @ROOT/sub/; add_header X-Files 1; } }",
    // Named locations, other statuses, redirects of error pages.
    "server { listen @A; root @ROOT; add_header X-Server 1 always;
       error_page 404 = @none; error_page 403 =200 /app.js; error_page 503 https://x.example/;
       location @none { add_header X-None 1; return 404 'x'; }
       location /deny/ { deny all; add_header X-Deny 1 always; }
       location /status { return 503; }
       location /dead/ { proxy_pass http://127.0.0.1:@B; error_page 502 =503 @none; }
       location /api/ { try_files /nothing @back; }
       location @back { proxy_pass http://127.0.0.1:@B; error_page 502 /50x.html; add_header X-Back 1 always; } }",
    // What passes requests on answers a path without its slash.
    "server { listen @A; root @ROOT; add_header X-Server 1;
       location /api/ { proxy_pass http://127.0.0.1:@B/; add_header X-Api 1 always; }
       location /api/admin/ { proxy_pass http://127.0.0.1:@B/; } }
     server { listen @B; location / { return 200 'up'; } }",
    // Directives of the server before all locations.
    "server { listen @A; root @ROOT; add_header X-Server 1;
       rewrite ^/old$ /app.js last; rewrite ^/api$ /sub/file.txt permanent;
       location / { add_header X-Root 1; }
       location ~ \\.js$ { add_header X-Js 1; }
       location /a/ { rewrite ^/a/b/(.*)\\.css$ /sub/file.txt last; return 404; } }",
    "add_header X-Http 1 always;
     server { listen @A; add_header X-Server 1 always; return 301 https://x.example$request_uri;
       location / { add_header X-Never 1 always; } }",
    "server { listen @A; root @ROOT; add_header X-Server 1 always; add_header X-Empty '';
       error_page 401 /404.html;
       index none.html index.html;
       location /sub { auth_basic x; auth_basic_user_file @ROOT/app.js; }
       location /bare { index /app.js; }
       location /files/ { alias @ROOT/bare/; error_page 404 /missing.html; add_header X-Files 1; } }",
];

/// A directory of its own for one test, removed at its end.
struct Place(PathBuf);

impl Place {
    fn new(number: usize) -> Self {
        let name = format!("seaworthy-nginx-{}-{number}", std::process::id());
        let place = std::env::temp_dir().join(name);
        for file in FILES {
            let path = place.join("root").join(file);
            std::fs::create_dir_all(path.parent().expect("a file has a directory")).expect("made");
            std::fs::write(path, "x\n").expect("written");
        }
        Self(place)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// A running server, ended with its test.
struct Server(Child);

impl Drop for Server {
    fn drop(&mut self) {
        // The master ends its workers when it is asked to end, not when it is killed.
        let _ = Command::new("kill").arg(self.0.id().to_string()).status();
        let _ = self.0.wait();
    }
}

fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    listener.local_addr().expect("an address").port()
}

fn start(place: &Path, body: &str, port: u16) -> Server {
    let text = format!(
        "daemon off; worker_processes 1; pid {0}/pid; error_log {0}/log crit;\nevents {{ }}\n\
         http {{ access_log off; client_body_temp_path {0}/t1; proxy_temp_path {0}/t2; \
         fastcgi_temp_path {0}/t3; uwsgi_temp_path {0}/t4; scgi_temp_path {0}/t5;\n{body}\n}}\n",
        place.display()
    );
    let file = place.join("nginx.conf");
    std::fs::write(&file, text).expect("written");
    // The workers of a master that is root are somebody else.
    let _ = Command::new("chmod").args(["-R", "a+rX"]).arg(place).status();
    let child = Command::new("nginx")
        .arg("-c")
        .arg(&file)
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("nginx starts");
    let server = Server(child);
    for _ in 0..200 {
        if TcpStream::connect(("127.0.0.1", port)).is_ok() {
            return server;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    let log = std::fs::read_to_string(place.join("log")).unwrap_or_default();
    panic!("nginx does not answer: {log}\n{body}");
}

/// The status and those headers that the configurations set.
fn ask(port: u16, path: &str) -> (u16, Vec<String>) {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).expect("it listens");
    stream.set_read_timeout(Some(Duration::from_secs(60))).expect("a timeout");
    let request = format!("GET {path} HTTP/1.0\r\nHost: localhost\r\n\r\n");
    stream.write_all(request.as_bytes()).expect("sent");
    let mut bytes = Vec::new();
    let _ = stream.read_to_end(&mut bytes);
    let text = String::from_utf8_lossy(&bytes).into_owned();
    let head = text.split("\r\n\r\n").next().unwrap_or("");
    let mut lines = head.lines();
    let status = lines.next().and_then(|line| line.split(' ').nth(1)?.parse().ok()).unwrap_or(0);
    let mut headers: Vec<String> = lines
        .filter(|line| line.starts_with("X-") || line.starts_with("Cache-Control"))
        .map(str::to_owned)
        .collect();
    headers.sort();
    (status, headers)
}

/// The files of the test, and upstreams that answer or do not.
struct Known {
    root: String,
    upstream: u16,
}

impl Surroundings for Known {
    fn entry(&self, path: &str) -> Entry {
        let Some(inside) = path.strip_prefix(&self.root) else { return Entry::Nothing };
        let inside = inside.trim_start_matches('/').trim_end_matches('/');
        if FILES.contains(&inside) {
            return Entry::File;
        }
        let below = format!("{inside}/");
        match inside.is_empty() || FILES.iter().any(|file| file.starts_with(&below)) {
            true => Entry::Directory,
            false => Entry::Nothing,
        }
    }

    fn upstream(&self, _location: NodeId) -> u16 {
        self.upstream
    }
}

/// Asks a real nginx for every route. Returns how many were compared, and the
/// disagreements.
fn compare(number: usize, template: &str) -> (usize, String) {
    let place = Place::new(number);
    let root = place.0.join("root").display().to_string();
    let (port, other) = (free_port(), free_port());
    let body = template
        .replace("@ROOT", &root)
        .replace("@A", &format!("127.0.0.1:{port}"))
        .replace("127.0.0.1:@B", &format!("127.0.0.1:{other}"))
        .replace("@B", &format!("127.0.0.1:{other}"));
    let _server = start(&place.0, &body, port);
    let file = Arc::new(NginxFile::parse(&format!("http {{\n{body}\n}}\n")));
    let configuration = Configuration::load("nginx.conf".into(), file, &|_, _| Included::Unknown);
    let server = configuration.servers().next().expect("a server");
    let upstream = if template.contains("listen @B") { 200 } else { 502 };
    let known = Known { root, upstream };
    let mut wrong = String::new();
    for path in ROUTES {
        let response = configuration.respond(server, path, &known);
        let mut headers: Vec<String> = configuration
            .sent_headers(&response)
            .iter()
            .map(|header| format!("{}: {}", header.name.value, header.value.value))
            .collect();
        headers.sort();
        let real = ask(port, path);
        if real != (response.status, headers.clone()) {
            let _ = writeln!(
                wrong,
                "{path}: predicted {} {headers:?}, nginx {real:?}",
                response.status
            );
        }
    }
    if !wrong.is_empty() {
        wrong = format!("{template}\n{wrong}\n");
    }
    (ROUTES.len(), wrong)
}

/// A configuration made by a small generator of numbers.
fn generated(seed: usize) -> String {
    let mut state = seed.wrapping_mul(2_654_435_761) & 0x7fff_ffff;
    let mut pick = |most: usize| {
        state = state.wrapping_mul(1_103_515_245).wrapping_add(12_345) & 0x7fff_ffff;
        (state >> 9) % most
    };
    let places = [
        "/",
        "/sub/",
        "= /index.html",
        "/api/",
        "~ \\.css$",
        "~* \\.PHP$",
        "^~ /a/",
        "/a/b/",
        "/bare/",
        "= /missing",
        "~ ^/(deny|status)",
        "= /50x.html",
        "= /404.html",
        "/dead/",
    ];
    let acts = [
        "",
        "",
        "",
        "return 200 ok;",
        "return 404;",
        "return 302 /x;",
        "return 503;",
        "try_files $uri $uri/ /index.html;",
        "try_files $uri =404;",
        "deny all;",
        "return 204;",
        "proxy_pass http://127.0.0.1:@B;",
        "error_page 404 /404.html;",
        "error_page 404 =200 /app.js;",
        "root @ROOT/sub;",
    ];
    let headers = |count: usize, number: &mut usize, pick: &mut dyn FnMut(usize) -> usize| {
        let mut text = String::new();
        for _ in 0..count {
            *number += 1;
            let always = if pick(2) == 0 { " always" } else { "" };
            let _ = write!(text, "add_header X-H{number} {}{always}; ", pick(9));
        }
        text
    };
    let mut number = 0;
    let mut text = String::new();
    text.push_str(&{
        let count = pick(2);
        headers(count, &mut number, &mut pick)
    });
    text.push_str("server { listen @A; root @ROOT; ");
    text.push_str(&{
        let count = pick(3);
        headers(count, &mut number, &mut pick)
    });
    if pick(2) == 0 {
        text.push_str("error_page 404 /404.html; ");
    }
    if pick(2) == 0 {
        text.push_str("error_page 500 502 503 504 /50x.html; ");
    }
    let mut used = [false; 14];
    for _ in 0..2 + pick(6) {
        let place = pick(places.len());
        if std::mem::replace(&mut used[place], true) {
            continue;
        }
        let _ = write!(text, "\n  location {} {{ ", places[place]);
        text.push_str(&{
            let count = pick(3);
            headers(count, &mut number, &mut pick)
        });
        text.push_str(acts[pick(acts.len())]);
        text.push_str(" }");
    }
    text.push_str(" }\n");
    text
}

#[test]
fn a_real_nginx_answers_every_route_as_predicted() {
    if Command::new("nginx").arg("-v").stderr(Stdio::null()).status().is_err() {
        crate::say("skipped: nginx is not installed, its responses were not compared");
        return;
    }
    let mut all = 0;
    let mut wrong = String::new();
    let made = (0..40).map(generated);
    for (number, template) in BY_HAND.iter().map(|text| (*text).to_owned()).chain(made).enumerate()
    {
        let (count, found) = compare(number, &template);
        all += count;
        wrong.push_str(&found);
    }
    crate::say(&format!("{all} responses compared"));
    assert!(wrong.is_empty(), "{wrong}");
}
