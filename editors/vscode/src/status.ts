/** The language status: whether the server runs, and what it found. */

import * as vscode from "vscode";

import { inWords } from "./counts";
import type { Doing, Server } from "./server";

/** How long diagnostics must rest before they are counted, in milliseconds. */
const REST = 250;

/** Keeps the status up to date. */
export function showStatus(server: Server): vscode.Disposable[] {
    const item = vscode.languages.createLanguageStatusItem("seaworthy", [
        { scheme: "file" },
        { scheme: "untitled" },
    ]);
    item.name = "seaworthy";
    let timer: NodeJS.Timeout | undefined;
    const show = () => describe(item, server.doing);
    const showSoon = () => {
        clearTimeout(timer);
        timer = setTimeout(show, REST);
    };
    show();
    return [
        item,
        server.onDidChange(show),
        vscode.languages.onDidChangeDiagnostics(showSoon),
        vscode.workspace.onDidGrantWorkspaceTrust(show),
        new vscode.Disposable(() => clearTimeout(timer)),
    ];
}

function describe(item: vscode.LanguageStatusItem, doing: Doing): void {
    const severity = vscode.LanguageStatusSeverity;
    const restart = { command: "seaworthy.restart", title: "Restart" };
    item.busy = doing.state === "starting";
    switch (doing.state) {
        case "running": {
            const files = vscode.languages.getDiagnostics().map(([, diagnostics]) => diagnostics);
            const trusted = vscode.workspace.isTrusted ? "" : ", plugins off: not trusted";
            item.severity = severity.Information;
            item.text = `seaworthy: ${inWords(files)}`;
            item.detail = `${doing.version}${trusted}`;
            item.command = { command: "workbench.actions.view.problems", title: "Show Problems" };
            break;
        }
        case "starting":
            item.severity = severity.Information;
            item.text = "seaworthy: starting";
            item.detail = "";
            item.command = { command: "seaworthy.showOutput", title: "Show Output" };
            break;
        case "off":
            item.severity = severity.Information;
            item.text = "seaworthy: off";
            item.detail = "seaworthy.enable";
            item.command = {
                command: "workbench.action.openSettings",
                title: "Settings",
                arguments: ["seaworthy.enable"],
            };
            break;
        case "stopped":
            item.severity = severity.Warning;
            item.text = "seaworthy: stopped";
            item.detail = "";
            item.command = restart;
            break;
        case "missing":
            item.severity = severity.Error;
            item.text = "seaworthy: program not found";
            item.detail = doing.message;
            item.command = { command: "seaworthy.choose", title: "Choose Program…" };
            break;
        case "failed":
            item.severity = severity.Error;
            item.text = "seaworthy: could not be started";
            item.detail = doing.message;
            item.command = restart;
            break;
    }
}
