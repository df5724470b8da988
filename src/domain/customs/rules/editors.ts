// What editors, IDEs and debuggers take from a folder that they open. Pure.
import type { Rule } from "../rule.ts";

export const EDITOR_RULES: readonly Rule[] = [
  {
    id: "vscode",
    level: "AUTO",
    needs: "vscode",
    reason: "VS Code and its like take settings, tasks and servers from it when the folder is opened.",
    paths: [".vscode/{settings,tasks,mcp}.json", "*.code-workspace", ".devcontainer/", ".devcontainer.json"],
    hit: ".vscode/tasks.json",
    miss: "src/devtools/tasks.json",
  },
  {
    id: "jetbrains",
    level: "AUTO",
    needs: "jetbrains",
    reason: "JetBrains IDEs take tools, watchers and start-up tasks from it.",
    paths: [".idea/"],
    hit: ".idea/watcherTasks.xml",
    miss: "templates/idea/watcherTasks.xml",
  },
  {
    id: "zed",
    level: "AUTO",
    needs: "zed",
    reason: "Zed takes language servers and tasks from it.",
    paths: [".zed/"],
    hit: ".zed/settings.json",
    miss: "docs/zed/settings.json",
  },
  {
    id: "editor-script",
    level: "AUTO",
    reason: "An editor or debugger that is started there may run it.",
    paths: [
      "{.exrc,.nvimrc,.nvim.lua,.lvimrc,.dir-locals.el,.dir-locals-2.el,.gdbinit,.lldbinit}",
      ...[".helix/", ".vim/coc-settings.json"],
    ],
    hit: ".nvim.lua",
    miss: "dotfiles/nvim.lua",
  },
  {
    id: "planted-dependencies",
    level: "AUTO",
    reason: "Editors run interpreters and linters from there without being asked.",
    paths: ["node_modules/", "{.,}venv/"],
    hit: "node_modules/eslint/index.js",
    miss: "docs/venv/setup.md",
  },
  {
    id: "editor-folder",
    level: "BUILD",
    reason: "Editors offer to run or install what it names.",
    paths: [".vscode/", ".run/", ".fleet/", ".vs/"],
    hit: ".vscode/launch.json",
    miss: "src/vscode/extension.ts",
  },
];
