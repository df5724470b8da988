// What each command's help shows at its end: lines to type, as [words after "agent-vm", what they do]. Pure.

type Example = readonly [line: string, what: string];

export const EXAMPLES: Record<string, readonly Example[]> = {
  "": [
    ["connect feature-x", "the lasting session of the branch's workspace"],
    ["connect feature-x -- npm test", "one command there; its exit code is returned"],
    ['run feature-x "Fix the login"', "an agent with a job; see it with ps, attach, logs"],
    ["fetch feature-x", "bring its commits home"],
    ["status", "the VM and its workspaces"],
  ],
  attach: [
    ["attach feature-x", "the agent's terminal, else the shell's; Ctrl-b d leaves it"],
    ["attach feature-x --session 3f", "the session whose id begins so (agent-vm ps)"],
  ],
  auth: [["auth status", "which agents are logged in"]],
  "auth login": [["auth login claude", "its own login, in the VM"]],
  "auth status": [["auth status", "which agents are logged in, and how"]],
  clean: [["clean feature-x", "asks first when something exists nowhere else, and saves it"]],
  "clean-all": [["clean-all", "every workspace; the VM stays"]],
  completion: [
    ["completion install", "for the shell you log in with"],
    ["completion install --shell zsh --dry-run", "where it would go"],
  ],
  "completion bash": [["completion bash", "to read it, or to source it yourself"]],
  "completion fish": [["completion fish", "to read it, or to source it yourself"]],
  "completion install": [["completion install --shell zsh", "says which line .zshrc needs"]],
  "completion remove": [["completion remove", "the scripts of all shells"]],
  "completion zsh": [["completion zsh", "to read it, or to source it yourself"]],
  connect: [
    ["connect feature-x", "made from HEAD when there is no such branch; Ctrl-b d leaves it"],
    ["connect feature-x -- npm test", "one command; its exit code is returned"],
    ["connect feature-x --new", "a second window of the session"],
    ["connect", "a shell in the agent's home"],
  ],
  destroy: [["destroy", "lists and saves what only the VM has, then asks"]],
  config: [
    ["config list --origin", "every setting, and where it comes from"],
    ["config set agent codex", "checked before it is written"],
  ],
  "config edit": [["config edit", "in your editor; an error asks once more"]],
  "config get": [
    ["config get agent", "what holds now"],
    ["config get mount.git", "a part of a setting"],
  ],
  "config list": [["config list --origin", "every setting, and where it comes from"]],
  "config path": [
    ["config path", "your file"],
    ["config path --schema", "for your editor"],
  ],
  "config set": [
    ["config set session_memory 4G", "in your file; its comments stay"],
    ["config set env.GH_TOKEN null", "a part of a setting"],
  ],
  "config unset": [["config unset session_memory", "the default again"]],
  cp: [
    ["cp feature-x:report.pdf .", "a file from the workspace"],
    ["cp assets notes.txt feature-x:docs", "a directory and a file into it"],
    ["cp feature-x:build/. ./build", "what is in a directory"],
    ["cp - feature-x:dump.sql", "standard input"],
  ],
  diff: [
    ["diff feature-x", "with uncommitted files"],
    ["diff feature-x --stat", "how much in which file"],
  ],
  doctor: [
    ["doctor", "each failure names its remedy"],
    ["doctor --fix", "put right what needs no decision"],
  ],
  fetch: [
    ["fetch feature-x", "your branch moves forward"],
    ["fetch feature-x --dry-run", "only say what would be done"],
    ["fetch feature-x --merge", "when both sides have commits"],
    ["fetch feature-x --wip", "uncommitted work too, into the vault"],
  ],
  forward: [
    ["forward feature-x 3000", "http://127.0.0.1:3000, until Ctrl-C"],
    ["forward feature-x 8080:3000 -d", "another port here; goes on by itself"],
    ["forward -- list 3000", "of a branch that is called list or stop"],
    ["forward --reverse 5432", "the VM reaches your database on its own port 5432"],
  ],
  "forward list": [["forward list", "what is forwarded now"]],
  "forward stop": [["forward stop 8080", "this one; without a port all of them"]],
  help: [
    ["help fetch", "a command"],
    ["help exit-codes", "a topic"],
  ],
  kill: [["kill feature-x", "ask its session to end, then end it"]],
  log: [["log feature-x --patch", "its commits that you have not, with their changes"]],
  logs: [
    ["logs feature-x -f", "what its session writes, as it comes"],
    ["logs provision", "how the VM was set up"],
  ],
  mount: [["mount", "prints where the workspaces are"]],
  open: [
    ["open feature-x", "your editor on its files in the mount"],
    ["open feature-x --in zed --remote", "over ssh: the editor's server runs in the VM"],
  ],
  ports: [["ports feature-x", "who listens there, and where it is reached here"]],
  profile: [["profile", "what the agent may do now"]],
  "profile set": [["profile set guarded", "a running VM at once"]],
  "profile show": [["profile show", "what the agent may do now"]],
  ps: [
    ["ps", "who works, who waits for you"],
    ["ps --watch", "live, until q"],
  ],
  push: [
    ["push feature-x", "your commits into the workspace"],
    ["push feature-x --carry", "granted ignored files, too"],
    ["push feature-x --aside", "as host/feature-x there; nothing is checked out"],
  ],
  report: [
    ["report", "shown, asked, then written"],
    ["report -o -", "only shown"],
  ],
  restart: [["restart", "end sessions gracefully, stop, start"]],
  restore: [["restore feature-x", "as it was when it was cleaned"]],
  run: [
    ['run fix-login "Fix the login"', "the agent's own interface"],
    ['run fix-login "Fix the login" -d', "left alone; prints the session's id"],
    ["run fix-login --timeout 15m -- make check", "a command instead"],
    ['run --branches a,b,c "Try it your way"', "the same job three times"],
  ],
  scan: [["scan feature-x", "exit code 4 when a push or fetch would be stopped"]],
  send: [
    ['send feature-x "Yes, go on"', "types that, and Enter"],
    ["send feature-x --keys C-c", "a key instead"],
  ],
  setup: [["setup --yes", "without a question"]],
  ssh: [
    ["ssh feature-x", "a plain shell in its workspace"],
    ["ssh feature-x -- git log -3", "one command there"],
  ],
  "ssh-config": [
    ["ssh-config --install", "one Include line in ~/.ssh/config"],
    ["ssh-config --install --dry-run", "only show it"],
    ["ssh-config --remove", "take it out again"],
  ],
  start: [
    ["start", "make it, or start it"],
    ["start --memory 16 --vcpu 8", "the size of a new one"],
  ],
  status: [
    ["status", "the VM, and each workspace's verdict"],
    ["status --watch", "live, until q"],
  ],
  stop: [["stop", "workspaces stay"]],
  trash: [
    ["trash list", "what was saved, with ids"],
    ["trash drop --older-than 30d", "asks first"],
  ],
  "trash drop": [["trash drop --older-than 30d", "asks first"]],
  "trash list": [["trash list", "what was saved, with ids"]],
  unmount: [["unmount", "the workspaces stay in the VM"]],
  upgrade: [["upgrade agents", "the agents alone"]],
  watch: [["watch --notify", "a line of JSON for each event, and a call when you are needed"]],
};

/** What else a command's help says, as paragraphs. */
export const NOTES: Record<string, readonly string[]> = {
  cp: [
    "<branch>:path is in the branch's workspace (from its top; <branch>: alone is the top), anything else on this host. A host path with a colon is written ./a:b. Patterns work there, too; quote them: 'feature-x:logs/*.log'.",
  ],
  forward: [
    "On this host a port is reached on 127.0.0.1 alone. The agent's server answers: what your browser shows comes from the VM.",
  ],
  watch: [
    'Events: started, working, waiting, idle (a guess), finished, failed, killed, lost (the VM stopped), committed, connected, disconnected. Sessions that are there at the beginning come with "initial": true.',
    'The setting "notify" in your file: desktop, bell, off, or a command as a list of words; it finds the event in the environment variables AGENT_VM_EVENT, _BRANCH, _REPO, _AGENT, _SESSION, _EXIT_CODE and _TEXT.',
  ],
};
