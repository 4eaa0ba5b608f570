/** What the status says of the findings. */

/** A diagnostic, as far as it is counted; the numbers are the editor's severities. */
export interface Counted {
    readonly source?: string | undefined;
    readonly severity: number;
}

/** In the order of the editor's numbers: errors first. */
const WORDS = [
    ["error", "errors"],
    ["warning", "warnings"],
    ["note", "notes"],
    ["hint", "hints"],
] as const;

/** How many findings of ours there are, by severity, in words. */
export function inWords(files: Iterable<readonly Counted[]>): string {
    const counts = WORDS.map(() => 0);
    for (const file of files) {
        for (const { source, severity } of file) {
            const count = counts[severity];
            if (source === "seaworthy" && count !== undefined) {
                counts[severity] = count + 1;
            }
        }
    }
    const parts = WORDS.flatMap(([one, many], severity) => {
        const count = counts[severity] ?? 0;
        return count === 0 ? [] : [`${count} ${count === 1 ? one : many}`];
    });
    return parts.length === 0 ? "no findings" : parts.join(", ");
}
