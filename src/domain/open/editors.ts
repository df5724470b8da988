// Which editors a workspace can be opened in, and with which words, as data. Pure.

export interface Editor {
  /** What `--in` and the setting `editor` call it. */
  name: string;
  title: string;
  /** Its programs, the usual name first. */
  programs: readonly string[];
  /** macOS: the application, and its program within, for what `open -a` cannot say. */
  app?: string;
  inApp?: string;
  /** Words after the program, for the directory in the mount: "{dir}". */
  local: readonly string[];
  /** For the workspace over ssh: "{host}", "{path}"; "{url}": the path, encoded. A first word with "://" is opened as a link. */
  remote?: readonly string[];
  /** What the editor must have for that. */
  needs?: string;
  /** It works without a display when this variable is there: a terminal within the editor itself. */
  within?: string;
}

const REMOTE_SSH = {
  local: ["{dir}"],
  remote: ["--remote", "ssh-remote+{host}", "{path}"],
  within: "VSCODE_IPC_HOOK_CLI",
};

const vscodeLike = (name: string, title: string, app: string, needs: string): Editor => ({
  ...REMOTE_SSH,
  name,
  title,
  programs: [name],
  app,
  inApp: `Contents/Resources/app/bin/${name}`,
  needs,
});

const MICROSOFT = 'the extension "Remote - SSH" (ms-vscode-remote.remote-ssh)';

/** JetBrains' own names of the link's parameters; the host is one of the user's ssh configuration. */
const GATEWAY = ["jetbrains-gateway://connect#type=ssh&host={host}&user=agent&projectPath={url}"];

const jetbrains = (name: string, title: string, app: string, ...programs: string[]): Editor => ({
  name,
  title,
  programs: [name, ...programs],
  app,
  inApp: `Contents/MacOS/${name}`,
  local: ["{dir}"],
  remote: GATEWAY,
  needs: "JetBrains Gateway",
});

/** In the order in which they are looked for when none is named. */
export const EDITORS: readonly Editor[] = [
  vscodeLike("code", "Visual Studio Code", "Visual Studio Code", MICROSOFT),
  vscodeLike("cursor", "Cursor", "Cursor", "its own Remote - SSH extension, which it offers by itself"),
  vscodeLike("windsurf", "Windsurf", "Windsurf", "its own Remote - SSH extension, which it offers by itself"),
  {
    name: "zed",
    title: "Zed",
    programs: ["zed", "zeditor"],
    app: "Zed",
    inApp: "Contents/MacOS/cli",
    local: ["{dir}"],
    remote: ["ssh://{host}{url}"],
  },
  vscodeLike("code-insiders", "Visual Studio Code Insiders", "Visual Studio Code - Insiders", MICROSOFT),
  vscodeLike(
    "codium",
    "VSCodium",
    "VSCodium",
    'the extension "Open Remote - SSH" (jeanp413.open-remote-ssh)',
  ),
  jetbrains("idea", "IntelliJ IDEA", "IntelliJ IDEA", "intellij-idea-ultimate", "intellij-idea-community"),
  jetbrains("pycharm", "PyCharm", "PyCharm", "pycharm-professional", "pycharm-community"),
  jetbrains("webstorm", "WebStorm", "WebStorm"),
  jetbrains("goland", "GoLand", "GoLand"),
  jetbrains("clion", "CLion", "CLion"),
  jetbrains("rustrover", "RustRover", "RustRover"),
  jetbrains("rubymine", "RubyMine", "RubyMine"),
  jetbrains("phpstorm", "PhpStorm", "PhpStorm"),
  jetbrains("rider", "Rider", "Rider"),
  { name: "subl", title: "Sublime Text", programs: ["subl"], app: "Sublime Text", local: ["{dir}"] },
];

export const editorNames = (): string => EDITORS.map((one) => one.name).join(", ");

export interface Place {
  /** The directory in the mount. */
  dir: string;
  /** The workspace's ssh host, and the directory there. */
  host: string;
  path: string;
}

/** The words with the place in them, each still one word. */
export function wordsFor(words: readonly string[], { dir, host, path }: Place): string[] {
  const url = path.split("/").map(encodeURIComponent).join("/");
  const values: Record<string, string> = { dir, host, path, url };
  return words.map((word) =>
    word.replaceAll(/\{(dir|host|path|url)\}/g, (_, name: string) => values[name] ?? ""),
  );
}

/** How an editor is there: a program of its own, or an application of macOS. */
export type Found = { program: string } | { app: string; inApp: string | undefined };

/** The argument list that opens the place; undefined when this editor, as it is there, cannot. */
export function openArgv(
  editor: Editor,
  found: Found,
  { where, place, platform }: { where: "mount" | "remote"; place: Place; platform: NodeJS.Platform },
): string[] | undefined {
  const template = where === "mount" ? editor.local : editor.remote;
  if (template === undefined) return undefined;
  const words = wordsFor(template, place);
  const [first = ""] = words;
  if (/^jetbrains-gateway:/.test(first)) return [platform === "darwin" ? "open" : "xdg-open", first];
  if ("program" in found) return [found.program, ...words];
  if (where === "mount") return ["open", "-a", found.app, place.dir];
  return found.inApp === undefined ? undefined : [found.inApp, ...words];
}

/** False where a window would open nowhere: a login over ssh, a bare console. */
export function canShow(
  env: Readonly<Record<string, string | undefined>>,
  platform: NodeJS.Platform,
  within?: string,
): boolean {
  if (within !== undefined && env[within]) return true;
  if (platform === "darwin") return !env["SSH_CONNECTION"];
  return Boolean(env["DISPLAY"] || env["WAYLAND_DISPLAY"] || env["WSL_INTEROP"]);
}
