// @ts-check
// The configuration: its schema, and what it means when parts are left out.

/**
 * Where something holds: files by pattern, Compose services by name. When both are given,
 * one of them is enough.
 * @typedef {{paths?: string[], services?: string[]}} Scope
 *
 * @typedef {Scope & {prefixes: string[]}} Prefixes names that begin so belong here
 * @typedef {{name: string, instead?: string, reason?: string}} Forbidden
 * @typedef {Scope & {prefix: string, owner: string}} Owner
 *
 * @typedef {object} Config
 * @property {"upper-snake" | "lower-snake" | "any"} [style]
 * @property {Prefixes[]} [prefixes]
 * @property {string[]} [secret-suffixes]
 * @property {Forbidden[]} [forbidden]
 * @property {Owner[]} [owners]
 * @property {string[]} [except]
 */

const NAMES = { type: "array", items: { type: "string", minLength: 1, maxLength: 200 }, maxItems: 1000 };

const SCOPE = {
  paths: { ...NAMES, description: "Patterns of paths: `*`, `?` and `**`." },
  services: { ...NAMES, description: "Names of Compose services." },
};

export const SCHEMA = {
  $schema: "https://json-schema.org/draft/2020-12/schema",
  type: "object",
  additionalProperties: false,
  properties: {
    style: {
      description: "How names are written.",
      enum: ["upper-snake", "lower-snake", "any"],
      default: "any",
    },
    prefixes: {
      description: "What names begin with in a directory or a service.",
      type: "array",
      maxItems: 1000,
      items: {
        type: "object",
        additionalProperties: false,
        required: ["prefixes"],
        anyOf: [{ required: ["paths"] }, { required: ["services"] }],
        properties: { ...SCOPE, prefixes: { ...NAMES, minItems: 1 } },
      },
    },
    "secret-suffixes": {
      ...NAMES,
      description: "What names of secrets end with, such as `_SECRET` and `_TOKEN`.",
    },
    forbidden: {
      description: "Names that nobody uses any more.",
      type: "array",
      maxItems: 1000,
      items: {
        type: "object",
        additionalProperties: false,
        required: ["name"],
        properties: {
          name: { type: "string", minLength: 1, maxLength: 200, description: "A name, or a pattern with `*`." },
          instead: { type: "string", pattern: "^[A-Za-z_][A-Za-z0-9_]{0,199}$" },
          reason: { type: "string", maxLength: 500 },
        },
      },
    },
    owners: {
      description: "Who owns names by their prefix, and where they may be set.",
      type: "array",
      maxItems: 1000,
      items: {
        type: "object",
        additionalProperties: false,
        required: ["prefix", "owner"],
        properties: {
          ...SCOPE,
          prefix: { type: "string", minLength: 1, maxLength: 200 },
          owner: { type: "string", minLength: 1, maxLength: 100 },
        },
      },
    },
    except: {
      ...NAMES,
      description: "Names, or patterns with `*`, that no rule but `forbidden-name` judges.",
    },
  },
};

/**
 * The configuration of the host's text. The host has held it against the schema.
 *
 * @param {string} text
 * @returns {Required<Config>}
 */
export function read(text) {
  /** @type {Config} */
  const given = JSON.parse(text);
  const config = {
    style: given.style ?? "any",
    prefixes: given.prefixes ?? [],
    "secret-suffixes": given["secret-suffixes"] ?? [],
    forbidden: given.forbidden ?? [],
    owners: given.owners ?? [],
    except: given.except ?? [],
  };
  const prefixes = config.owners.map((owner) => owner.prefix);
  const twice = prefixes.find((prefix, index) => prefixes.indexOf(prefix) !== index);
  if (twice !== undefined) throw `owners: the prefix ${twice} has two owners`;
  return config;
}
