#!/usr/bin/env node
// Starts the program that the package of this platform holds, as if it had been started
// itself: the same arguments, streams, signals and exit code.

"use strict";

const { spawn } = require("node:child_process");
const fs = require("node:fs");
const os = require("node:os");
const path = require("node:path");

const manifest = require("../package.json");

/** Whether the C library of this Linux is musl. */
function isMusl() {
  // The report says which glibc runs; it must not look up the names of open connections.
  process.report.excludeNetwork = true;
  const { header, sharedObjects } = process.report.getReport();
  if (header.glibcVersionRuntime) {
    return false;
  }
  return (
    sharedObjects.some((file) => /(?:^|\/)(?:ld-musl-|libc\.musl-)/.test(file)) ||
    fs.existsSync("/etc/alpine-release")
  );
}

/** The packages that hold a program for this machine, the best first. */
function candidates() {
  const name = `@seaworthy/${process.platform}-${process.arch}`;
  if (process.platform !== "linux") {
    return [name];
  }
  // The program for musl needs no library, so it runs beside glibc too.
  return isMusl() ? [`${name}-musl`] : [`${name}-gnu`, `${name}-musl`];
}

/** The program of the first of the packages that is installed. */
function find(packages) {
  const file = process.platform === "win32" ? "seaworthy.exe" : "seaworthy";
  for (const name of packages) {
    try {
      return path.join(path.dirname(require.resolve(`${name}/package.json`)), file);
    } catch {
      // Not installed: the next one.
    }
  }
  return undefined;
}

/** What to do where no package of this platform is installed. */
function missing(packages) {
  const known = Object.keys(manifest.optionalDependencies ?? {});
  const ours = packages.filter((name) => known.includes(name));
  if (ours.length === 0) {
    const platform = packages[0].slice("@seaworthy/".length);
    const list = known.map((name) => name.slice("@seaworthy/".length)).join(", ");
    return (
      `there is no program for ${platform}; there is one for: ${list}.\n` +
      "Build it from source with `cargo install --locked seaworthy`, and name it in " +
      "SEAWORTHY_BINARY."
    );
  }
  return (
    `the package ${ours[0]}, which holds the program for this machine, is not installed.\n` +
    "It is an optional dependency. Was it left out by `--omit=optional` or `--no-optional`, " +
    "or was node_modules or the lockfile made on another system?\n" +
    `Install again without them, or install it by name: npm install ${ours[0]}@${manifest.version}`
  );
}

function fail(message) {
  process.stderr.write(`error: ${message}\n`);
  process.exitCode = 2;
}

function run(program) {
  // Whoever stops this process means the program; how that ends is then how this ends.
  // From before it starts: it may be stopped at once.
  const signals = ["SIGHUP", "SIGINT", "SIGTERM"];
  for (const signal of signals) {
    process.on(signal, () => child.kill(signal));
  }
  const child = spawn(program, process.argv.slice(2), { stdio: "inherit", windowsHide: true });
  child.on("error", (error) => {
    const why =
      error.code === "EACCES"
        ? "it may not be executed; is node_modules on a file system that is mounted noexec?"
        : error.message;
    fail(`cannot start ${program}: ${why}`);
  });
  child.on("exit", (code, signal) => {
    if (signal === null) {
      process.exitCode = code;
      return;
    }
    for (const each of signals) {
      process.removeAllListeners(each);
    }
    process.exitCode = 128 + (os.constants.signals[signal] ?? 0);
    process.kill(process.pid, signal);
  });
}

const packages = candidates();
const program = process.env.SEAWORTHY_BINARY || find(packages);
if (program === undefined) {
  fail(missing(packages));
} else {
  run(program);
}
