/** The commands. */

import { execFile } from "node:child_process";
import { promisify } from "node:util";
import * as vscode from "vscode";

import { page, type Rule, readRules } from "./rules";
import type { Server } from "./server";

const run = promisify(execFile);

/** The scheme of the pages of rules. */
const SCHEME = "seaworthy-rule";
/** The longest list or error of the program that is read, in bytes. */
const MOST = 64 * 1024 * 1024;

/** Registers the commands. */
export function commands(server: Server, output: vscode.LogOutputChannel): vscode.Disposable[] {
    const pages = new Map<string, string>();
    const command = (name: string, work: (...given: unknown[]) => unknown) =>
        vscode.commands.registerCommand(`seaworthy.${name}`, async (...given: unknown[]) => {
            try {
                await work(...given);
            } catch (error) {
                const reason = error instanceof Error ? error.message : String(error);
                output.error(`${name}: ${reason}`);
                void vscode.window.showErrorMessage(`seaworthy: ${reason}`);
            }
        });
    return [
        command("restart", () => server.restart()),
        command("showOutput", () => output.show()),
        command("choose", choose),
        command("scan", () => scan(server)),
        command("report", () => report(server)),
        command("fixAll", fixAll),
        command("explain", (id) => explain(server, pages, typeof id === "string" ? id : undefined)),
        vscode.workspace.registerTextDocumentContentProvider(SCHEME, {
            provideTextDocumentContent: ({ path }) => pages.get(path) ?? "",
        }),
    ];
}

/** Lets the user say where the program is. */
async function choose(): Promise<void> {
    const chosen = await vscode.window.showOpenDialog({
        title: "The seaworthy program",
        openLabel: "Use",
        canSelectMany: false,
    });
    const path = chosen?.[0]?.fsPath;
    if (path !== undefined) {
        const settings = vscode.workspace.getConfiguration("seaworthy");
        await settings.update("path", path, vscode.ConfigurationTarget.Global);
    }
}

/** Scans a folder in a terminal, as one would by hand. */
async function scan(server: Server): Promise<void> {
    const folder = await whichFolder();
    const program = folder && (await server.programOrMessage());
    if (folder === undefined || program === undefined) {
        return;
    }
    const execution = new vscode.ProcessExecution(program, ["scan"], { cwd: folder.uri.fsPath });
    const definition = { type: "process" };
    const task = new vscode.Task(definition, folder, "scan", "seaworthy", execution);
    task.presentationOptions = { reveal: vscode.TaskRevealKind.Always, clear: true };
    await vscode.tasks.executeTask(task);
}

/** Writes a report about a folder to a file. */
async function report(server: Server): Promise<void> {
    const folder = await whichFolder();
    const program = folder && (await server.programOrMessage());
    if (folder === undefined || program === undefined) {
        return;
    }
    const target = await vscode.window.showSaveDialog({
        title: "Report",
        defaultUri: vscode.Uri.joinPath(folder.uri, "seaworthy.sarif"),
        filters: { SARIF: ["sarif"], JSON: ["json"] },
    });
    if (target === undefined) {
        return;
    }
    const format = target.path.endsWith(".json") ? "json" : "sarif";
    const options = ["scan", "--format", format, "--fail-on", "never", "--no-progress"];
    const progress = {
        location: vscode.ProgressLocation.Notification,
        title: "seaworthy: scanning",
    };
    const text = await vscode.window.withProgress({ ...progress, cancellable: true }, (_, token) =>
        ask(program, options, folder.uri.fsPath, token),
    );
    await vscode.workspace.fs.writeFile(target, Buffer.from(text));
    const open = "Open";
    const written = `seaworthy: the report is in ${target.fsPath}`;
    if ((await vscode.window.showInformationMessage(written, open)) === open) {
        await vscode.window.showTextDocument(target);
    }
}

/** Mends what is safe to mend in the file one stands in. */
async function fixAll(): Promise<void> {
    await vscode.commands.executeCommand("editor.action.codeAction", {
        kind: "source.fixAll.seaworthy",
        apply: "first",
    });
}

/** Shows the page of a rule: the one given, or one of a list that begins where one stands. */
async function explain(
    server: Server,
    pages: Map<string, string>,
    id: string | undefined,
): Promise<void> {
    const program = await server.programOrMessage();
    if (program === undefined) {
        return;
    }
    const lists = await Promise.all(
        [[], ["--detectors"]].map((more) => ask(program, ["rules", "--format", "json", ...more])),
    );
    const rules = lists.flatMap(readRules);
    const rule = id === undefined ? await pick(rules) : rules.find((rule) => rule.id === id);
    if (rule === undefined) {
        if (id !== undefined) {
            throw new Error(`there is no rule ${id}`);
        }
        return;
    }
    const uri = vscode.Uri.from({ scheme: SCHEME, path: `${rule.id}.md` });
    pages.set(uri.path, page(rule));
    await vscode.commands.executeCommand("markdown.showPreview", uri);
}

async function pick(rules: Rule[]): Promise<Rule | undefined> {
    const here = codesHere();
    const items = rules.map((rule) => ({ label: rule.id, description: rule.summary, rule }));
    const first = items.filter(({ rule }) => here.has(rule.id));
    const others = items.filter(({ rule }) => !here.has(rule.id));
    const separated = [
        { label: "Found here", kind: vscode.QuickPickItemKind.Separator, rule: undefined },
        ...first,
        { label: "All rules", kind: vscode.QuickPickItemKind.Separator, rule: undefined },
        ...others,
    ];
    const picked = await vscode.window.showQuickPick(first.length === 0 ? items : separated, {
        placeHolder: "Which rule?",
        matchOnDescription: true,
    });
    return picked?.rule;
}

/** The rules of what was found on the line that the cursor is on. */
function codesHere(): Set<string> {
    const editor = vscode.window.activeTextEditor;
    if (editor === undefined) {
        return new Set();
    }
    const line = editor.document.lineAt(editor.selection.active.line).range;
    const found = vscode.languages.getDiagnostics(editor.document.uri).filter((diagnostic) => {
        return diagnostic.source === "seaworthy" && diagnostic.range.intersection(line);
    });
    return new Set(
        found.map(({ code }) => String(typeof code === "object" ? code.value : (code ?? ""))),
    );
}

/** The folder one stands in, the only one, or the one that is chosen. */
async function whichFolder(): Promise<vscode.WorkspaceFolder | undefined> {
    const uri = vscode.window.activeTextEditor?.document.uri;
    const here = uri && vscode.workspace.getWorkspaceFolder(uri);
    const folders = vscode.workspace.workspaceFolders ?? [];
    if (folders.length > 1) {
        return here ?? (await vscode.window.showWorkspaceFolderPick());
    }
    return folders[0];
}

/** What the program prints. */
async function ask(
    program: string,
    options: string[],
    cwd?: string,
    token?: vscode.CancellationToken,
): Promise<string> {
    const stop = new AbortController();
    const listening = token?.onCancellationRequested(() => stop.abort());
    try {
        const settings = { maxBuffer: MOST, signal: stop.signal, windowsHide: true };
        const place = cwd === undefined ? {} : { cwd };
        return (await run(program, options, { ...settings, ...place })).stdout;
    } finally {
        listening?.dispose();
    }
}
