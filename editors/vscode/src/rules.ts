/** The rules and detectors as the program lists them, and how one is shown. */

/** A rule or a detector, as far as it is shown. */
export interface Rule {
    readonly id: string;
    readonly summary: string;
    /** Severity and group, or whose credential it is. */
    readonly facts: string;
    /** Markdown. */
    readonly help: string;
}

/**
 * Reads the list that `seaworthy rules --format json` prints, with or without
 * `--detectors`; what is neither a rule nor a detector is left out.
 */
export function readRules(json: string): Rule[] {
    const list: unknown = JSON.parse(json);
    if (!Array.isArray(list)) {
        throw new Error("the list of rules is not a list");
    }
    return list.flatMap((entry: unknown) => {
        const fields = typeof entry === "object" && entry !== null ? entry : {};
        const text = (key: string) => {
            const value = (fields as Record<string, unknown>)[key];
            return typeof value === "string" ? value : "";
        };
        const labelled = (label: string, key: string) => text(key) && `${label} ${text(key)}`;
        const facts = [labelled("severity", "severity"), labelled("group", "group")];
        const help = [text("help"), text("description"), labelled("Revoke it:", "revoke")];
        const rule = {
            id: text("id"),
            summary: text("summary") || text("name"),
            facts: [...facts, labelled("of", "provider")].filter(Boolean).join(", "),
            help: help.filter(Boolean).join("\n\n"),
        };
        return rule.id === "" ? [] : [rule];
    });
}

/** The page of a rule, in Markdown. */
export function page(rule: Rule): string {
    const title = rule.summary === "" ? rule.id : `${rule.id}: ${rule.summary}`;
    // Behind the language of an example stand words for the rule's own tests.
    const help = rule.help.replaceAll(
        /^(```\w+) (fails|passes)\b.*$/gm,
        (_, fence: string, verdict: string) =>
            `${verdict === "fails" ? "Found:" : "Not found:"}\n\n${fence}`,
    );
    return [`# ${title}`, rule.facts && `*${rule.facts}*`, help].filter(Boolean).join("\n\n");
}
