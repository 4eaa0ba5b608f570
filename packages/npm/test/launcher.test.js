// The launcher, run as npm runs it, with packages of platforms that hold small scripts in
// the place of the program.

"use strict";

const assert = require("node:assert/strict");
const { spawn, spawnSync } = require("node:child_process");
const fs = require("node:fs");
const os = require("node:os");
const path = require("node:path");
const { after, test } = require("node:test");

const OURS = `@seaworthy/${process.platform}-${process.arch}`;
const ON_LINUX = { skip: process.platform !== "linux" };
const folders = [];

after(() => {
  for (const folder of folders) {
    fs.rmSync(folder, { recursive: true, force: true });
  }
});

/** A folder where the launcher is installed, and a package of a platform for each program. */
function installed(programs, known = [`${OURS}-gnu`, `${OURS}-musl`]) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "seaworthy-"));
  folders.push(folder);
  const launcher = path.join(folder, "node_modules/seaworthy");
  fs.mkdirSync(path.join(launcher, "bin"), { recursive: true });
  const source = path.join(__dirname, "../bin/seaworthy.js");
  fs.copyFileSync(source, path.join(launcher, "bin/seaworthy.js"));
  const manifest = JSON.parse(fs.readFileSync(path.join(__dirname, "../package.json"), "utf8"));
  manifest.optionalDependencies = Object.fromEntries(known.map((name) => [name, "1.2.3"]));
  fs.writeFileSync(path.join(launcher, "package.json"), JSON.stringify(manifest));
  for (const [name, { script, mode }] of Object.entries(programs)) {
    const place = path.join(folder, "node_modules", name);
    fs.mkdirSync(place, { recursive: true });
    fs.writeFileSync(path.join(place, "package.json"), JSON.stringify({ name }));
    fs.writeFileSync(path.join(place, "seaworthy"), `#!/bin/sh\n${script}\n`, { mode });
  }
  return path.join(launcher, "bin/seaworthy.js");
}

function program(script, mode = 0o755) {
  return { script, mode };
}

function run(launcher, ...rest) {
  const { env, input, args = [] } = rest[0] ?? {};
  const options = { encoding: "utf8", input, env: { ...process.env, ...env } };
  return spawnSync(process.execPath, [launcher, ...args], options);
}

test("arguments, streams and the exit code are the program's", ON_LINUX, () => {
  const script = 'printf "%s|" "$@"; cat; echo told >&2; exit 3';
  const launcher = installed({ [`${OURS}-gnu`]: program(script) });
  const { status, stdout, stderr } = run(launcher, { args: ["scan", "a b", "*"], input: "in" });
  assert.deepEqual([status, stdout, stderr], [3, "scan|a b|*|in", "told\n"]);
});

test("a program that dies of a signal is seen to die of it", ON_LINUX, () => {
  const launcher = installed({ [`${OURS}-gnu`]: program("kill -TERM $$; sleep 5") });
  const { status, signal } = run(launcher);
  assert.deepEqual([status, signal], [null, "SIGTERM"]);
});

for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
  test(`${signal} reaches the program, whose answer counts`, ON_LINUX, async () => {
    const script = `trap 'kill $!; echo ${signal}; exit 7' ${signal.slice(3)}; echo ready; sleep 9 >/dev/null 2>&1 & wait`;
    const launcher = installed({ [`${OURS}-gnu`]: program(script) });
    const child = spawn(process.execPath, [launcher]);
    let said = "";
    child.stdout.on("data", (data) => {
      if (said === "") {
        child.kill(signal);
      }
      said += data;
    });
    const code = await new Promise((resolve) => child.on("exit", resolve));
    assert.deepEqual([code, said], [7, `ready\n${signal}\n`]);
  });
}

test("beside glibc its own program is taken first, then that for musl", ON_LINUX, (t) => {
  if (!process.report.getReport().header.glibcVersionRuntime) {
    t.skip("not glibc");
    return;
  }
  const [gnu, musl] = [program("echo gnu"), program("echo musl")];
  const both = installed({ [`${OURS}-gnu`]: gnu, [`${OURS}-musl`]: musl });
  assert.equal(run(both).stdout, "gnu\n");
  assert.equal(run(installed({ [`${OURS}-musl`]: musl })).stdout, "musl\n");
});

test("where the C library is musl its program is taken", ON_LINUX, () => {
  const musl = `process.report.getReport = () =>
    ({ header: {}, sharedObjects: ["/lib/ld-musl-x86_64.so.1"] });`;
  const [gnu, other] = [program("echo gnu"), program("echo musl")];
  const launcher = installed({ [`${OURS}-gnu`]: gnu, [`${OURS}-musl`]: other });
  const pretend = path.join(path.dirname(launcher), "pretend.js");
  fs.writeFileSync(pretend, musl);
  assert.equal(run(launcher, { env: { NODE_OPTIONS: `--require ${pretend}` } }).stdout, "musl\n");
});

test("a package that is missing is named, with what to do", ON_LINUX, () => {
  const { status, stdout, stderr } = run(installed({}));
  assert.deepEqual([status, stdout], [2, ""]);
  assert.match(stderr, /^error: the package @seaworthy\/linux-/);
  assert.match(stderr, /--omit=optional/);
  assert.match(stderr, /npm install @seaworthy\/linux-.*@\d/);
});

test("a platform without a program hears for which there is one", () => {
  const { status, stderr } = run(installed({}, ["@seaworthy/plan9-mips"]));
  assert.equal(status, 2);
  assert.match(stderr, /there is no program for .*there is one for: plan9-mips/s);
});

test("a program that may not be executed is told as that", ON_LINUX, () => {
  const { status, stderr } = run(installed({ [`${OURS}-gnu`]: program("true", 0o644) }));
  assert.equal(status, 2);
  assert.match(stderr, /^error: cannot start .*may not be executed/);
});

test("SEAWORTHY_BINARY names another program", ON_LINUX, () => {
  const launcher = installed({ [`${OURS}-gnu`]: program("echo package") });
  const other = path.join(path.dirname(launcher), "other");
  fs.writeFileSync(other, "#!/bin/sh\necho other\n", { mode: 0o755 });
  assert.equal(run(launcher, { env: { SEAWORTHY_BINARY: other } }).stdout, "other\n");
});
