/** The language server as a process: finding it, starting it, stopping it. */

import { accessSync, constants, statSync } from "node:fs";
import { homedir } from "node:os";
import * as vscode from "vscode";
import {
    DidChangeConfigurationNotification,
    LanguageClient,
    RevealOutputChannelOn,
    State,
} from "vscode-languageclient/node";

import { optionsOf } from "./options";
import { type Found, findProgram } from "./program";

/** What the server is doing. */
export type Doing =
    | { readonly state: "off" | "starting" | "stopped" }
    | { readonly state: "missing"; readonly message: string }
    | { readonly state: "failed"; readonly message: string }
    | { readonly state: "running"; readonly version: string };

const HELP = "https://github.com/seaworthy-rs/seaworthy/blob/main/editors/vscode/README.md";

export class Server {
    private client: LanguageClient | undefined;
    private busy: Promise<void> = Promise.resolve();
    private readonly changed = new vscode.EventEmitter<Doing>();
    private now: Doing = { state: "stopped" };

    /** Tells whenever the server does something else. */
    readonly onDidChange = this.changed.event;

    constructor(
        private readonly context: vscode.ExtensionContext,
        private readonly output: vscode.LogOutputChannel,
    ) {
        context.subscriptions.push(this.changed);
    }

    get doing(): Doing {
        return this.now;
    }

    /** The program that serves and scans, as the settings are now. */
    program(): Found {
        return findProgram(settings().get<string>("path", ""), {
            platform: process.platform,
            home: homedir(),
            environment: process.env,
            extension: this.context.extensionPath,
            folder: vscode.workspace.isTrusted
                ? vscode.workspace.workspaceFolders?.[0]?.uri.fsPath
                : undefined,
            runs,
        });
    }

    /** The program, or nothing after the user was told why there is none. */
    async programOrMessage(): Promise<string | undefined> {
        const found = this.program();
        if (!("missing" in found)) {
            return found.path;
        }
        await complain(explanation(found));
        return undefined;
    }

    start(): Promise<void> {
        return this.inTurn(() => this.startNow());
    }

    stop(): Promise<void> {
        return this.inTurn(() => this.stopNow());
    }

    restart(): Promise<void> {
        return this.inTurn(async () => {
            await this.stopNow();
            await this.startNow();
        });
    }

    /** Tells the server that the user trusts the workspace now. */
    async trust(): Promise<void> {
        if (this.now.state === "running") {
            const options = { seaworthy: { trusted: vscode.workspace.isTrusted } };
            await this.client?.sendNotification(DidChangeConfigurationNotification.type, {
                settings: options,
            });
        } else if (settings().get<boolean>("enable", true)) {
            // The program that the workspace names counts only now.
            await this.restart();
        }
    }

    /** One after the other: a client that is being started cannot be stopped. */
    private inTurn(work: () => Promise<void>): Promise<void> {
        const done = this.busy.then(work);
        this.busy = done.catch((error) => this.output.error(String(error)));
        return done;
    }

    private async startNow(): Promise<void> {
        if (this.client !== undefined) {
            return;
        }
        if (!settings().get<boolean>("enable", true)) {
            this.tell({ state: "off" });
            return;
        }
        const found = this.program();
        if ("missing" in found) {
            const message = explanation(found);
            this.output.warn(message);
            this.tell({ state: "missing", message });
            void complain(message);
            return;
        }
        this.output.info(`${found.path} (from ${found.from})`);
        this.tell({ state: "starting" });
        const client = this.makeClient(found.path);
        this.client = client;
        client.onDidChangeState(({ newState }) => {
            if (this.client !== client) {
                return;
            }
            if (newState === State.Running) {
                const version = client.initializeResult?.serverInfo?.version ?? "";
                this.tell({ state: "running", version });
            } else if (newState === State.Starting) {
                this.tell({ state: "starting" });
            } else if (this.now.state === "running") {
                this.tell({ state: "stopped" });
            }
        });
        try {
            await client.start();
        } catch (error) {
            // One that never ran has nothing to stop.
            this.client = undefined;
            const reason = error instanceof Error ? error.message : String(error);
            const message = `${found.path} could not be started as a language server: ${reason}`;
            this.output.error(message);
            this.tell({ state: "failed", message });
            void complain(message);
        }
    }

    private async stopNow(): Promise<void> {
        const client = this.client;
        this.client = undefined;
        this.tell({ state: "stopped" });
        // One that has died cannot be stopped, and need not.
        await client?.dispose().catch((error: unknown) => this.output.debug(String(error)));
    }

    private makeClient(path: string): LanguageClient {
        const server = { command: path, args: ["lsp"], options: { cwd: this.directory() } };
        return new LanguageClient("seaworthy", "seaworthy", server, {
            // Every text may hold a secret, so no language is left out.
            documentSelector: [{ scheme: "file" }, { scheme: "untitled" }],
            outputChannel: this.output,
            revealOutputChannelOn: RevealOutputChannelOn.Never,
            initializationOptions: () => {
                return optionsOf((name) => settings().get(name), vscode.workspace.isTrusted);
            },
            initializationFailedHandler: () => false,
            diagnosticPullOptions: { onChange: true, onSave: true, onFocus: true },
            middleware: {
                workspace: {
                    // A setting cannot say whether the workspace is trusted.
                    configuration: async (params, token, next) => {
                        const values = await next(params, token);
                        return Array.isArray(values)
                            ? values.map((value, index) =>
                                  params.items[index]?.section === "seaworthy"
                                      ? { ...value, trusted: vscode.workspace.isTrusted }
                                      : value,
                              )
                            : values;
                    },
                },
            },
        });
    }

    /** Not the folder that was opened: what lies there must not decide what is run. */
    private directory(): string {
        return this.context.extensionPath;
    }

    private tell(doing: Doing): void {
        this.now = doing;
        this.changed.fire(doing);
    }
}

function settings(): vscode.WorkspaceConfiguration {
    return vscode.workspace.getConfiguration("seaworthy");
}

function explanation(found: Extract<Found, { missing: string }>): string {
    switch (found.missing) {
        case "setting":
            return `There is no program at ${found.path}, which the setting seaworthy.path names.`;
        case "folder":
            return `The setting seaworthy.path is ${found.path}, but there is no folder, or it is not trusted.`;
        case "everywhere":
            return "The program seaworthy was not found: it is not on PATH, and this extension came without it.";
    }
}

/** Shows what is wrong with the program, and what can be done about it. */
async function complain(message: string): Promise<void> {
    const [install, choose] = ["How to Install", "Choose Program…"];
    const answer = await vscode.window.showErrorMessage(message, install, choose, "Show Output");
    if (answer === install) {
        await vscode.env.openExternal(vscode.Uri.parse(HELP));
    } else if (answer === choose) {
        await vscode.commands.executeCommand("seaworthy.choose");
    } else if (answer !== undefined) {
        await vscode.commands.executeCommand("seaworthy.showOutput");
    }
}

/** Whether a file can be run. */
function runs(path: string): boolean {
    try {
        if (!statSync(path).isFile()) {
            return false;
        }
        accessSync(path, constants.X_OK);
        return true;
    } catch {
        return false;
    }
}
