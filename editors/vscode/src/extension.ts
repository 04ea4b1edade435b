import { commands, ExtensionContext, window, workspace } from "vscode";
import { LanguageClient, LanguageClientOptions, ServerOptions } from "vscode-languageclient/node";

let client: LanguageClient | undefined;

/** How the server is called, as the settings say. */
function server(): ServerOptions {
  const folder = workspace.workspaceFolders?.[0]?.uri.fsPath ?? "";
  const said = workspace.getConfiguration("migralint").get<string[]>("path") ?? [];
  const [command = "migralint", ...before] = said.map((word) =>
    word.replace("${workspaceFolder}", folder),
  );
  return { command, args: [...before, "server"] };
}

async function start(): Promise<void> {
  const options: LanguageClientOptions = {
    documentSelector: [
      { scheme: "file", language: "sql" },
      { scheme: "file", language: "postgres" },
      { scheme: "file", language: "python" },
      { scheme: "file", language: "javascript" },
      { scheme: "file", language: "typescript" },
      { scheme: "file", pattern: "**/*.sql" },
    ],
    initializationOptions: workspace.getConfiguration("migralint"),
    synchronize: { configurationSection: "migralint" },
  };
  client = new LanguageClient("migralint", "migralint", server(), options);
  try {
    await client.start();
  } catch (why) {
    const hint = "pip install 'migralint[lsp]', or set migralint.path";
    void window.showErrorMessage(`migralint: the server does not start: ${why} (${hint})`);
  }
}

async function stop(): Promise<void> {
  const running = client;
  client = undefined;
  if (running?.needsStop()) {
    await running.stop();
  }
}

export async function activate(context: ExtensionContext): Promise<void> {
  const restart = async (): Promise<void> => {
    await stop();
    await start();
  };
  context.subscriptions.push(
    commands.registerCommand("migralint.restart", restart),
    workspace.onDidChangeConfiguration((change) => {
      if (change.affectsConfiguration("migralint.path")) {
        void restart();
      }
    }),
  );
  await start();
}

export function deactivate(): Promise<void> {
  return stop();
}
