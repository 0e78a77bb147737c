// The client: finds out which `.ml` files are mldsl's, and starts `mldsl lsp` for them.
"use strict";

const fs = require("fs");
const path = require("path");
const vscode = require("vscode");
const { LanguageClient } = require("vscode-languageclient/node");
const { isMldsl } = require("./detect");

const OTHERS = new Set(["ocaml", "plaintext"]);

let client;
let starting;

function activate(context) {
  const look = (document) => claim(document);
  context.subscriptions.push(
    vscode.workspace.onDidOpenTextDocument(look),
    vscode.workspace.onDidChangeTextDocument((event) => {
      // A new file is empty when it is opened.
      if (event.document.lineCount < 30) claim(event.document);
    }),
    vscode.workspace.onDidGrantWorkspaceTrust(() => vscode.workspace.textDocuments.forEach(look)),
    vscode.workspace.onDidChangeConfiguration(async (event) => {
      if (event.affectsConfiguration("mldsl.server")) {
        await deactivate();
        vscode.workspace.textDocuments.forEach(look);
      }
    }),
  );
  vscode.workspace.textDocuments.forEach(look);
}

async function deactivate() {
  const running = client;
  client = starting = undefined;
  if (running) await running.stop();
}

// Make a document mldsl's if it is, and see that the server runs.
async function claim(document) {
  if (OTHERS.has(document.languageId) && detects(document)) {
    document = await vscode.languages.setTextDocumentLanguage(document, "mldsl");
  }
  if (document.languageId === "mldsl" && vscode.workspace.isTrusted) await start(document);
}

function detects(document) {
  const setting = vscode.workspace.getConfiguration("mldsl", document.uri);
  return setting.get("detect") && document.fileName.endsWith(".ml") && isMldsl(document.getText());
}

function start(document) {
  starting ??= launch(document);
  return starting;
}

async function launch(document) {
  const [command, ...args] = serverCommand(document);
  const options = { documentSelector: [{ language: "mldsl" }] };
  client = new LanguageClient("mldsl", "mldsl", { command, args }, options);
  try {
    await client.start();
  } catch (error) {
    client = undefined;
    const shown = [command, ...args].join(" ");
    vscode.window.showErrorMessage(
      `\`${shown}\` does not start: install it with \`pip install 'mldsl[lsp]'\`, or set mldsl.server.command. (${error.message})`,
    );
  }
}

// The command of the settings, else that of the folder's environment, else the path's.
function serverCommand(document) {
  const given = vscode.workspace.getConfiguration("mldsl", document.uri).get("server.command");
  if (given && given.length > 0) return given;
  const folder = vscode.workspace.getWorkspaceFolder(document.uri);
  const inside = process.platform === "win32" ? ["Scripts", "mldsl.exe"] : ["bin", "mldsl"];
  const own = folder && path.join(folder.uri.fsPath, ".venv", ...inside);
  return [own && fs.existsSync(own) ? own : "mldsl", "lsp"];
}

module.exports = { activate, deactivate };
