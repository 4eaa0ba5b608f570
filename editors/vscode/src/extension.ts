/** The extension: starts the server, and hands commands and settings to it. */

import * as vscode from "vscode";

import { commands } from "./commands";
import { restarts } from "./options";
import { Server } from "./server";
import { showStatus } from "./status";

let server: Server | undefined;

export async function activate(context: vscode.ExtensionContext): Promise<void> {
    const output = vscode.window.createOutputChannel("seaworthy", { log: true });
    const running = new Server(context, output);
    server = running;
    context.subscriptions.push(
        output,
        ...commands(running, output),
        ...showStatus(running),
        vscode.workspace.onDidChangeConfiguration(async (event) => {
            if (restarts((section) => event.affectsConfiguration(section))) {
                await running.restart();
            }
        }),
        vscode.workspace.onDidGrantWorkspaceTrust(() => running.trust()),
    );
    await running.start();
}

export async function deactivate(): Promise<void> {
    await server?.stop();
}
