import assert from "node:assert/strict";
import { test } from "node:test";

import { expand, findProgram, type Surroundings } from "../src/program";

const UNIX: Surroundings = {
    platform: "linux",
    home: "/home/ann",
    environment: { PATH: "./bin::/usr/bin:/opt/bin", TOOLS: "/tools" },
    extension: "/ext",
    folder: "/work",
    runs: () => false,
};
const WINDOWS: Surroundings = {
    platform: "win32",
    home: "C:\\Users\\Ann",
    environment: { Path: "bin;C:\\Tools\\;\\\\share\\bin" },
    extension: "C:\\ext",
    folder: "D:\\work",
    runs: () => false,
};

const having = (around: Surroundings, ...files: string[]): Surroundings => ({
    ...around,
    runs: (path) => files.includes(path),
});

test("the program that came along is taken before the one on PATH", () => {
    const both = having(UNIX, "/ext/bin/seaworthy", "/usr/bin/seaworthy");
    assert.deepEqual(findProgram("", both), { path: "/ext/bin/seaworthy", from: "extension" });
    const windows = having(WINDOWS, "C:\\ext\\bin\\seaworthy.exe");
    assert.deepEqual(findProgram(" ", windows), {
        path: "C:\\ext\\bin\\seaworthy.exe",
        from: "extension",
    });
});

test("PATH is searched in its order, whatever the case of its name", () => {
    const unix = having(UNIX, "/opt/bin/seaworthy", "/usr/bin/seaworthy");
    assert.deepEqual(findProgram("", unix), { path: "/usr/bin/seaworthy", from: "PATH" });
    const windows = having(WINDOWS, "C:\\Tools\\seaworthy.exe");
    assert.deepEqual(findProgram("", windows), { path: "C:\\Tools\\seaworthy.exe", from: "PATH" });
});

test("what lies in the opened folder is not run because PATH has a relative entry", () => {
    for (const path of ["./bin/seaworthy", "bin/seaworthy", "seaworthy", "/seaworthy"]) {
        assert.deepEqual(findProgram("", having(UNIX, path)), { missing: "everywhere" }, path);
    }
    const windows = having(WINDOWS, "bin\\seaworthy.exe");
    assert.deepEqual(findProgram("", windows), { missing: "everywhere" });
});

test("what the user set counts alone", () => {
    const both = having(UNIX, "/ext/bin/seaworthy", "/usr/bin/seaworthy");
    assert.deepEqual(findProgram("/nowhere", both), { missing: "setting", path: "/nowhere" });
    assert.deepEqual(findProgram("bin/seaworthy", both), {
        missing: "setting",
        path: "bin/seaworthy",
    });
});

test("a bare name is looked for on PATH", () => {
    const other = having(UNIX, "/opt/bin/seaworthy-next");
    assert.deepEqual(findProgram("seaworthy-next", other), {
        path: "/opt/bin/seaworthy-next",
        from: "setting",
    });
});

test("the folder's program is run only where the folder is trusted", () => {
    const setting = "$" + "{workspaceFolder}/node_modules/.bin/seaworthy";
    const here = having(UNIX, "/work/node_modules/.bin/seaworthy", "/node_modules/.bin/seaworthy");
    assert.deepEqual(findProgram(setting, here), {
        path: "/work/node_modules/.bin/seaworthy",
        from: "setting",
    });
    assert.deepEqual(findProgram(setting, { ...here, folder: undefined }), {
        missing: "folder",
        path: setting,
    });
});

test("variables of a setting are filled in", () => {
    const cases: [string, Surroundings, string][] = [
        ["~/bin/seaworthy", UNIX, "/home/ann/bin/seaworthy"],
        ["~ann/bin", UNIX, "~ann/bin"],
        ["~\\bin", WINDOWS, "C:\\Users\\Ann\\bin"],
        ["$" + "{env:TOOLS}/a", UNIX, "/tools/a"],
        ["$" + "{env:NONE}/a", UNIX, "/a"],
        ["$" + "{env:PATH}", { ...WINDOWS, environment: { Path: "$&" } }, "$&"],
        ["$" + "{userHome}/a", { ...UNIX, home: "/$$" }, "/$$/a"],
    ];
    for (const [setting, around, expected] of cases) {
        assert.equal(expand(setting, around), expected, setting);
    }
});
