// @ts-check
// What the plugin is, and what the host calls.

import { SCHEMA, read } from "./src/config.js";
import { check } from "./src/rules.js";

/** Files that set variables, of whatever environment; not documentation and foreign code. */
const FILES = [{
  kinds: ["env", "compose", "vercel"],
  globs: [],
  roles: ["deployable", "template", "development", "test", "source"],
  needles: [],
  attributes: [],
}];

/**
 * @param {string} id
 * @param {import("seaworthy:plugin/types@1.0.0").Severity} severity
 * @param {string} summary
 * @param {string} help
 * @returns {import("seaworthy:plugin/types@1.0.0").RuleInfo}
 */
function rule(id, severity, summary, help) {
  return {
    id,
    formerIds: [],
    summary,
    help,
    severity,
    // The configuration decides, nothing is guessed.
    precision: id === "secret-without-suffix" ? "high" : "very-high",
    cwe: new Uint16Array(),
    tags: ["policy", "naming"],
    enabled: id !== "unowned-name",
    files: FILES,
    attributes: [],
  };
}

const RULES = [
  rule("name-style", "low", "name of a variable that is not in the style of this repository",
    `Flags names of variables that are not written as \`style\` in the configuration says:
\`upper-snake\` (\`DATABASE_URL\`) or \`lower-snake\` (\`database_url\`).

Names in one style are found by searching once. Rename the variable, here and where it is read.
`),
  rule("missing-prefix", "low", "name of a variable without the prefix of its directory or service",
    `Flags variables that are set in a directory or for a Compose service whose names have
prefixes by the configuration, and that begin with none of them.

A prefix tells who reads a variable. Rename it, set it where it belongs, or name it in
\`except\` if somebody else's image prescribes it.
`),
  rule("secret-without-suffix", "medium", "secret whose name does not say that it is one",
    `Flags variables that hold a secret, by their name or value, and whose names end with none
of \`secret-suffixes\`.

Whatever masks logs, copies settings or rotates keys goes by names. Give it a name that says
what it is. URLs with a password in them are addresses first and not flagged.
`),
  rule("forbidden-name", "medium", "name of a variable that is not to be used any more",
    `Flags names that \`forbidden\` in the configuration lists. What to use instead and why is
said there.
`),
  rule("foreign-owner", "medium", "variable of another team set outside of their places",
    `Flags variables whose prefix has an owner by the configuration, when they are set outside of
the owner's paths and services.

A second copy of somebody's setting goes stale when they change it. Ask them, or use a name
of your own.
`),
  rule("unowned-name", "info", "variable that nobody answers for",
    `Flags variables whose names begin with no prefix of an owner. Not on by default: turn it on
when every prefix has found its owner.
`),
];

/** @type {ReturnType<typeof read>} */
let config = read("{}");

export const plugin = {
  /** @returns {import("seaworthy:plugin/types@1.0.0").PluginInfo} */
  describe() {
    return {
      name: "env-policy",
      version: "0.1.0",
      summary: "A team's rules for the names and owners of variables",
      rules: RULES,
      configSchema: JSON.stringify(SCHEMA),
      attributes: [["license", "MIT OR Apache-2.0"]],
    };
  },

  /** @param {string} text */
  configure(text) {
    config = read(text);
  },
};

export const fileRules = {
  /**
   * @param {import("seaworthy:plugin/documents@1.0.0").Document} file
   * @param {string[]} rules
   * @returns {import("seaworthy:plugin/types@1.0.0").Finding[]}
   */
  checkFile(file, rules) {
    return check(file, rules, config);
  },
};
