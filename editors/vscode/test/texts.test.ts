import assert from "node:assert/strict";
import { test } from "node:test";

import { type Counted, inWords } from "../src/counts";
import { optionsOf, restarts } from "../src/options";
import { page, readRules } from "../src/rules";

test("the server is told its settings, those that are set, and the trust", () => {
    const set: Record<string, unknown> = {
        scope: "openFiles",
        debounce: 0,
        path: "/x",
        trusted: 1,
    };
    assert.deepEqual(
        optionsOf((name) => set[name], false),
        { scope: "openFiles", debounce: 0, trusted: false },
    );
});

test("only another program is started anew", () => {
    const changed = (name: string) => restarts((section) => section === `seaworthy.${name}`);
    assert.deepEqual(["path", "enable", "scope"].map(changed), [true, true, false]);
});

test("findings are counted by severity, and only ours", () => {
    const of = (severity: number, source = "seaworthy"): Counted => ({ severity, source });
    assert.equal(inWords([]), "no findings");
    assert.equal(inWords([[of(0, "eslint"), { severity: 0 }], []]), "no findings");
    assert.equal(
        inWords([
            [of(0), of(1)],
            [of(1), of(3)],
        ]),
        "1 error, 2 warnings, 1 hint",
    );
});

test("rules and detectors are read, and what is neither is left out", () => {
    const rule = { id: "a", summary: "s", severity: "high", group: "g", help: "Flags." };
    const detector = { id: "b", name: "n", provider: "P", description: "D.", revoke: "R" };
    const rules = readRules(JSON.stringify([rule, null, 3, { id: 4 }, detector]));
    assert.deepEqual(rules, [
        { id: "a", summary: "s", facts: "severity high, group g", help: "Flags." },
        { id: "b", summary: "n", facts: "of P", help: "D.\n\nRevoke it: R" },
    ]);
    assert.throws(() => readRules("{}"));
    assert.throws(() => readRules("error: x"));
});

test("the page of a rule says of each example whether it is found", () => {
    const help = "Flags.\n\n```env fails .env\nA=b\n```\n\n```env passes .env\nA=c\n```\n";
    assert.equal(
        page({ id: "a", summary: "s", facts: "severity high", help }),
        "# a: s\n\n*severity high*\n\nFlags.\n\nFound:\n\n```env\nA=b\n```\n\nNot found:\n\n```env\nA=c\n```\n",
    );
    assert.equal(page({ id: "a", summary: "", facts: "", help: "" }), "# a");
});
