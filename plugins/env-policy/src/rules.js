// @ts-check
// What the rules find in one file.

import { glob, wildcard } from "./match.js";

/**
 * @typedef {import("seaworthy:plugin/documents@1.0.0").Document} Document
 * @typedef {import("seaworthy:plugin/documents@1.0.0").Definition} Definition
 * @typedef {import("seaworthy:plugin/types@1.0.0").Finding} Finding
 * @typedef {Required<import("./config.js").Config>} Config
 * @typedef {import("./config.js").Scope} Scope
 * @typedef {import("./config.js").Owner} Owner
 * @typedef {(variable: Definition, config: Config) => Pick<Finding, "message" | "fixes"> | undefined} Rule
 */

const STYLES = {
  "upper-snake": /^[A-Z][A-Z0-9]*(_[A-Z0-9]+)*$/,
  "lower-snake": /^[a-z][a-z0-9]*(_[a-z0-9]+)*$/,
};

/** @type {Record<string, Rule>} */
const RULES = {
  "name-style"({ name }, { style }) {
    if (style === "any" || STYLES[style].test(name)) return;
    const example = style === "upper-snake" ? "UPPER_SNAKE_CASE" : "lower_snake_case";
    return { message: `${name} is not written in ${example}, as names are here.`, fixes: [] };
  },

  "missing-prefix"(variable, { prefixes }) {
    const wanted = prefixes.filter((scope) => holds(scope, variable)).flatMap((scope) => scope.prefixes);
    if (wanted.length === 0 || wanted.some((prefix) => variable.name.startsWith(prefix))) return;
    const place = variable.service === undefined ? "in this file" : `for the service ${variable.service}`;
    return { message: `${variable.name} begins with none of the prefixes of names ${place}: ${wanted.join(", ")}.`, fixes: [] };
  },

  "secret-without-suffix"(variable, config) {
    const suffixes = config["secret-suffixes"];
    if (suffixes.length === 0 || !isSecret(variable)) return;
    if (suffixes.some((suffix) => variable.name.endsWith(suffix))) return;
    return { message: `${variable.name} is a secret, but its name ends with none of ${suffixes.join(", ")}. Those who log, mask or rotate secrets go by their names.`, fixes: [] };
  },

  "forbidden-name"({ name, keyRegion }, { forbidden }) {
    const entry = forbidden.find((entry) => wildcard(entry.name, name));
    if (entry === undefined || entry.instead === name) return;
    const use = entry.instead === undefined ? "" : `; use ${entry.instead}`;
    const reason = entry.reason === undefined ? "" : ` ${entry.reason}`;
    return {
      message: `${name} is not to be used any more${use}.${reason}`,
      // What reads the variable has to change as well, so a person has to do it.
      fixes: entry.instead === undefined ? [] : [{
        title: `Rename to ${entry.instead}, here and where it is read`,
        applicability: "display-only",
        replacements: [{ region: keyRegion, text: entry.instead }],
        attributes: [],
      }],
    };
  },

  "foreign-owner"(variable, { owners }) {
    const owner = ownerOf(variable.name, owners);
    if (owner === undefined || (!owner.paths && !owner.services) || holds(owner, variable)) return;
    const places = [...(owner.paths ?? []), ...(owner.services ?? [])].join(", ");
    return { message: `${variable.name} is owned by ${owner.owner} and to be set in ${places} alone. Ask them, or use a name of your own.`, fixes: [] };
  },

  "unowned-name"({ name }, { owners }) {
    if (owners.length === 0 || ownerOf(name, owners) !== undefined) return;
    return { message: `${name} begins with no prefix that has an owner, so nobody answers for it.`, fixes: [] };
  },
};

/**
 * The findings of the rules asked for, each once for a name and service.
 *
 * @param {Document} file
 * @param {string[]} rules
 * @param {Config} config
 * @returns {Finding[]}
 */
export function check(file, rules, config) {
  const path = file.path();
  const seen = new Set();
  /** @type {Finding[]} */
  const findings = [];
  for (const variable of file.definitions()) {
    const evidence = variable.service === undefined ? variable.name : `${variable.service}.${variable.name}`;
    // What an anchor or `extends` brings in is judged where it is written.
    if (variable.path !== path || seen.has(evidence)) continue;
    seen.add(evidence);
    const excepted = config.except.some((pattern) => wildcard(pattern, variable.name));
    const owner = ownerOf(variable.name, config.owners);
    for (const rule of rules) {
      if (excepted && rule !== "forbidden-name") continue;
      const found = RULES[rule]?.(variable, config);
      if (found === undefined) continue;
      findings.push({
        ...found,
        rule,
        location: { region: variable.keyRegion },
        evidence,
        sensitive: [],
        related: [],
        attributes: owner === undefined ? [] : [["env-policy.owner", owner.owner]],
      });
    }
  }
  return findings;
}

/**
 * Whether a variable is set where a scope says.
 *
 * @param {Scope} scope
 * @param {Definition} variable
 * @returns {boolean}
 */
function holds(scope, { path, service }) {
  return (scope.paths ?? []).some((pattern) => glob(pattern, path))
    || (service !== undefined && (scope.services ?? []).includes(service));
}

/**
 * The owner of a name: that of its longest prefix.
 *
 * @param {string} name
 * @param {Owner[]} owners
 * @returns {Owner | undefined}
 */
export function ownerOf(name, owners) {
  /** @type {Owner | undefined} */
  let best;
  for (const owner of owners) {
    if (name.startsWith(owner.prefix) && owner.prefix.length > (best?.prefix.length ?? 0)) best = owner;
  }
  return best;
}

/**
 * Whether a variable is a secret by its name or its value. A URL with a password in it
 * is an address first.
 *
 * @param {Definition} variable
 * @returns {boolean}
 */
function isSecret({ judgement }) {
  if (judgement.part !== undefined || judgement.valueClass === "inert") return false;
  return judgement.secretKind !== undefined || judgement.valueClass === "real";
}
