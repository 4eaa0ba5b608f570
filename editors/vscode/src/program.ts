/** Which program serves: pure functions, so that they can be tried without an editor. */

/** What is known of the machine and of the extension. */
export interface Surroundings {
    readonly platform: NodeJS.Platform;
    readonly home: string;
    readonly environment: Readonly<Record<string, string | undefined>>;
    /** The folder that this extension is installed in. */
    readonly extension: string;
    /** The first folder of the workspace, if what lies there may be run. */
    readonly folder?: string | undefined;
    /** Whether a path is a file that can be run. */
    readonly runs: (path: string) => boolean;
}

/** Where a program was found, or where it was looked for. */
export type Found =
    | { readonly path: string; readonly from: "setting" | "extension" | "PATH" }
    | { readonly missing: "setting"; readonly path: string }
    | { readonly missing: "folder"; readonly path: string }
    | { readonly missing: "everywhere" };

// biome-ignore lint/suspicious/noTemplateCurlyInString: so it stands in the settings
const FOLDER = "${workspaceFolder}";
// biome-ignore lint/suspicious/noTemplateCurlyInString: so it stands in the settings
const HOME = "${userHome}";

/**
 * Finds the program: what the user set and nothing else, if something is set; the one
 * that came with the extension; the one on `PATH`.
 */
export function findProgram(setting: string, around: Surroundings): Found {
    const wanted = setting.trim();
    if (wanted !== "") {
        if (wanted.includes(FOLDER) && around.folder === undefined) {
            return { missing: "folder", path: wanted };
        }
        const path = expand(wanted, around);
        // A bare name is one of `PATH`, as everywhere.
        const found = isBare(path) ? onPath(path, around) : firstThatRuns([path], around);
        return found === undefined
            ? { missing: "setting", path }
            : { path: found, from: "setting" };
    }
    const bundled = firstThatRuns([join(around, around.extension, "bin", "seaworthy")], around);
    if (bundled !== undefined) {
        return { path: bundled, from: "extension" };
    }
    const found = onPath("seaworthy", around);
    return found === undefined ? { missing: "everywhere" } : { path: found, from: "PATH" };
}

/** A setting with its variables filled in. One that is not set is left empty. */
export function expand(setting: string, around: Surroundings): string {
    const separator = around.platform === "win32" ? /^~(?=[\\/]|$)/ : /^~(?=\/|$)/;
    return setting
        .replace(separator, () => around.home)
        .replaceAll(FOLDER, () => around.folder ?? "")
        .replaceAll(HOME, () => around.home)
        .replaceAll(/\$\{env:([^}]*)\}/g, (_, name: string) => variable(name, around) ?? "");
}

function onPath(name: string, around: Surroundings): string | undefined {
    const directories = (variable("PATH", around) ?? "")
        .split(around.platform === "win32" ? ";" : ":")
        // What is not absolute would let the opened folder choose the program.
        .filter((directory) => isAbsolute(directory, around));
    return firstThatRuns(
        directories.map((directory) => join(around, directory, name)),
        around,
    );
}

function firstThatRuns(paths: string[], around: Surroundings): string | undefined {
    const ending = around.platform === "win32" ? ".exe" : "";
    return paths
        .map((path) => (path.toLowerCase().endsWith(ending) ? path : path + ending))
        .find((path) => isAbsolute(path, around) && around.runs(path));
}

function variable(name: string, around: Surroundings): string | undefined {
    if (around.platform !== "win32") {
        return around.environment[name];
    }
    const wanted = name.toUpperCase();
    const found = Object.keys(around.environment).find((key) => key.toUpperCase() === wanted);
    return found === undefined ? undefined : around.environment[found];
}

function isBare(path: string): boolean {
    return !/[\\/]/.test(path);
}

function isAbsolute(path: string, around: Surroundings): boolean {
    return around.platform === "win32" ? /^(?:[a-z]:[\\/]|\\\\)/i.test(path) : path.startsWith("/");
}

function join(around: Surroundings, ...parts: string[]): string {
    const separator = around.platform === "win32" ? "\\" : "/";
    return parts.map((part) => part.replace(/[\\/]$/, "")).join(separator);
}
