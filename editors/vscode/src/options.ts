/** What the server is told: the user's settings, and whether the workspace is trusted. */

/** The settings that are the server's; the others are the extension's own. */
const SERVERS = ["scope", "minimumSeverity", "debounce", "maxDiagnosticsPerFile"] as const;

/** The options as the server reads them. */
export type Options = Record<string, unknown> & { readonly trusted: boolean };

/** The options of a workspace. Settings that are not set are left to the server. */
export function optionsOf(read: (name: string) => unknown, trusted: boolean): Options {
    const set = SERVERS.map((name) => [name, read(name)] as const);
    return { ...Object.fromEntries(set.filter(([, value]) => value !== undefined)), trusted };
}

/** Whether the program has to be started anew when these settings change. */
export function restarts(changed: (section: string) => boolean): boolean {
    return changed("seaworthy.enable") || changed("seaworthy.path");
}
