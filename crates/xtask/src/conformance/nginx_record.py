"""Records what crossplane and nginx say about configurations.

    python nginx_record.py DIR [COUNT]

writes DIR/nginx/cases.json for `cargo xtask conformance DIR`. Needs the package
`crossplane`; nginx itself is asked where it is installed. The same COUNT gives
the same cases.
"""

import json
import pathlib
import random
import re
import shutil
import subprocess
import sys
import tempfile

import crossplane

BY_HAND = [
    "events {}\nhttp {\n  server {\n    listen 8099;\n    location / { return 200 'a b'; }\n  }\n}\n",
    "events {}\nhttp { server { listen 8099; set $a \"x;{}\\\"'\"; set $b 'y\\'\"'; } }\n",
    "events {}\nhttp { server { listen 8099; location ~ \\.php$ { return 200; } } }\n",
    "events {}\nhttp { server { listen 8099; location ~ \"^/[0-9]{4}/x$\" { return 200; } } }\n",
    "events {}\nhttp { server { listen 8099; location ~ ^/[0-9]{4}/x$ { return 200; } } }\n",
    "events {}\nhttp { server { listen 8099; set $a ${uri}b; set $b \"${uri} c\"; } }\n",
    "events {}\nhttp { map $uri $m { default 0; ~^/a 1; \"~ b{2}\" 2; server 3; } }\n",
    "events {}\nhttp { types { text/html html htm; } geo $g { default 0; 10.0.0.0/8 1; } }\n",
    "events {}\nhttp { split_clients $uri $s { 50% a; * b; } }\n",
    "events {}\nhttp { server { listen 8099; if ($request_method = POST) { return 405; } } }\n",
    "events {}\nhttp { server { listen 8099; if ( $uri ~* \"a b\" ) { return 405; } } }\n",
    "events {}\nhttp { log_format x 'a'\n 'b' # c\n \"d\"; }\n",
    "events {}\nhttp { server { listen 8099 } }\n",
    "events {}\nhttp { server { listen 8099; }\n",
    "events {}\nhttp { server { listen 8099; } } }\n",
    "events {}\nhttp { server { listen 8099; set $a \"b\"c; } }\n",
    "events {}\nhttp { server { listen 8099; set $a \"b; } }\n",
    "events {};\nhttp { }\n",
    "events {}\r\nhttp {\r\n  # c\r\n  server { listen 8099; }\r\n}\r\n",
    "events {}\nhttp { server { listen 8099; set $a b}c; } }\n",
    "events {}\nhttp { server { listen 8099; set $a " + "x" * 4095 + "; } }\n",
    "events {}\nhttp { server { listen 8099; set $a " + "x" * 4096 + "; } }\n",
    "events {}\n#" + "x" * 5000 + "\nhttp { }\n",
    "\ufeffevents {}\nhttp { }\n",
]

PIECES = ["a", "b", "1", "/", ".", "-", "=", "ü", "${uri}", "$uri", "$host", "\\.", "\\\\", "*", "[a-z]", "(x|y)"]
QUOTED = [*PIECES, " ", ";", "{", "}", "#", "\\n", "\\t", "\n"]


def word(rng):
    kind = rng.random()
    if kind < 0.45:
        return rng.choice("abcdef") + "".join(rng.choice(PIECES) for _ in range(rng.randrange(4)))
    quote = rng.choice("\"'")
    other = "'" if quote == '"' else '"'
    inside = [*QUOTED, other, "\\" + quote]
    return quote + "".join(rng.choice(inside) for _ in range(rng.randrange(7))) + quote


def blank(rng):
    return rng.choice([" ", " ", " ", "  ", "\t", "\n    ", " # c {;\"\n  "])


def end(rng):
    return rng.choice([";", ";", ";", " ;", "\n;"]) + rng.choice(["\n", "\n", " ", "", " # '}\n"])


def line(rng, *words):
    text = words[0]
    for part in words[1:]:
        text += blank(rng) + part
    return text + end(rng)


class Names:
    def __init__(self):
        self.count = 0

    def next(self, prefix):
        self.count += 1
        return f"{prefix}{self.count}"


def location(rng, names, depth):
    match = rng.choice(["", "= ", "^~ ", "~ ", "~* "])
    path = f"/{names.next('p')}/" if match in ("", "= ", "^~ ") else rng.choice(
        [f"^/{names.next('r')}$", f'"^/{names.next("r")}[0-9]{{2}} x"', f"\\.{names.next('e')}$"])
    body = "".join(inside(rng, names, depth + 1) for _ in range(rng.randrange(4)))
    return f"location{blank(rng)}{match}{path}{rng.choice([' ', '', chr(10)])}{{{blank(rng)}{body}}}\n"


def inside(rng, names, depth):
    pick = rng.random()
    if pick < 0.3:
        return line(rng, "set", f"${names.next('v')}", word(rng))
    if pick < 0.55:
        tail = ["always"] if rng.random() < 0.4 else []
        return line(rng, "add_header", names.next("X-A"), word(rng), *tail)
    if pick < 0.65:
        return line(rng, "return", "200", word(rng))
    if pick < 0.75:
        condition = rng.choice(["($uri = a)", "( $uri ~ \"a b\" )", "($host != 'x')", "(-f $request_filename)"])
        return f"if{blank(rng)}{condition} {{ {line(rng, 'return', '403')} }}\n"
    if pick < 0.8:
        return f"# {names.next('note')} ; {{ }} ' \"\n"
    return location(rng, names, depth) if depth == 0 else line(rng, "error_page", "404", "/x")


def configuration(rng):
    names = Names()
    out = [rng.choice(["events {}\n", "events{ }", "events { worker_connections 64; }\n"]), "http {\n"]
    for _ in range(rng.randrange(3)):
        entries = "".join(
            line(rng, rng.choice(["default", f"k{number}", f'"~^/{number} x{{2}}"', f"~{number}$"]), word(rng))
            for number in range(rng.randrange(4)))
        if entries.count("default") <= 1:
            out.append(f"map{blank(rng)}$uri{blank(rng)}${names.next('m')} {{{blank(rng)}{entries}}}\n")
    if rng.random() < 0.3:
        out.append("types { text/html html htm;\n text/css css; }\n")
    if rng.random() < 0.3:
        out.append(line(rng, "log_format", names.next("f"), word(rng), word(rng)))
    for _ in range(rng.randrange(1, 3)):
        out.append("server {\n" + line(rng, "listen", "8099") + line(rng, "server_name", names.next("h"), "_"))
        out.extend(inside(rng, names, 0) for _ in range(rng.randrange(7)))
        out.append("}\n")
    out.append("}\n")
    return "".join(out)


def damaged(rng, text):
    for _ in range(rng.randrange(1, 3)):
        at = rng.randrange(len(text))
        if rng.random() < 0.5:
            text = text[:at] + text[at + 1:]
        else:
            text = text[:at] + rng.choice(";{}\"'\\$# \n") + text[at:]
    return text


def tree(block):
    return [
        [entry["directive"], entry["line"], entry["args"], tree(entry["block"]) if "block" in entry else None]
        for entry in block
        if entry["directive"] != "#"  # a comment within a directive
    ]


def ask_crossplane(path):
    payload = crossplane.parse(
        str(path), single=True, strict=False, check_ctx=False, check_args=False, catch_errors=True)
    config = payload["config"][0]
    if config["status"] != "ok":
        return {"errors": [[error["line"], error["error"].split(" in ")[0]] for error in config["errors"]]}
    return {"tree": tree(config["parsed"])}


def ask_nginx(path):
    done = subprocess.run(
        ["nginx", "-t", "-c", str(path), "-g", "pid /dev/null; error_log /dev/null;"],
        capture_output=True, text=True, errors="replace", check=False)
    if done.returncode == 0:
        return {"accepts": True}
    found = re.search(r"\[emerg\] \d+#\d+: (.*) in \S+?(?::(\d+))?$", done.stderr, re.M | re.S)
    message = found.group(1) if found else done.stderr
    at = re.search(r":(\d+)\n", done.stderr)
    return {"accepts": False, "message": message.split("\n")[0][:120], "line": int(at.group(1)) if at else None}


def main():
    directory = pathlib.Path(sys.argv[1]) / "nginx"
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 600
    directory.mkdir(parents=True, exist_ok=True)
    rng = random.Random(5)
    texts = [("by-hand", text) for text in BY_HAND]
    for _ in range(count):
        whole = configuration(rng)
        texts.append(("whole", whole))
        texts.append(("damaged", damaged(rng, whole)))
    has_nginx = shutil.which("nginx") is not None
    cases = []
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "nginx.conf"
        for number, (kind, text) in enumerate(texts):
            path.write_bytes(text.encode())
            case = {"id": f"{kind}-{number}", "text": text, "crossplane": ask_crossplane(path)}
            if has_nginx:
                case["nginx"] = ask_nginx(path)
            cases.append(case)
    (directory / "cases.json").write_text(json.dumps(cases, ensure_ascii=False, indent=0))
    print(f"{len(cases)} cases, nginx {'asked' if has_nginx else 'not installed'}")


main()
